# Everything that is known of one case, with the lines that its log never had before.
$ mkdir -p fixtures/alpha; : >faults
$ printf '%s\n' '#!/bin/sh' 'f=${1##*/}; b=$2; shift 2; l=; s=' 'while [ $# -gt 0 ]; do case $1 in --list) l=1;; --case) s="$s $2"; shift;; esac; shift; done' 'printf "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"$f/a\"]}\n"; [ "$l" ] && exit; n=0' 'for c in ${s:-$f/a}; do printf "{\"event\":\"started\",\"case\":\"$c\"}\n"; n=$((n + 1)); sleep 0.3; echo "loading took $$ ms" >&2' 'w=$(grep "^$b/$c " faults | cut -d" " -f2-); v=${w%% *}; [ "$v" ] && printf "table $$ is short\n\033[31mcolour\ntable 7 is short\n" >&2' 'printf "{\"event\":\"result\",\"case\":\"$c\",\"status\":\"${v:-pass}\",\"type\":\"t\",\"compared\":4,\"message\":\"${w#* }\"}\n"' 'done; printf "{\"event\":\"done\",\"cases\":$n}\n"' >worker; chmod +x worker
$ printf '{"schema":1,"name":"scripted",\n"suites":[{"name":"s","kind":"noctule-check","fixtures":"fixtures/*","command":["./worker","{fixture}","{backend}"],"axes":{"backend":["cpu"]}}]}\n' >noctule.json
$ noctule show s/alpha/cpu alpha/a
? 2
! noctule.db
$ noctule sweep >out 2>&1; noctule show s/alpha/cpu alpha/a | sed 's/20[0-9]*-[0-9]*-nocommit*/RUN/; s/took [0-9]*/took N/'
case        alpha/a in s/alpha/cpu
run         RUN, commit none
verdict     pass
reproduce   ./worker fixtures/alpha cpu --case 'alpha/a'

Last lines of RUN/s.alpha.cpu.log:
  loading took N ms
$ echo 'cpu/alpha/a fail it is wrong' >faults; noctule sweep >out 2>&1
? 1
$ noctule show s/alpha/cpu alpha/a | sed 's/20[0-9]*-[0-9]*-nocommit*\(-[0-9]\)*/RUN/; s/took [0-9]*/took N/; s/table [0-9]*/table N/'
case        alpha/a in s/alpha/cpu
run         RUN, commit none
verdict     fail, new_failure
message     it is wrong
failure     assertion, in code
~ signature   [0-9a-f]*
reproduce   ./worker fixtures/alpha cpu --case 'alpha/a'
~ cluster     [0-9a-f]*: it is wrong, 1 case in 1 cell

Never seen in the log of RUN, the last good one:
  table N is short  (2 times)
   [31mcolour

Last lines of RUN/s.alpha.cpu.log:
  loading took N ms
  table N is short
   [31mcolour
  table N is short
$ noctule cluster $(noctule clusters | sed -n 2p | cut -c1-12) | grep -c 'Never seen in the log of'; grep -c 'Never seen in the log of' logs/dashboard/cells/alpha.cpu.html; grep -c '(2 times)\|2 times' logs/dashboard/cells/alpha.cpu.html
1
1
1
$ noctule show s/alpha/cpu alpha/a --run last~1 | grep verdict
verdict     pass
$ sed -i 's/^"suites"/"expect":[{"cell":"*","case":"alpha\/a","signature":"000000000000","owner":"mira","issue":"1","expires":"9999-12-31","reason":"known"}],\n"suites"/' noctule.json; noctule sweep >out 2>&1
? 1
$ noctule show s/alpha/cpu alpha/a | grep -E '^(expected|verdict|message|Never)'
~ verdict     xfail_other, (still_failing|mutated)
message     not the failure that mira expects (1, until 9999-12-31): it is wrong
expected    by mira, 1, until 9999-12-31: known
~ Never seen in the log of .*, the last good one:
$ rm -r logs/*-nocommi*-3 logs/*/s.alpha.cpu.log.zst 2>/dev/null; noctule show s/alpha/cpu alpha/a | tail -n 1
~ the log .* cannot be read any more
$ noctule show s/alpha/gpu alpha/a
? 2
! no run has the cell "s/alpha/gpu"
$ noctule show s/alpha/cpu alpha/z
? 2
! no run has the case "alpha/z"
$ noctule show s/alpha/cpu
? 64
! a cell and a case of it are shown
