# noctule-engine trace: stages of the plan that production runs, in three formats.
$ noctule-engine trace
? 64
! expected one MODEL
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens "1 2 3"
? 64
! say where the trace goes: -o DIR
$ noctule-engine trace "$SOURCE/tests/models/qwen3" -o t
? 64
! give one of --prompt, --tokens and --case
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens 1 -o t --stages q_rope,swiglu
? 64
! there is no stage "swiglu"; there are embedding, attn_norm
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens 1 -o t --layers 3..1
? 64
! "3..1" is no range of layers
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens "1 2 3" --steps 2 -o t
~ t: [0-9]+ tensors of 2 steps, 0.0 MiB
attn_scores of layers 0..2: swallowed by attention
attn_softmax of layers 0..2: swallowed by attention
ffn_gate of layers 0..2: swallowed by gated
ffn_up of layers 0..2: swallowed by gated
ffn_act of layers 0..2: swallowed by gated
$ ls t
trace.json
trace.safetensors
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens "1 2 3" --unfused --stages attn_softmax --layers 1 --steps 2 --format aprt -o a
a: 2 tensors of 2 steps, 0.0 MiB
$ find a | sort
a
a/layer-1
a/layer-1/attn_softmax.bin
a/step-1
a/step-1/layer-1
a/step-1/layer-1/attn_softmax.bin
a/trace.json
$ : >a/mine.npy; noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens "1 2" -s q_rope -l 0 --format npy -o a >/dev/null; find a -type f | sort
a/layer-0/q_rope.npy
a/mine.npy
a/trace.json
$ rm a/mine.npy; noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens "5 6" -s q_rope -l 0 -o a >/dev/null; find a -type f | sort
a/trace.json
a/trace.safetensors
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens "1 2" -s q_rope -l 0 --format npy -o a >/dev/null; noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens "1 2" -s q_rope -l 0 -o fresh >/dev/null; noctule-engine diff a fresh | tail -n 1
~ [0-9]+ compared, 0 exceed their limit
$ : >kept.npy; sed 's|"key":"step-0/layer-0/q_rope","stage":"q_rope","layer":0,|"key":"../kept",|' a/trace.json >x && grep -c kept x && mv x a/trace.json; noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens 1 -s q_rope -o a >/dev/null; ls kept.npy
1
kept.npy
$ rm a/trace.json; noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens 1 --format npy -o a
? 64
! a holds a trace.safetensors that no trace.json there tells of
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens "1 2 3" --unfused --stages attn_softmax --layers 1 --steps 2 --format aprt -o a2 >/dev/null
$ head -c 4 a2/layer-1/attn_softmax.bin
APRT
$ noctule-engine trace "$SOURCE/tests/models/bert" --tokens "1 2 3" --steps 2 -o b
? 64
! a model that does not generate has one step
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens "1 100000" -o t
? 64
! token id 100000 at 1 is not within
$ noctule-engine trace "$SOURCE/tests/models/llama" --tokens "1 2 3" --stages q_norm -o n
? 64
! no stage that was asked for is in this model's plan
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens 1 -l 9 -o t2
? 64
! --layers begins at 9, and the model's layers are 0 to 1
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens 1 --forced "1 2" -o t2
? 64
! --forced has 2 ids, and --steps 1 feeds 0 behind the prompt
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --case final_logits.pair -d q8_0 -o t2
? 64
! the case final_logits.pair does not run in q8_0
