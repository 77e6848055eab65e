# A case that passes and fails on one commit is flaky; one that fails from a commit on is broken.
$ git init -q . && git config user.name t && git config user.email t@t && mkdir -p fixtures/alpha && printf 'logs/\nledger/\nfaults\nout\n' >.gitignore
$ printf '%s\n' '#!/bin/sh' 'f=${1##*/}; shift; l=; s=' 'while [ $# -gt 0 ]; do case $1 in --list) l=1;; --case) s="$s $2"; shift;; esac; shift; done' 'printf "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"$f/a\",\"$f/b\"]}\n"; [ "$l" ] && exit; n=0' 'for c in ${s:-$f/a $f/b}; do printf "{\"event\":\"started\",\"case\":\"$c\"}\n"; n=$((n + 1))' 'w=$(grep "^$c " faults | head -n 1 | cut -d" " -f2-); v=${w%% *}; [ "$v" = once ] && { v=fail; sed -i "\,^$c ,d" faults; }' 'printf "{\"event\":\"result\",\"case\":\"$c\",\"status\":\"${v:-pass}\",\"compared\":4,\"message\":\"${w#* }\"}\n"' 'done; printf "{\"event\":\"done\",\"cases\":$n}\n"' >worker; chmod +x worker
$ printf '{"schema":1,"name":"scripted",\n"suites":[{"name":"s","kind":"noctule-check","fixtures":"fixtures/*","command":["./worker","{fixture}","{backend}"],"retries":1,"axes":{"backend":["cpu"]}}]}\n' >noctule.json; : >fixtures/alpha/keep; git add -A && git commit -qm one; : >faults
$ noctule flaky
? 2
! noctule.db
$ noctule sweep >out 2>&1; noctule flaky
No case passed and failed on one commit.
$ echo 'alpha/a fail number 1 is wrong' >faults; noctule sweep >out 2>&1
? 1
$ sed -n '/^Flaky/,/alpha/p' out
Flaky: 1 case passed and failed on this commit
~ cell +case +failed +rate \(95 %\) +commits  first failure
~ s/alpha/cpu  alpha/a +2 of  3 +62.5 % \(1[0-9.]+–9[0-9.]+\) +1  20.*: number 1 is wrong
$ : >faults; noctule sweep >out 2>&1; noctule sweep >out 2>&1; noctule flaky | tail -n 1
~ s/alpha/cpu  alpha/a +2 of  5 +41.7 % .* +1  20.*: number 1 is wrong
$ git commit -qm two --allow-empty; echo 'alpha/b fail broken' >faults; noctule sweep >out 2>&1
? 1
$ noctule flaky | grep -c alpha/b; noctule flaky --here
0
No case passed and failed on one commit.
$ echo 'alpha/b once at first' >faults; noctule sweep >out 2>&1
? 1
$ grep -oE '^flaky .*alpha/b: at first|0 failed.*1 flaky' out; noctule flaky --here | tail -n 1
0 failed, 0 not applicable, 0 infra, 0 missing, 1 flaky
flaky     s/alpha/cpu  alpha/b: at first
~ s/alpha/cpu  alpha/b +3 of  8 .* +1  20.*: broken
$ noctule flaky last~1 --json | grep -E '"(case|failed|attempts|commits|first_message)"'
      "case": "alpha/a",
      "failed": 2,
      "attempts": 6,
      "commits": 1,
      "first_message": "number 1 is wrong",
$ noctule report >out; grep -c 'id="flaky">Flaky <span class="soft">2<' logs/dashboard/index.html; grep -c 'failed 2 of 7 attempts on commits where it also passed' logs/dashboard/cells/alpha.cpu.html
1
1
$ noctule flaky >before; noctule db rebuild >out; noctule flaky | cmp - before
$ sed -i 's/"subject"/"subject"/; s/^"suites"/"quarantine":[{"cell":"*","case":"alpha\/a","owner":"mira","issue":"1","expires":"9999-12-31"}],\n"suites"/' noctule.json; noctule flaky | grep -o ' – quarantined.*'
 – quarantined by mira until 9999-12-31
$ echo 'alpha/a fail x' >faults; noctule sweep >out 2>&1; : >faults; noctule sweep >out 2>&1; noctule flaky | grep alpha/a | grep -oE '[0-9] of +[0-9]+'
2 of  8
$ noctule flaky a b
? 64
! known up to one run
