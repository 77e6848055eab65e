# Text and ids on from a prompt, the same whenever it is asked for.
$ ln -s "$SOURCE/tests/models" models
$ noctule-engine generate models/llama --ids '1 2 3' -n 8 -T 0 --no-eos
113 358 179 109 179 27 217 14
$ noctule-engine generate models/qwen2 --ids '[1, 2, 3]' -n 8 -T 0 --no-eos --threads 1
269 241 143 361 295 188 122 262
$ noctule-engine generate models/qwen3 --ids '1 2 3' -n 8 -T 0 --no-eos --threads 3 --chunk 1
30 30 30 30 30 276 60 353
$ noctule-engine generate models/gpt2 --ids '1 2 3' -n 8 -T 0 --no-eos --capacity 256
77 77 359 155 271 231 231 359
$ noctule-engine generate models/qwen3 times -n 4 -T 0
! prompt: 3 tokens
! then 4 tokens
an== was was
$ printf times | noctule-engine generate models/qwen3 -n 4 -T 0 --echo
timesan== was was
$ noctule-engine generate models/qwen3 times -n 9 -T 0 --stop ' was'
an== was
$ noctule-engine generate models/qwen3 times -n 2 -T 0 --json
~ \{"tokens":\[\{"id":361,"text":"an","score":16\.[0-9]+,"margin":1\.[0-9]+},\{"id":354,"text":"==",.*\],"ids":\[83,298,270,361,354\],"prompt_tokens":3,"new_tokens":2,"text":"an==","prompt_ms":[0-9.e-]+,"tokens_ms":[0-9.e-]+}
$ noctule-engine generate models/qwen3 --ids '1 2 3' -n 8 -T 0 --no-eos --lookup 4
30 30 30 30 30 276 60 353
$ noctule-engine generate models/qwen3 --ids '1 2 3' -n 8 -T 0 --no-eos --settings '{"prompt_lookup_num_tokens":3,"max_matching_ngram_size":1}'
30 30 30 30 30 276 60 353
$ noctule-engine generate models/qwen3 --ids '7 8 7 8 7 8' -n 2 -T 0 --no-eos --lookup 4 --json
~ \{"tokens":.*,"tokens_ms":[0-9.e-]+,"passes":1,"drafted":[0-9],"accepted":[0-9]}
$ noctule-engine generate models/llama times -n 0 -T 0

$ for t in 1 4; do noctule-engine generate models/llama --ids '5 6' -n 32 -T 1.5 -k 0 --seed 7 -t $t; done | uniq | wc -l
1
$ for s in 1 2 3; do noctule-engine generate models/llama --ids '5 6' -n 32 -T 1.5 -k 0 --seed $s; done | sort -u | wc -l
3
$ noctule-engine generate models/llama --ids '1 2 3' -n 4 -T 0 --no-eos --dtype bf16 | wc -w
4
$ noctule-engine generate models/llama --ids '1 2 3' -n 8 -T 0 --no-eos --quant q8_0
! warning: 2 matrices could not be quantised as asked, since their rows are no whole blocks; the tensors are now q8_0 14, f32 7
113 358 179 109 179 27 217 14
$ noctule-engine generate models/llama --ids '1 2 3' -n 8 -T 0 --no-eos --quant q5_k
? 64
! weights cannot be quantised to "q5_k" (q8_0, q4_0, q4_k, q6_k)
$ for b in cpu cpu-native cpu-native.plain; do for m in llama qwen2 qwen3 gpt2; do noctule-engine generate models/$m --ids '1 2 3 4 5 6 7 8 9' -n 24 -T 0 --no-eos --kv f16 -b $b; done; done | sort | uniq -c | awk '{ print $1, NF - 1 }'
3 24
3 24
3 24
3 24
$ cp -r models/gpt2 one; chmod -R +w one; sed -i 's/"n_head": .*/"n_head": 1,/' one/config.json
$ for b in cpu cpu-native cpu-native.plain; do for chunk in 1 512; do noctule-engine generate one --ids '1 2 3 4 5 6 7 8 9' -n 24 -T 0 --no-eos --kv q8_0 -b $b --chunk $chunk; done; done | uniq
271 210 154 6 154 172 271 243 271 210 154 172 271 243 271 243 231 243 243 271 243 271 243 154
$ noctule-engine generate one --ids '1 2 3 4 5 6 7 8 9' -n 24 -T 0 --no-eos --kv f32
271 210 154 6 154 172 271 243 243 243 231 172 271 243 231 243 231 243 271 172 154 271 243 154
$ for k in f16 q8_0; do for l in 0 4; do noctule-engine generate one --ids '7 8 7 8 7 8' -n 40 -T 0 --no-eos --kv $k --lookup $l --json; done | sed 's/,"prompt_ms.*//' | uniq | wc -l; done
1
1
$ noctule-engine generate models/gpt2 --ids '1 2 3' --kv q8_0
? 2
! a cache of q8_0 needs heads of whole blocks of 32 numbers, and this model's have 8
$ noctule-engine generate models/llama --ids '1 2 3' --kv q4_0
? 64
! a cache cannot be kept as "q4_0" (f32, f16, q8_0)
$ noctule-engine generate models/llama --ids '1 2 3' -n 300 -T 0 --no-eos | wc -w
300
$ noctule-engine generate models/llama --ids '1 2 3' -n 300 -T 0 --no-eos >beyond
! warning: the text exceeds the 256 tokens that the model was made for
$ noctule-engine generate models/llama --ids '1 2 3' -n 253 -T 0 --no-eos 2>&1 >within | sed -n '/warning/p'
$ cut -d' ' -f1-253 beyond | cmp - within
$ noctule-engine generate models/gpt2 --ids '1 2 3' -n 255 -T 0
? 2
! 3 tokens and 255 new ones exceed the 256 positions that the model has learned; ask for fewer
$ noctule-engine generate models/gpt2 --ids '1 2 3' -n 254 -T 0 --no-eos | wc -w
254
$ noctule-engine generate models/llama hi -n 4 >/dev/full
? 2
$ noctule-engine generate models/llama --ids '1 2 3' -n 4 -T 0 --no-eos >free && noctule-engine generate models/llama --ids '1 2 3' -n 4 -T 0 --no-eos -t 1 --pin | cmp - free
$ noctule-engine generate models/llama --ids '1 2 3' -n 4 -T 0 -t 1024 --pin
? 2
! 1024 threads cannot be pinned: this process may use
