# Which ops the backends compute.
$ noctule-engine ops | head -n 2
op           cpu
get_rows     reference
$ noctule-engine ops | grep -c reference
19
$ noctule-engine ops --json | cut -c 1-76
{"get_rows":{"cpu":{"route":"reference","dtypes":["f32","f16","bf16"]}},"add
$ noctule-engine ops matmul
? 64
! unexpected argument "matmul"
