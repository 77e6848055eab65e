# A GGUF file is a model like a folder.
$ ln -s "$SOURCE/tests/models" models; ln -s "$SOURCE/tests/engine/run/data" gguf
$ noctule-engine inspect gguf/llama.q8_0.gguf | sed -n 1,4p
model        LlamaForCausalLM (llama)
checkpoint   gguf/llama.q8_0.gguf, 1 GGUF v3 file, 21 tensors
~ parameters   [0-9]+
~ stored as    q8_0 14, f32 7
$ noctule-engine inspect gguf/llama.q8_0.gguf --tensors | grep -E 'token_embd|attn_norm.weight|blk.1.ffn_down'
q8_0 384x32           token_embd.weight
f32  32               blk.0.attn_norm.weight
f32  32               blk.1.attn_norm.weight
f32  32x48            blk.1.ffn_down.weight
$ noctule-engine inspect gguf/llama.q8_0.gguf --dtype f32 --json | grep -A 3 '"token_embd.weight"' | grep type
~ *"dtype": "f32",
~ *"file_type": "Q8_0",
$ noctule-engine tokenize gguf/qwen3.f16.gguf 'The fox<|im_end|>' >a; noctule-engine tokenize models/qwen3 'The fox<|im_end|>' | cmp - a
$ noctule-engine tokenize gguf/qwen3.f16.gguf --ids $(cat a)
The fox<|im_end|>
$ noctule-engine tokenize gguf/spm.bytes.gguf 'a ☃ ' >a; cat a; noctule-engine tokenize gguf/spm.bytes.gguf --skip-special --ids $(cat a)
1 276 555 229 155 134 555
a ☃ 
$ noctule-engine generate gguf/gpt2.f32.gguf --ids '5 17 90' -n 8 2>/dev/null >a; noctule-engine generate models/gpt2/small --ids '5 17 90' -n 8 2>/dev/null | cmp - a
$ noctule-engine embed gguf/bert.f16.gguf 'The fox' | wc -w
32
$ head -c 5000 gguf/llama.q8_0.gguf >cut.gguf; noctule-engine inspect cut.gguf
? 2
! cut.gguf: offset
$ noctule-engine tokenize gguf/llama.f32.gguf hi
? 2
! tokenizer.ggml.tokens: the file has no vocabulary
