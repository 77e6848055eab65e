# A failure is held against the program that its cell was good with last. The worker itself says
# what fails; what explains it leaves its words in `asked`. In this order: nothing is kept while no
# cell passes whole; a good one is; a bad one between is good for the other cell only; the index
# made again knows the same; a kept file that is changed or gone is not run; one that fails itself is
# not held against itself; eight stay; what cannot be kept fails no run; a case that
# passed where its cell was red was not good there; a word of PATH is no file.
$ mkdir -p fixtures/alpha fixtures/beta; : >asked
$ printf '{"schema":1,"name":"scripted","suites":[{"name":"s","kind":"noctule-check","fixtures":"fixtures/*","command":["./worker","{fixture}"],"diagnose":["./explain","{case}","--good","{good}","--old={good}","--json"],"axes":{"backend":["cpu"]}}]}' >noctule.json
$ printf '%s\n' '#!/bin/sh' '. ./faults; fails="$fails FAILS"; f=${1##*/}; shift' 'printf "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"$f/a\",\"$f/b\"]}\n"' '[ "$1" = --list ] && exit' 'for c in $f/a $f/b; do printf "{\"event\":\"started\",\"case\":\"$c\"}\n"' 's=pass; case " $fails " in *" $c "*) s=numerics;; esac' 'printf "{\"event\":\"result\",\"case\":\"$c\",\"status\":\"$s\",\"type\":\"${c##*/}\",\"compared\":4,\"message\":\"off\"}\n"' 'done; printf "{\"event\":\"done\",\"cases\":2}\n"' >template
$ printf '%s\n' '#!/bin/sh' 'printf "%s\n" "$*" >>asked' 'printf "{\"event\":\"diagnosis\",\"case\":\"$1\",\"kind\":\"graph\",\"message\":\"m\"}\n"' >explain; echo 'fails=' >faults
$ printf '%s\n' '. ./lib' 'sed "s,FAILS,$1," template >worker; chmod +x worker' 'noctule sweep >out 2>err; echo "exit $?"; tell' >run; printf '%s\n' 'sha() { sha256sum <"$1" | cut -c1-64; }' 'tell() { sort asked | sed "s,$(pwd -P)/logs/programs/,KEPT/,g"; : >asked; }' >lib; chmod +x explain
$ sh ./run 'alpha/a beta/b'; ls logs/programs
exit 1
alpha/a --json
beta/b --json
$ sh ./run ''; ls logs/programs >kept; . ./lib; [ "$(cat kept)" = "$(sha worker)" ] && stat -c %a logs/programs/*; cmp worker logs/programs/*; cp worker good
exit 0
755
$ sh ./run alpha/a | sed "s,$(cat kept),GOOD,g"; . ./lib; ls logs/programs | wc -l; cmp good "logs/programs/$(cat kept)"
exit 1
alpha/a --good KEPT/GOOD --old=KEPT/GOOD --json
2
$ cp worker second; sh ./run 'alpha/b beta/a' | sed "s,$(cat kept),GOOD,g;s,$(. ./lib; sha second),SECOND,g"
exit 1
alpha/b --good KEPT/GOOD --old=KEPT/GOOD --json
beta/a --good KEPT/SECOND --old=KEPT/SECOND --json
$ noctule db rebuild >out && sh ./run 'alpha/b beta/a' | sed "s,$(cat kept),GOOD,g;s,$(. ./lib; sha second),SECOND,g"
exit 1
alpha/b --good KEPT/GOOD --old=KEPT/GOOD --json
beta/a --good KEPT/SECOND --old=KEPT/SECOND --json
$ echo more >>"logs/programs/$(cat kept)"; rm "logs/programs/$(. ./lib; sha second)"; sh ./run 'alpha/a beta/a'
exit 1
alpha/a --json
beta/a --json
$ sh ./run ''; cmp good "logs/programs/$(cat kept)"; echo 'fails=alpha/a' >faults; sh ./run ''; echo 'fails=' >faults
exit 0
exit 1
alpha/a --json
$ for i in 1 2 3 4 5 6 7; do sh ./run "x$i"; done | sort | uniq -c | sed 's/^ *//'; sh ./run '' ; sh ./run x8; ls logs/programs | wc -l; cmp good "logs/programs/$(cat kept)"
7 exit 0
exit 0
exit 0
8
$ rm -r logs/programs; : >logs/programs; sh ./run ''; grep -o 'the program is not kept for later runs' err
exit 0
the program is not kept for later runs
$ mkdir fresh; cp -r fixtures template explain run lib faults noctule.json fresh; cd fresh; : >asked; sh ./run alpha/a; sh ./run alpha/b; ls logs/programs | wc -l
exit 1
alpha/a --json
exit 1
alpha/b --json
2
$ rm logs/programs; sed -i 's,"./worker","sh"\,"./worker",' noctule.json; sh ./run ''; ls logs/programs
exit 0
$ sed -i 's:"./explain","{case}","--good",::' noctule.json; noctule sweep
? 2
! its program cannot be {good}
