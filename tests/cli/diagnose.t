# noctule-engine diagnose: what it needs, a case that passes, a broken test, and a weight off.
$ noctule-engine diagnose "$SOURCE/tests/models/qwen3"
? 64
! expected the folder of one FIXTURE and --case ID
$ noctule-engine diagnose "$SOURCE/tests/models/qwen3" --case nothing
? 64
! has no case "nothing"
$ noctule-engine diagnose "$SOURCE/tests/models/qwen3" --case final_logits.pair --json
? 1
{"event":"diagnosis","case":"qwen3/final_logits.pair","kind":"unknown","message":"the case passes on cpu, f32: there is nothing to explain"}
$ cp -r "$SOURCE/tests/models/qwen3" q && chmod -R u+w q && sed -i 's/"rms_norm_eps": [0-9.e-]*/"rms_norm_eps": 1e-3/' q/config.json; noctule-engine check q --case final_logits.pair | grep -o '"status":"[a-z]*"'
"status":"numerics"
$ noctule-engine diagnose q --case final_logits.pair --json | grep -o '"kind":"graph","layer":0,"stage":"attn_norm","op":"rms_norm"'
"kind":"graph","layer":0,"stage":"attn_norm","op":"rms_norm"
$ noctule-engine diagnose q --case greedy.pair --json | grep -o '"layer":0,"stage":"attn_norm","op":"rms_norm"'
"layer":0,"stage":"attn_norm","op":"rms_norm"
$ noctule-engine diagnose q --case final_logits.pair | head -n 1
qwen3/final_logits.pair: graph, rms_norm at attn_norm of layer 0
$ noctule-engine diagnose q --case final_logits.pair --good "$(command -v noctule-engine)" --json | grep -o '"reference":"hf"'
"reference":"hf"
$ cp -r "$SOURCE/tests/models/qwen3" n && chmod -R u+w n && printf '\000\000\300\177' | dd of=n/model.safetensors bs=1 seek=95112 conv=notrunc 2>dd.txt; for backend in cpu cpu-native; do noctule-engine diagnose n --case final_logits.pair -b $backend --json; done | grep -o '"kind":.*'
"kind":"weight","layer":1,"stage":"ffn_out","op":"matmul","reference":"hf","message":"model.layers.1.mlp.down_proj.weight holds 1 values that are no numbers, as its file does"}
"kind":"weight","layer":1,"stage":"ffn_out","op":"matmul","reference":"hf","message":"model.layers.1.mlp.down_proj.weight holds 1 values that are no numbers, as its file does"}
$ noctule-engine diagnose q --case final_logits.pair --good ./no/engine --json
? 2
! --good: there is no engine ./no/engine: No such file or directory
$ noctule-engine diagnose q --case final_logits.pair --good q --json
? 2
! --good: there is no engine q: it is no file that can be run
$ rm q/goldens.safetensors; noctule-engine diagnose q --case final_logits.pair | tail -n 1
~ the test itself is broken: .*
$ printf 'rubbish!rubbish!' >q/goldens.safetensors; sed -i "s/\"goldens_sha256\": \"[0-9a-f]*\"/\"goldens_sha256\": \"$(sha256sum <q/goldens.safetensors | cut -c1-64)\"/" q/cases.json; noctule-engine diagnose q --case final_logits.pair --json
~ .*"kind":"loading","op":"safetensors","message":"a file of the fixture is refused by its reader: q/goldens.safetensors: offset 0: .*
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --case step_by_step.pair --nodes --weights -b cpu -d f32 -o t | head -n 1
~ t: [0-9]+ tensors of [0-9]+ steps, [0-9.]+ MiB
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --case encode.corpus -o t
? 64
! the case encode.corpus runs no plan
$ noctule-engine diagnose "$SOURCE/tests/models/qwen3" --case final_logits.pair --dtype q8_0
? 1
qwen3/final_logits.pair: unknown
the case does not run on cpu, q8_0: there is nothing to explain
