# Which ops the backends compute.
$ noctule-engine ops | head -n 2
op           cpu         cpu-native
get_rows     reference   native
$ noctule-engine ops | grep -c reference
19
$ noctule-engine ops | grep gated
gated        composite   native
$ noctule-engine ops --json | cut -c 1-104
{"get_rows":{"cpu":{"route":"reference","dtypes":["f32","f16","bf16","q8_0","q4_0","q4_k","q6_k"]},"cpu-
$ noctule-engine ops --available cpu
cpu
$ noctule-engine ops --available cpu-native.plain
cpu-native.plain
$ for other in avx2 neon; do noctule-engine ops --available cpu-native.$other || echo $?; done | grep -A 1 'no kernels'
~ opening backend cpu-native.(avx2|neon): this build has no kernels for (avx2|neon)
1
$ noctule-engine ops --available cpu-native.avx1024
? 2
! there is no instruction set "avx1024" for cpu-native; there are: plain
$ noctule-engine ops --available cpu.avx2
? 64
! backend cpu has no instruction sets to choose from
$ noctule-engine ops matmul
? 64
! unexpected argument "matmul"
