# A finished run whose entry could not be written is missed by ledger verify, and gets it from the next sweep,
# before that one's own; --bare asks for none.
$ printf '%s\n' '#!/bin/sh' 'echo "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"a/one\"]}"' 'case $* in *--list*) exit;; esac' 'echo "{\"event\":\"started\",\"case\":\"a/one\"}"' 'echo "{\"event\":\"result\",\"case\":\"a/one\",\"status\":\"pass\",\"compared\":1}"' 'echo "{\"event\":\"done\",\"cases\":1}"' >worker; chmod +x worker; mkdir a; printf '%s\n' '{"schema":1,"name":"s","suites":[{"name":"c","kind":"noctule-check","fixtures":"a","command":["./worker","{fixture}"],"axes":{"machine":["here"]}}]}' >noctule.json; git init -q -b main . && git add . && git -c user.name=a -c user.email=a@b commit -qm one; noctule sweep 2>/dev/null | grep '^ledger'
~ ledger     .*/ledger/0001-.*
$ mv ledger kept; echo in the way >ledger; noctule sweep >/dev/null; echo $?; noctule sweep >/dev/null 2>&1; noctule sweep --bare >/dev/null; rm ledger; mv kept ledger
! writing the ledger entry
2
$ noctule ledger verify
? 1
~ run .* has finished and has no entry; the next noctule sweep adds it
~ run .* has finished and has no entry; the next noctule sweep adds it
1 entries: 2 faults, 1 confirmed by the index, 0 of runs that are not in it
$ noctule db rebuild >/dev/null; noctule ledger verify | tail -n 1
1 entries: 2 faults, 1 confirmed by the index, 0 of runs that are not in it
$ noctule sweep --resume; ls ledger | wc -l; noctule ledger verify
! had no entry in the ledger: /
3
3 entries: 0 faults, 3 confirmed by the index, 0 of runs that are not in it
$ noctule sweep 2>/dev/null | grep '^ledger'; noctule ledger verify
~ ledger     .*/ledger/0004-.*
4 entries: 0 faults, 4 confirmed by the index, 0 of runs that are not in it
