# What this machine can do at all. The figures are the machine's; what they look like is ours.
$ noctule-engine bench limits -t 1,2 -r 1 --mib 4 --milliseconds 1 | sed 's/[0-9.e+-]* to [0-9.e+-]*$/RANGE/; s/  *[0-9.e+-]* \(G\|µ\)/ N \1/; s/ *absent/ N Gop\/s RANGE/; s/  */ /g'
1 thread
~  memory N GB/s RANGE
...
 f32 FMA N Gop/s RANGE
 int8 dot product N Gop/s RANGE
 bf16 dot product N Gop/s RANGE
 fp16 FMA N Gop/s RANGE
 barrier N µs RANGE
2 threads
...
$ noctule-engine bench limits -t 1 -r 2 --mib 4 --milliseconds 1 --json >limits.json; sed 's/:[0-9][0-9.e+-]*/:N/g' limits.json | grep -o '"limits.*' | sed 's/{"median":N,"low":N,"high":N}/S/g; s/:null/:S/g'
"limits":[{"threads":N,"memory_bytes":N,"cache_bytes":N,"memory_gb_s":S,"cache_gb_s":S,"gop_s":{"f32_fma":S,"i8_dot":S,"bf16_dot":S,"f16_fma":S},"barrier_us":S}]}
$ cut -c 1-24 limits.json
{"machine":{"processor":
$ noctule-engine bench limits --json -t 1,x
? 64
! --threads: expected numbers between 1 and 1024
$ noctule-engine bench limits -t 0
? 64
$ noctule-engine bench limits -r 0
? 64
! repetitions
$ noctule-engine bench limits model
? 64
! unexpected argument "model"
