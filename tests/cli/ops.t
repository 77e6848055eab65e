# Which ops the backends compute.
$ noctule-engine ops | head -n 2
op           cpu         cpu-native
get_rows     reference   native
$ noctule-engine ops | grep -c reference
19
$ noctule-engine ops --json | cut -c 1-104
{"get_rows":{"cpu":{"route":"reference","dtypes":["f32","f16","bf16","q8_0","q4_0","q4_k","q6_k"]},"cpu-
$ noctule-engine ops matmul
? 64
! unexpected argument "matmul"
