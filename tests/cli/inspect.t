# What a model is and how it would run.
$ ln -s "$SOURCE/tests/models" models
$ noctule-engine inspect models/qwen3
model        Qwen3ForCausalLM (qwen3)
checkpoint   models/qwen3, 1 file, 24 tensors
parameters   34016, the head tied to the embedding
layers       2 of width 32, feed-forward 48
heads        4 of 16, for keys 2
vocabulary   384, positions 256
~ weights +[0-9.]+ MiB
~ cache +[0-9.]+ MiB
~ workspace +[0-9.]+ MiB
~ plan +[0-9]+ nodes on cpu: .*
$ noctule-engine inspect models/bert/seqcls | head -n 1
model        BertForSequenceClassification (bert)
$ noctule-engine inspect models/llama/sharded | sed -n 2p
~ checkpoint   models/llama/sharded, [2-9] files, [0-9]+ tensors
$ noctule-engine inspect models/llama --tensors | grep -A 1 embed_tokens
f32  384x32           model.embed_tokens.weight
f32  32               model.norm.weight
$ noctule-engine inspect models/llama --tensors --dtype bf16 | grep -c '^bf16'
21
$ noctule-engine inspect models/gpt2 --routes --tokens 3 | grep -E 'x[0-9]+ +(embedding|attention\.1|final_norm)$'
~ .* 3x32 +embedding
~ .* 1x3x32 +attention\.1
~ .* 3x32 +final_norm
$ noctule-engine inspect models/llama/unexpected | tail -n 1
~ unexpected   [0-9]+ tensors of the file \(--tensors lists them\)
$ noctule-engine inspect models/qwen2 --json | grep -E '"(path|shards|model_type|rope_type|parameters|tied)"' | tr -d ' ,'
"path":"models/qwen2"
"shards":1
"model_type":"qwen2"
"rope_type":"default"
~ "parameters":[0-9]+
"tied":true
$ noctule-engine inspect models/llama --batch 3 --tokens 300 --capacity 400 | grep -c MiB
3
$ noctule-engine inspect models/llama --tokens 300
? 64
! 300 tokens exceed the capacity of 256
$ noctule-engine inspect models/llama/missing
? 2
! models/llama/missing lacks: 
$ noctule-engine inspect models/llama/mismatched
? 2
! by the config
