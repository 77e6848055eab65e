# What failed in the first run already has no known end to bisect from: the fix ends and says what helps,
# and its record is not left as if it were running.
$ printf '%s\n' '#!/bin/sh' 'echo "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"a/one\"]}"' 'case $* in *--list*) exit;; esac' 'echo "{\"event\":\"started\",\"case\":\"a/one\"}"' 'echo "{\"event\":\"result\",\"case\":\"a/one\",\"status\":\"fail\",\"message\":\"the value is $(cat src/value)\"}"' 'echo "{\"event\":\"done\",\"cases\":1}"' >worker; chmod +x worker; mkdir a src; : >a/x; echo 5 >src/value; printf '%s\n' '{"schema":1,"name":"s","suites":[{"name":"c","kind":"noctule-check","fixtures":"a","command":["./worker","{fixture}"],"axes":{"machine":["here"]}}],"fix":{"paths":["src/"],"tests":["a/"]}}' >noctule.json; printf 'logs/\nledger/\nhash\n' >.gitignore; git init -q -b main . && git config user.name a && git config user.email a@b && git add . && git commit -qm one; noctule sweep >/dev/null 2>&1; noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p' >hash; wc -l <hash
1
$ noctule fix "$(cat hash)" --no-pr
? 1
! who did it
no_culprit: the history of sweeps does not tell between which commits it began; --culprit COMMIT of noctule fix names it
$ noctule fixes | grep -c 'ended  no_culprit'
1
