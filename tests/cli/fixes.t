# What was tried to mend: in columns, newest first; a record that is broken, or tells lies about itself, is named and left out.
$ printf '{"schema":1,"name":"scripted","suites":[{"name":"s","kind":"noctule-check","fixtures":"fixtures/*","command":["./worker","{fixture}"],"axes":{"backend":["cpu"]}}]}' >noctule.json; noctule fixes
Nothing was tried to be mended yet; "noctule clusters" says what could be.
$ printf '%s\n' 'mkdir -p "logs/fix/$1" && cat >"logs/fix/$1/fix.json" <<END' '{"schema":1,"id":"$1","cluster":"9f7c2a1077b0c0de9f7c2a1077b0c0de","words":"$2","subject":"scripted","base":"","tree":"","commit":"","state":"$3","outcome":"$4","reason":"$5","role":"test-runner","driver":"patch","culprit":"","begun_ms":$6,"ended_ms":$6,"pr":$7,"proof_sha256":"","paths":["src/a.c"],"cases":[{"cell":"s/alpha/cpu","case":"alpha/a"}]}' END >record; now=$(date +%s)000; sh record one 'rms_norm of cpu, in attn_norm' ended opened '' $((now - 90000000)) '{"number":7,"url":"https://forge.example/a/b/pull/7"}' && sh record two 'ströme über stufen' running '' '' $((now - 600000)) null && sh record three 'softmax' ended regresses '3 cases do not pass any more' $((now - 11000000)) null
$ noctule fixes
fix    cluster       cause                          state    outcome    PR  age
two    9f7c2a1077b0  ströme über stufen             running  –          –   10 min
three  9f7c2a1077b0  softmax                        ended    regresses  –   3 h
one    9f7c2a1077b0  rms_norm of cpu, in attn_norm  ended    opened     #7  25 h
$ noctule fixes --json | grep -E '"(id|state|outcome|reason|number|url|case)"' | head -n 9
      "id": "two",
      "state": "running",
      "outcome": "",
      "reason": "",
          "case": "alpha/a"
      "id": "three",
      "state": "ended",
      "outcome": "regresses",
      "reason": "3 cases do not pass any more",
$ noctule fixes --json | grep -A3 '"pr": {'
      "pr": {
        "number": 7,
        "url": "https://forge.example/a/b/pull/7"
      },
$ sed -i 's/https:/javascript:/' logs/fix/one/fix.json; mkdir logs/fix/four; cp logs/fix/two/fix.json logs/fix/four; mkdir logs/fix/five; echo '{' >logs/fix/five/fix.json; noctule fixes | cut -d' ' -f1
! logs/fix/one/fix.json: pr.url: it is no address of the web
! logs/fix/four/fix.json: it is about the fix two
! logs/fix/five/fix.json: offset
fix
two
three
$ # What stops all of it is a file beside the records, and none itself.
$ rm -r logs/fix/one logs/fix/four logs/fix/five; echo enough >logs/fix/STOP; noctule fixes 2>&1 | cut -d' ' -f1
fix
two
three
$ noctule fixes two
? 64
! "two" is not an option
