# noctule-engine check: a cell as lines of JSON, faults planted on purpose, the mutation gate.
$ noctule-engine check
? 64
! give the folder of one fixture
$ noctule-engine check nowhere
? 2
! nowhere/cases.json
$ cp -r "$SOURCE/tests/models/bert" bert && noctule-engine check bert --list --dtype f16 | cut -c1-84
{"event":"plan","schema":1,"family":"bert","backend":"cpu","dtype":"f16","cases":["b
$ noctule-engine check bert --case bert/final_logits.pair | cut -d, -f1-3
{"event":"plan","schema":1,"family":"bert"
{"event":"started","case":"bert/final_logits.pair"}
{"event":"result","case":"bert/final_logits.pair","status":"pass"
{"event":"done","cases":1,"calibration":{"version":1
$ noctule-engine check bert --case bert/none
? 64
! has no case "bert/none"
$ noctule-engine check bert --backend abacus
? 2
! abacus
$ noctule-engine check bert --dtype i8
? 64
! weights cannot be stored as "i8"
$ noctule-engine check bert --case bert/head.mlm >/dev/full
? 2
! writing an event
$ printf '\001' | dd of=bert/goldens.safetensors bs=1 seek=$(($(stat -c %s bert/goldens.safetensors) - 3)) conv=notrunc status=none
$ noctule-engine check bert --case head.mlm --case load_single.main >changed
? 1
$ grep -c '"case":"bert/head.mlm","status":"error".*cases.json was written with' changed
1
$ grep -c '"case":"bert/load_single.main","status":"pass"' changed
1
$ rm bert/goldens.safetensors; noctule-engine check bert --case head.mlm | grep -c '"status":"error".*the reference is missing'
1
$ NOCTULE_TEST_FAULT=bert/load_single.main:kill noctule-engine check bert --case load_single.main >killed 2>/dev/null
? 137
$ tail -n 1 killed
{"event":"started","case":"bert/load_single.main"}
$ NOCTULE_TEST_FAULT=bert/load_single.main:exit noctule-engine check bert --case load_single.main | tail -n 1
{"event":"started","case":"bert/load_single.main"}
$ NOCTULE_TEST_FAULT=bert/load_single.main:hang timeout -s KILL 1 noctule-engine check bert --case load_single.main >hung
? 137
$ tail -n 1 hung
{"event":"started","case":"bert/load_single.main"}
$ NOCTULE_TEST_FAULT=bert/load_single.main:garbage noctule-engine check bert --case load_single.main | LC_ALL=C cut -c1-14 | LC_ALL=C tail -n 3
...
{"event":"resu
{"event":"done
$ NOCTULE_TEST_FAULT=bert/other:kill noctule-engine check bert --case load_single.main | tail -n 1
~ \{"event":"done","cases":1,"calibration":\{"version":1,"ms":[0-9.e-]*,"compute_ms":[0-9.e-]*,"stream_ms":[0-9.e-]*\}\}
$ cp "$SOURCE/tests/models/bert/goldens.safetensors" bert; noctule-engine check bert --mutation act_relu | tail -n 1
~ act_relu +final_logits.pair +[0-9.e+-]+ +1e-10 +[0-9.e+-]+  killed
$ printf '{"mutations":[{"name":"blind","case":"final_logits.pair","weights":[{"tensor":"no such tensor","op":"zero"}]}]}' >bert/mutations.json
$ noctule-engine check bert --mutations | tail -n 1
~ blind +final_logits.pair +.*  SURVIVED
$ noctule-engine check bert --mutations >/dev/null
? 1
$ slight() { printf '{"mutations":[{"name":"slight","case":"final_logits.pair","weights":[{"tensor":"cls.seq_relationship.weight","op":"scale","value":%s},{"tensor":"cls.seq_relationship.bias","op":"scale","value":%s}]}]}' $1 $1 >bert/mutations.json; noctule-engine check bert --mutations | tail -n 1; }; slight 1.00002; slight 1.0001
~ slight +final_logits.pair +[34][0-9.]*e-10 +1e-10 +[34][0-9.]*  SURVIVED
~ slight +final_logits.pair +[0-9.]+e-0[89] +1e-10 +[0-9.]+  killed
$ noctule-engine check "$SOURCE/tests/formats/bert" --dtype q4_0 --mutations | awk '{ print $1, $NF }'
mutation factor
q4_0.previous_scale killed
q4_0.offset_7 killed
q4_0.halves_swapped killed
$ noctule-engine check "$SOURCE/tests/formats/bert" --dtype q4_0 --mutation q4_k.no_mins
? 64
! mutation q4_k.no_mins is not for q4_0
$ noctule-engine check "$SOURCE/tests/formats/bert" --dtype f32 --mutations
? 2
! mutations.json lists none for f32, so nothing is gated
$ noctule-engine check bert --mutation none
? 64
! there is no mutation "none"
