# A worker that gives the output of a case with its result: the log, the rules and the new lines of the
# case are made from it, and a bisection reads it, too.
$ git init -q -b main . && git config user.name a && git config user.email a@b && mkdir checks && printf '%s\n' '#!/bin/sh' 'shift; l=; s=; while [ $# -gt 0 ]; do case $1 in --list) l=1;; --case) s="$s $2"; shift;; esac; shift; done' 'echo "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"one\",\"two\"]}"; [ "$l" ] && exit' 'for c in ${s:-one two}; do v=pass; grep -qx $c bad && v=fail; printf "%s\n" "{\"event\":\"started\",\"case\":\"$c\"}" "{\"event\":\"result\",\"case\":\"$c\",\"status\":\"$v\",\"compared\":1,\"message\":\"no\",\"log\":\"words of $c\\n$v: xid 79: device lost\\n\"}"; done' >worker && chmod +x worker && : >checks/x && : >bad && printf '%s\n' '{"schema":1,"order":5,"rules":[{"id":"gpu.lost","version":1,"reads":["log"],"pattern":"^fail: xid \\d+: (?<what>device lost)","class":"device","layer":"infra","retryable":true,"match":[{"log":"fail: xid 1: device lost"}],"no_match":[{"log":"x"}]}]}' >gpu.json && printf '{"schema":1,"name":"scripted","failure_rules":["gpu.json"],"suites":[{"name":"s","kind":"noctule-check","fixtures":"checks","command":["./worker","{fixture}"],"axes":{"on":["here"]}}]}\n' >noctule.json && git add . && git commit -qm one
$ noctule sweep >/dev/null 2>&1; echo two >bad; git commit -qam two; noctule sweep >/dev/null 2>&1
? 1
$ noctule show s/checks/here two | sed -n '/^failure/p; /^Never/,$p' | sed 's/20[0-9a-f-]*/RUN/'
failure     device, in infra
Never seen in the log of RUN, the last good one:
  fail: xid 79: device lost

Last lines of RUN/s.checks.here.log:
  words of two
  fail: xid 79: device lost
$ noctule bisect --cell s/checks/here --case two --cache "$PWD/../cache" 2>/dev/null | grep -o '^status .*confirmed'
status      confirmed
