# What a model is and how it would run.
$ ln -s "$SOURCE/tests/models" models
$ noctule-engine inspect models/qwen3
model        Qwen3ForCausalLM (qwen3)
checkpoint   models/qwen3, 1 safetensors file, 24 tensors
parameters   34016, the head tied to the embedding
stored as    f32 24
layers       2 of width 32, feed-forward 48
heads        4 of 16, for keys 2
vocabulary   384, positions 256
~ weights +[0-9.]+ MiB
~ cache +[0-9.]+ MiB
~ workspace +[0-9.]+ MiB
~ plan +[0-9]+ nodes on cpu-native\.[a-z0-9]+: .*
$ noctule-engine inspect models/bert/seqcls | head -n 1
model        BertForSequenceClassification (bert)
$ noctule-engine inspect models/llama/sharded | sed -n 2p
~ checkpoint   models/llama/sharded, [2-9] safetensors files, [0-9]+ tensors
$ noctule-engine inspect models/llama --tensors | grep -A 1 embed_tokens
f32  384x32           model.embed_tokens.weight
f32  32               model.norm.weight
$ noctule-engine inspect models/llama --tensors --dtype bf16 | grep -c '^bf16'
21
$ noctule-engine inspect models/llama --quant q4_0 --dtype f16 | sed -n 4p
stored as    q4_0 14, f16 7
$ noctule-engine inspect models/llama --quant q4_k --quant-embedding keep --tensors | grep -E '^(stored|misfits|q8_0 .*layers.0)|(embed_tokens|down_proj).weight'
stored as    q8_0 13, f32 8
misfits      15 matrices could not be quantised as asked, since their rows are no whole blocks
f32  384x32           model.embed_tokens.weight
q8_0 32x32            model.layers.0.self_attn.q_proj.weight
q8_0 16x32            model.layers.0.self_attn.k_proj.weight
q8_0 16x32            model.layers.0.self_attn.v_proj.weight
q8_0 32x32            model.layers.0.self_attn.o_proj.weight
q8_0 48x32            model.layers.0.mlp.gate_proj.weight
q8_0 48x32            model.layers.0.mlp.up_proj.weight
f32  32x48            model.layers.0.mlp.down_proj.weight
f32  32x48            model.layers.1.mlp.down_proj.weight
$ noctule-engine inspect models/qwen3 --quant-embedding q8_0 --json | grep -E '"(stored|quant_misfits|tied)"' | tr -d ", "
"tied":true
"stored":"q8_01f3223"
"quant_misfits":0
$ noctule-engine inspect models/llama --quant f16
? 64
! weights cannot be quantised to "f16" (q8_0, q4_0, q4_k, q6_k)
$ noctule-engine inspect models/llama --quant-embedding none
? 64
! the embedding cannot be quantised to "none" (q8_0, q4_0, q4_k, q6_k, keep)
$ noctule-engine inspect models/llama --dtype i8
? 64
! weights cannot be stored as "i8" (f32, f16, bf16)
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
$ noctule-engine inspect models/qwen3 --backend cpu-native.plain | grep plan
~ plan +[0-9]+ nodes on cpu-native\.plain: .*
$ noctule-engine inspect models/qwen3 --isa plain | grep plan
~ plan +[0-9]+ nodes on cpu-native\.plain: .*
$ NOCTULE_CPU=plain noctule-engine inspect models/qwen3 | grep plan
~ plan +[0-9]+ nodes on cpu-native\.plain: .*
$ noctule-engine inspect models/qwen3 --isa sse9
? 2
! opening backend cpu-native: there is no instruction set "sse9" for cpu-native; there are: plain
$ noctule-engine inspect models/qwen3 --backend cpu.avx2
? 64
! backend cpu has no instruction sets to choose from
$ for k in f32 f16; do noctule-engine inspect models/qwen3 --capacity 256 --kv $k --json | grep -o '"cache": [0-9]*'; done
"cache": 131072
"cache": 65536
$ noctule-engine inspect models/qwen3 --kv q8_0
? 2
! a cache of q8_0 needs heads of whole blocks of 32 numbers, and this model's have 16
$ noctule-engine inspect models/bert --kv f16
? 64
! Bert keeps no keys and values
