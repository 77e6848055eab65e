# A case that says nothing until its time is over has no log: what others said before is theirs.
$ mkdir -p fixtures/alpha; printf '%s\n' '#!/bin/sh' 'shift; l=; s=; while [ $# -gt 0 ]; do case $1 in --list) l=1;; --case) s="$s $2"; shift;; esac; shift; done; echo "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"one\",\"two\"]}"; [ "$l" ] && exit' 'for c in ${s:-one two}; do echo "{\"event\":\"started\",\"case\":\"$c\"}"; sleep 0.2; [ $c = two ] && exec sleep 100; echo "words of $c" >&2; echo "{\"event\":\"result\",\"case\":\"$c\",\"status\":\"fail\",\"message\":\"no\"}"; done' >worker; chmod +x worker; printf '{"schema":1,"name":"scripted","suites":[{"name":"s","kind":"noctule-check","fixtures":"fixtures/*","command":["./worker","{fixture}"],"axes":{"on":["here"]},"time_limit":{"default_s":1,"floor_s":1}}]}\n' >noctule.json
$ noctule sweep 2>/dev/null | grep ^timeout
timeout   s/alpha/here  two: no result within 1.0 s
$ noctule show s/alpha/here one | grep -c 'words of one'; noctule show s/alpha/here two | grep -c 'words of one'
1
0
? 1
