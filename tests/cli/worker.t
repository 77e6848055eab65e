# The worker that docs/subjects.md shows does what is said there of workers.
$ git init -q -b main . && git config user.name a && git config user.email a@b && sed -n '/^<!-- worker -->/,/^<!-- end -->/p' "$SOURCE/docs/subjects.md" | grep -vE '^(<!--|```)' >worker && chmod +x worker && mkdir 'checks' && printf 'echo fine\n' >checks/one.sh && printf 'echo "at line 3:"; echo "the \\"sum\\" is 5, not 4"; exit 3\n' >checks/two.sh && printf 'echo no gpu here; exit 77\n' >checks/three.sh && printf 'kill -9 $PPID\n' >checks/four.sh && chmod +x checks/* && sed -i '1i#!/bin/sh' checks/* && printf '{"schema":1,"name":"plain","suites":[{"name":"s","kind":"noctule-check","fixtures":"checks","command":["./worker","{fixture}"],"axes":{"machine":["here"]}}]}\n' >noctule.json
$ noctule sweep 2>/dev/null | grep -E '^(4 cases|fail |crash)'
4 cases: 1 passed, 2 failed, 1 not applicable, 0 infra, 0 missing, 0 flaky
crash     s/checks/here  four.sh: the worker was killed by SIGKILL in the case
fail      s/checks/here  two.sh: the sum is 5, not 4
$ noctule show s/checks/here three.sh | grep -E '^(verdict|message)'
verdict     na
message     no gpu here
