# Hooks hear what a sweep found, with what they need to know; whatever they say, the verdicts stand.
$ mkdir -p hooks fixtures/m && cp "$SOURCE/tests/cli/data/worker.sh" worker && chmod +x worker && : >bad && : >fixtures/m/cases && printf '{"schema":1,"name":"toy","suites":[{"name":"compat","kind":"noctule-check","fixtures":"fixtures/*/cases","command":["./worker","check","{fixture}"],"axes":{"backend":["cpu"]}}]}' >noctule.json
$ noctule sweep 2>&1 | grep -E '^[0-9]+ cases|hook'
~ 2 cases.*
$ test -e logs/hooks.ndjson
? 1
$ for e in after-run on-new-failure on-fixed; do mkdir hooks/$e.d; printf '#!/bin/sh\ncat >>heard/%s\n' $e >hooks/$e.d/10-listen; chmod +x hooks/$e.d/10-listen; done; mkdir heard; echo b >bad; noctule sweep >out 2>&1
? 1
$ ls heard; grep -c hook out
? 1
after-run
on-new-failure
0
$ grep -o '"input":.*' heard/on-new-failure
~ "input":\{"event":"on-new-failure","run":"[0-9a-z-]+","subject":"toy","commit":"","branch":"","dirty":false,"scope":"","reference":"[0-9a-z-]+","planned":2,"recorded":2,"count":1,"cases":\[\{"cell":"compat/m/cpu","case":"m/b","before":"pass","now":"fail","message":"it is bad"\}\]\}\}
$ grep -o '"regressions":.*"fixed":[0-9]*' heard/after-run
~ "regressions":1,"changes":\{"new_failure":1,.*"fixed":0
$ noctule hooks log 2>/dev/null | cut -d' ' -f2- | grep -c .
2
$ : >bad; noctule sweep >out 2>&1; cat heard/on-fixed | grep -o '"cases":.*'; grep -c . heard/on-new-failure
"cases":[{"cell":"compat/m/cpu","case":"m/b","before":"fail","now":"pass","message":""}]}}
1
$ # A hook that refuses, one that fails, and one that hangs: told and recorded, and the sweep is as it was.
$ printf '#!/bin/sh\necho not on a Friday >&2; exit 2\n' >hooks/after-run.d/20-no; chmod +x hooks/after-run.d/20-no; noctule sweep >out 2>&1; echo $?; grep hook out
0
~ .*hook after-run: not content: 20-no: not on a Friday
$ printf '#!/bin/sh\nexit 7\n' >hooks/after-run.d/05-broken; chmod +x hooks/after-run.d/05-broken; echo a >bad; noctule sweep >out 2>&1; echo $?; grep 'hook after' out
1
~ .*hook after-run: failed: .*05-broken: it ended with status 7, which says neither yes \(0\) nor no \(2\)
$ rm hooks/after-run.d/05-broken; noctule hooks log --event after-run --decision deny 2>/dev/null | grep -c Friday; noctule hooks log --event after-run --decision error 2>/dev/null | grep -c 'status 7'
1
1
$ # Hooks may ask about the run, and sweep: the sweep that told them is over.
$ rm hooks/after-run.d/* hooks/on-*.d/*; printf '#!/bin/sh\n[ -e again ] && exit 0; touch again; noctule status >heard/status && noctule sweep --no-wait >heard/sweep 2>&1\n' >hooks/after-run.d/30-again; chmod +x hooks/after-run.d/30-again; : >bad; noctule sweep >out 2>&1; grep -c '^2 cases' heard/sweep; grep -c hook out
? 1
1
0
