# What a faster way of computing costs, in distributions of the next token.
$ ln -s "$SOURCE/tests/models" models
$ noctule-engine kl models/qwen3 --isa plain -n 100
~ cpu-native\.plain: 100 tokens: KL mean [0-9.e-]+, median [0-9.e-]+, p99 [0-9.e-]+, max [0-9.e-]+ nats; same likeliest token 100\.00 %; within the limit of 0\.001
$ noctule-engine kl models/qwen3 --kv f16 -n 100 --json | sed 's/:[0-9][0-9.e-]*/:N/g; s/native[a-z0-9.]*/native/'
{"backend":"cpu-native","tokens":N,"mean":N,"median":N,"p99":N,"max":N,"agree":N,"limit":N,"within":true}
$ noctule-engine kl models/qwen3 --quant q4_0 -n 100 | grep -o 'ABOVE the limit of 0.001'
ABOVE the limit of 0.001
$ noctule-engine kl models/qwen3 --quant q4_0 -n 100 >/dev/null
? 1
$ noctule-engine kl models/qwen3 --quant q4_0 -n 100 --limit 20 >/dev/null
$ noctule-engine kl models/qwen3 --dtype bf16 --fast -n 200 --limit 0.01 | grep -c within
1
$ printf 'a text that both read' >text; noctule-engine kl models/qwen3 --text text | grep -c ' tokens: KL mean '
1
$ noctule-engine kl models/qwen3 --ids "1 2 3" | cut -d: -f 2
 3 tokens
$ noctule-engine kl models/qwen3 --ids "1 2 3" --text text
? 64
! at most one of --text and --ids
$ noctule-engine kl models/qwen3 --text nowhere
? 2
! nowhere
$ noctule-engine kl models/qwen3 --ids ""
? 64
! 0 tokens
$ noctule-engine kl models/bert -n 10
? 2
! no logits of a next token
$ noctule-engine kl models/bert
? 2
! the model has no logits of a next token
