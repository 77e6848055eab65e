# A sweep of the real engine: references that are gone or changed, a worker killed and one that
# sleeps are red, each for its own case, and planned = recorded whatever happens.
$ mkdir fixtures && cp -r "$SOURCE/tests/models/bert" fixtures
$ printf '{"schema":1,"name":"engine","suites":[{"name":"compat","kind":"noctule-check","fixtures":"fixtures/*/cases.json","command":["noctule-engine","check","{fixture}","--backend","{backend}","--dtype","{dtype}"],"axes":{"backend":["cpu"],"dtype":["f32"]},"time_limit":{"default_s":5,"floor_s":2,"factor":3,"startup_s":60}}]}' >noctule.json
$ noctule sweep >first 2>&1; tail -n 40 first | grep -c '0 failed'
1
$ n=$(grep -o '^[0-9]* cases' first | cut -d' ' -f1); echo "| Planned / recorded | $n / $n cases |" >whole
$ grep -cxFf whole ledger/0001-*.md
1
$ NOCTULE_TEST_FAULT=bert/head.mlm:kill noctule sweep >killed 2>&1
? 1
$ grep -o '^crash .*head.mlm: the worker was killed by SIGKILL' killed
~ crash +compat/bert/.* bert/head.mlm: the worker was killed by SIGKILL
$ grep -c ' 1 failed' killed; grep -cxFf whole ledger/0002-*.md
1
1
$ NOCTULE_TEST_FAULT=bert/head.mlm:hang noctule sweep >hung 2>&1
? 1
$ grep -o '^timeout .*head.mlm: no result within [0-9.]* s' hung
~ timeout +compat/bert/.* bert/head.mlm: no result within .* s
$ grep -c ' 1 failed' hung; grep -cxFf whole ledger/0003-*.md
1
1
$ printf '\001' | dd of=fixtures/bert/goldens.safetensors bs=1 seek=$(($(stat -c %s fixtures/bert/goldens.safetensors) - 3)) conv=notrunc status=none
$ noctule sweep >changed 2>&1
? 1
$ grep -c '^error .*cases.json was written with' changed; grep -cxFf whole ledger/0004-*.md
20
1
$ rm fixtures/bert/goldens.safetensors; noctule sweep >gone 2>&1
? 1
$ grep -c '^error .*the reference is missing' gone; grep -cxFf whole ledger/0005-*.md
20
1
