# Standard streams that are closed stay closed: no file that is opened later takes their place, and what
# cannot be printed is an error.
$ printf '%s\n' '#!/bin/sh' 'case $* in *--list*) ;; esac' 'echo "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"a/one\"]}"' 'case $* in *--list*) exit;; esac' 'echo "{\"event\":\"started\",\"case\":\"a/one\"}"' 'echo "{\"event\":\"result\",\"case\":\"a/one\",\"status\":\"pass\",\"compared\":1}"' 'echo "{\"event\":\"done\",\"cases\":1}"' >worker; chmod +x worker; mkdir a; printf '%s\n' '{"schema":1,"name":"s","suites":[{"name":"c","kind":"noctule-check","fixtures":"a","command":["./worker","{fixture}"],"axes":{"machine":["here"]}}],"rules":[{"kind":"subject","form":"file"}]}' >noctule.json; git init -q -b main . && git add . && git -c user.name=a -c user.email=a@b commit -qm one; noctule sweep >/dev/null 2>&1; noctule status | sed -n 1p >first; grep -c finished first
1
$ noctule sweep <&- >&- 2>&-; echo $?; grep -vc '^{' logs/*/events.ndjson | grep -v ':0$'; noctule db rebuild | grep -o '2 runs'; noctule ledger verify
2
2 runs
2 entries: 0 faults, 2 confirmed by the index, 0 of runs that are not in it
$ noctule sweep <&- 2>&- | tail -n 1 | grep -c dashboard; grep -L '^{"event":"run"' logs/*/events.ndjson
1
$ noctule status >&-
? 2
! cannot write standard output
$ noctule git status >&-
? 2
! cannot print
$ noctule check --message - <&-
? 2
! cannot read standard input: Bad file descriptor
$ echo '{"jsonrpc":"2.0","id":1,"method":"ping"}' | noctule mcp >&-
? 2
! the client does not take its answers
$ timeout 10 noctule mcp <&-
$ timeout 10 noctule hook pre-command <&-
? 2
~ .*"decision":"deny".*
! Bad file descriptor
$ noctule-engine ops >&-
? 2
! cannot write standard output
$ noctule --help | head -n 1
usage: noctule COMMAND [OPTIONS] …
