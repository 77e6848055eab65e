# How long single ops take. The figures are the machine's; what they look like is ours.
$ noctule-engine bench ops -b cpu -g tiny -n 1,4 -d 8 -t 1 -r 1 --mib 4 --milliseconds 1 --dtype f32 --dtype q8_0 --op matmul | sed 's/| [0-9][0-9.e+-]* | [0-9.e+-]* | [0-9.e+-]* | \(f32_fma\|i8_dot\|memory\|cache\|\) | .*/| N |/'
| op | weights | shape | threads | kernel | µs | GB/s | Gop/s | limit | fraction |
|:--|:--|:--|--:|:--|--:|--:|--:|:--|--:|
| matmul q | f32 | 1,64 × 64,64 | 1 | cpu.matmul | N |
| matmul k | f32 | 1,64 × 32,64 | 1 | cpu.matmul | N |
| matmul o | f32 | 1,64 × 64,64 | 1 | cpu.matmul | N |
| matmul gate | f32 | 1,64 × 96,64 | 1 | cpu.matmul | N |
| matmul down | f32 | 1,96 × 64,96 | 1 | cpu.matmul | N |
| matmul head | f32 | 1,64 × 512,64 | 1 | cpu.matmul | N |
...
| matmul down | q8_0 | 4,96 × 64,96 | 1 | cpu.matmul | N |
$ noctule-engine bench ops -b cpu -g gpt2-124m -n 2 -d 8 -t 1 -r 2 --mib 4 --milliseconds 1 --dtype f32 --op layer_norm --json >ops.json; sed 's/{"median":[^}]*}/S/g; s/:[0-9][0-9.e+-]*/:N/g; s/.*"ops"/"ops"/; s/"limit":\("cache"\|"memory"\),"fraction":S/LIMIT/; s/"limit":null,"fraction":null/LIMIT/' ops.json
"ops":[{"op":"layer_norm","name":"norm","dtype":"f32","shape":"2,768 × 768 × 768","threads":N,"tokens":N,"depth":N,"kernel":"cpu.layer_norm","route":"reference","us":S,"bytes":N,"operations":N,LIMIT}]}
$ cut -c 1-34 ops.json
{"geometry":"gpt2-124m","machine":
$ noctule-engine bench ops -g tiny -n 1 -d 8 -t 1 -r 1 --mib 4 --milliseconds 1 --isa plain --dtype bf16 | grep -c '| cpu-native.plain.matmul |'
6
$ noctule-engine bench ops -g tiny --dtype q4_k
? 64
! no case of tiny is like that
$ noctule-engine bench ops -g llama
? 64
! there is no geometry "llama"
$ noctule-engine bench ops --op softmin
? 64
! there is no op "softmin"
$ noctule-engine bench ops --dtype i8
? 64
! weights cannot be stored as "i8"
$ noctule-engine bench ops -n 0
? 64
! --tokens
$ noctule-engine bench ops model
? 64
! unexpected argument "model"
$ noctule-engine bench ops --backend tpu -g tiny
? 2
! there is no backend "tpu"
