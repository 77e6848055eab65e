# How fast a model is. The figures are the machine's; what they look like is ours.
$ ln -s "$SOURCE/tests/models" models
$ noctule-engine bench models/qwen3 -t 1,2 -p 4,8 -n 2 -d 0,16 -r 2 --mib 8 --isa plain >table; sed -n 's/| [0-9.]* | [0-9.]* – [0-9.]* | \([a-z0-9_]*\) | [01].[0-9]* |$/| N | RANGE | \1 | F |/; s/ cache \| memory / bandwidth /; /RANGE/p' table
| qwen3 | f32 | 0 | cpu-native.plain | 1 | pp4 | N | RANGE | f32_fma | F |
| qwen3 | f32 | 0 | cpu-native.plain | 1 | pp8 | N | RANGE | f32_fma | F |
| qwen3 | f32 | 0 | cpu-native.plain | 1 | tg2 | N | RANGE | bandwidth | F |
| qwen3 | f32 | 0 | cpu-native.plain | 1 | pp4 @ d16 | N | RANGE | f32_fma | F |
| qwen3 | f32 | 0 | cpu-native.plain | 1 | pp8 @ d16 | N | RANGE | f32_fma | F |
| qwen3 | f32 | 0 | cpu-native.plain | 1 | tg2 @ d16 | N | RANGE | bandwidth | F |
| qwen3 | f32 | 0 | cpu-native.plain | 2 | pp4 | N | RANGE | f32_fma | F |
| qwen3 | f32 | 0 | cpu-native.plain | 2 | pp8 | N | RANGE | f32_fma | F |
| qwen3 | f32 | 0 | cpu-native.plain | 2 | tg2 | N | RANGE | bandwidth | F |
| qwen3 | f32 | 0 | cpu-native.plain | 2 | pp4 @ d16 | N | RANGE | f32_fma | F |
| qwen3 | f32 | 0 | cpu-native.plain | 2 | pp8 @ d16 | N | RANGE | f32_fma | F |
| qwen3 | f32 | 0 | cpu-native.plain | 2 | tg2 @ d16 | N | RANGE | bandwidth | F |
$ head -n 2 table; tail -n 2 table
| model | weights | MiB | backend | threads | test | tok/s | range | limit | fraction |
|:--|:--|--:|:--|--:|:--|--:|:--|:--|--:|

~ 2 threads: load [0-9.]+ ms, then the first token of 4 after [0-9.]+ ms; peak RSS [0-9]+ MiB \(weights 0, cache 0, workspace 0\)
$ noctule-engine bench models/qwen3 -t 2 -p 4 -n 3 -r 2 --dtype bf16 --mib 8 --isa plain --json >run.json; sed 's/"cache"\|"memory"/"bandwidth"/; s/{"median":[^}]*}/S/g; s/:[0-9][0-9.e+-]*/:N/g; s/.*"repetitions"/"repetitions"/; s/"limits":{.*//' run.json
"repetitions":N,"runs":[{"threads":N,"backend":"cpu-native.plain","weights":"bf16","parameters":N,"weight_bytes":N,"cache_bytes":N,"workspace_bytes":N,"load_ms":N,"peak_rss_bytes":N,"tests":[{"kind":"prefill","tokens":N,"depth":N,"tokens_s":S,"first_ms":N,"bytes_token":N,"operations_token":N,"limit":"f32_fma","fraction":S},{"kind":"decode","tokens":N,"depth":N,"tokens_s":S,"first_ms":N,"bytes_token":N,"operations_token":N,"limit":"bandwidth","fraction":S}],
$ cut -c 1-38 run.json; grep -o '"limits":{"threads":[0-9]*' run.json
{"model":"models/qwen3","machine":{"pr
"limits":{"threads":2
$ noctule-engine bench models/gpt2 -t 1 -p 64 -n 32 -d 0,64 -r 3 --mib 8 --json | grep -o '"fraction":{"median":[0-9.e-]*' | awk -F: '$3 > 0 && $3 < 8 { n++ } END { print n " of " NR }'
4 of 4
$ noctule-engine bench models/gpt2 -p 4 -n 0 -r 1 --no-limits --json | grep -o '"limit":.*'
"limit":null,"fraction":null}]}]}
$ noctule-engine bench models/gpt2 -p 0 -n 2 -r 1 --no-limits | sed -n 's/| [0-9.]* | [0-9.]* – [0-9.]* / | N | RANGE /p' | cut -d'|' -f 7-
 tg2  | N | RANGE |  |  |
$ noctule-engine bench models/qwen3 -p 4 -n 2 -r 1 --no-limits --quant q8_0 -b cpu -t 1 | cut -d'|' -f 3-7 | sed -n '3,4p'
 q8_0 | 0 | cpu | 1 | pp4 
 q8_0 | 0 | cpu | 1 | tg2 
$ noctule-engine bench models/qwen3 --isa mmx
? 2
! there is no instruction set "mmx"
$ noctule-engine bench models/qwen3 --quant q9
? 64
$ noctule-engine bench
? 64
! expected MODEL
$ noctule-engine bench models/qwen3 models/gpt2
? 64
! expected MODEL
$ noctule-engine bench models/qwen3 -p 12x
? 64
! --prompts: expected numbers
$ noctule-engine bench models/qwen3 -n=-1
? 64
$ noctule-engine bench models/qwen3 -t 0
? 64
! --threads
$ noctule-engine bench models/qwen3 -d ''
? 64
! --depth
$ noctule-engine bench models/qwen3 -r 101
? 64
$ noctule-engine bench models/qwen3 -p 0 -n 0
? 64
! there is nothing to measure
$ noctule-engine bench models/qwen3 --dtype q3
? 64
! weights cannot be stored as "q3"
$ noctule-engine bench models/qwen3 --backend tpu
? 2
! there is no backend "tpu"
$ noctule-engine bench models/bert -p 4 -n 1
? 2
! does not generate
$ noctule-engine bench models/nothing
? 2
! nothing
$ noctule-engine bench models/qwen3 -p 4 -n 2 -r 1 --no-limits -t 1 --pin | cut -d'|' -f 6,7 | tail -n +3 | head -n 2
 1 | pp4 
 1 | tg2 
$ noctule-engine bench models/qwen3 -p 4 -n 0 -r 1 --no-limits -t 1,1024 --pin
? 2
! opening backend cpu-native: 1024 threads cannot be pinned: this process may use
$ for k in f32 f16; do noctule-engine bench models/qwen3 -t 1 -p 0 -n 4 -d 60 -r 1 --no-limits --kv $k --json | grep -o '"cache_bytes":[0-9]*,"workspace\|"bytes_token":[0-9.]*'; done
"cache_bytes":32768,"workspace
"bytes_token":168064
"cache_bytes":16384,"workspace
"bytes_token":152064
$ noctule-engine bench models/qwen3 --kv q8
? 64
! a cache cannot be kept as "q8" (f32, f16, q8_0)
