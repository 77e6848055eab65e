# A checkout that somebody else may write: what only looks says the same, what would write says where it
# may not, and nothing is changed.
$ export GIT_CONFIG_GLOBAL=/dev/null; mkdir w && cd w && printf '%s\n' '#!/bin/sh' 'case $* in *--list*) ;; esac' 'echo "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"a/one\"]}"' 'case $* in *--list*) exit;; esac' 'echo "{\"event\":\"started\",\"case\":\"a/one\"}"' 'echo "{\"event\":\"result\",\"case\":\"a/one\",\"status\":\"pass\",\"compared\":1}"' 'echo "{\"event\":\"done\",\"cases\":1}"' >worker; chmod +x worker; mkdir a; printf '%s\n' '{"schema":1,"name":"s","suites":[{"name":"c","kind":"noctule-check","fixtures":"a","command":["./worker","{fixture}"],"axes":{"machine":["here"]}}],"rules":[{"kind":"subject","form":"file"}]}' >noctule.json; git init -q -b main . && git add . && git -c user.name=a -c user.email=a@b commit -qm one; noctule sweep >/dev/null 2>&1; noctule status >../told; chmod 755 ../.. .. && chmod -R a+rX,a-w . && find . -type f | sort | xargs sha256sum >../before; printf '%s\n' '#!/bin/sh' 'cd w; [ "$(id -u)" = 0 ] || exec "$@"' 'exec setpriv --reuid=65534 --clear-groups env HOME=/nonexistent "$@"' >../as; chmod 755 ../as
$ ./as noctule status | cmp - told; ./as noctule ledger verify
1 entries: 0 faults, 1 confirmed by the index, 0 of runs that are not in it
$ ./as noctule clusters >/dev/null && ./as noctule compare last last | tail -n 1
still_passing 1  
$ ./as noctule sweep
? 2
! logs/.lock: Permission denied
$ ./as noctule report -o elsewhere
? 2
! elsewhere: Permission denied
$ ./as noctule db rebuild
? 2
! Permission denied
$ ./as noctule bisect --cell c/a/here --case a/one --good HEAD --bad HEAD
? 2
! Permission denied
$ ./as noctule git status
? 2
! is another user
$ cd w && find . -type f | sort | xargs sha256sum | cmp - ../before; chmod -R u+w .
