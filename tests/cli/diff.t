# noctule-engine diff: the same, where it parts, nothing to compare, hostile files.
$ trace() { noctule-engine trace "$SOURCE/tests/models/qwen3" "$@" >/dev/null; }; trace --tokens "1 2 3" -n 2 -o native; trace --tokens "1 2 3" -n 2 -b cpu -o cpu; trace --tokens "1 2 4" -n 2 -o other; trace --tokens "1 2 3" -n 2 --format aprt -o aprt; trace --tokens "1 2 3" -n 2 -b cpu --format npy -o npy
$ noctule-engine diff native cpu >out
? 1
$ noctule-engine diff native cpu --common | diff - out
$ tail -n 1 out
~ [0-9]+ compared, 0 exceed their limit; 12 are on one side only
$ noctule-engine diff aprt cpu --json | grep -o '"exceeded":[0-9]*'
"exceeded":0
$ noctule-engine diff native npy --common | tail -n 1
~ [0-9]+ compared, 0 exceed their limit; 12 are on one side only
$ noctule-engine diff other cpu >out
? 1
$ grep first out
~ first to differ: embedding in step 0, by cpu-native\..*
$ grep note out
note: the traces are of different tokens
$ noctule-engine diff native "$SOURCE/tests/models/bert/goldens.safetensors" >/dev/null
? 2
! nothing could be compared
$ noctule-engine diff native/trace.safetensors cpu/trace.safetensors | tail -n 1
~ [0-9]+ compared, 0 exceed their limit; 12 are on one side only
$ noctule-engine diff npy/lm_head.npy npy/step-1/lm_head.npy >/dev/null
? 1
$ noctule-engine diff native cpu --class half
? 64
! there is no class "half"
$ npy() { printf '\223NUMPY\001\000\106\000%-69s\n' "{'descr': '$1', 'fortran_order': False, 'shape': ($2), }" >$3; printf "$4" >>$3; }; npy '<f4' 0, e.npy ''; npy '<f4' 0,3 e3.npy ''; npy '<f4' 2, n.npy '\000\000\200\077\000\000\300\177'; npy '<f4' 2, z.npy '\000\000\000\000\000\000\000\000'; npy '<f4' 2, s.npy '\000\000\000\000\137\160\211\060'; npy '<f4' 2, l.npy '\000\000\000\000\277\326\063\065'; printf 'APRT\001\000\000\000\000\000\000\000' >e.bin
$ npy() { printf '\223NUMPY\001\000\106\000%-69s\n' "{'descr': '$1', 'fortran_order': False, 'shape': ($2), }" >$3; printf "$4" >>$3; }; npy '>f4' 2, big.npy '\000\000\000\000\060\211\160\137'; npy '>f8' 2, big8.npy '\000\000\000\000\000\000\000\000\076\021\056\013\340\000\000\000'; noctule-engine diff big.npy s.npy --class X | tail -n 1; noctule-engine diff big8.npy s.npy | tail -n 1
1 compared, 0 exceed their limit
1 compared, 0 exceed their limit
$ noctule-engine diff e.npy e.npy >/dev/null
? 2
! nothing could be compared: what e.npy and e.npy share is empty
$ noctule-engine diff e3.npy e.npy --json >/dev/null
? 2
! share is empty
$ noctule-engine diff e.bin e.bin >/dev/null
? 2
! share is empty
$ noctule-engine diff n.npy e.npy
? 1
...
   0     - e                          0         -         -         - -                      -           - SHAPE; f32 [2] against f32 [0]
...
$ noctule-engine diff n.npy n.npy --class bf16
? 1
...
~ .* 2 +nan +2.00e-03 .* EXCEEDED
      a: 1 NaN, 0 infinite, first at [1]
      b: 1 NaN, 0 infinite, first at [1]
...
$ noctule-engine diff n.npy n.npy --class X --json | grep -o '"nmse":[^,]*,\|"unlike":[0-9]*' | sort | uniq -c | tr -s ' '
 2 "nmse":null,
 2 "unlike":1
$ noctule-engine diff s.npy z.npy
...
~ .* 2         -         -  1.00e-09 \[1\] .* same; b is zero: max abs may be 1e-07
...
$ noctule-engine diff l.npy z.npy
? 1
...
~ .* EXCEEDED; b is zero: max abs may be 1e-07
...
$ noctule-engine diff z.npy s.npy
? 1
...
~ .* 2  1.00e\+00  1.00e-10  1.00e-09 .* EXCEEDED
...
$ noctule-engine diff s.npy z.npy --json | grep -o '"limit[^,]*,' | sort -u
"limit_max_abs":1e-07,
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens 1 -s q_rope -l 0 -o one >/dev/null; noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens 1 -s k_rope -l 1 -o two >/dev/null; noctule-engine diff one two >/dev/null
? 2
! nothing could be compared: one and two share no tensor
$ noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens 1 -s q_rope,k_rope -l 0 -o both >/dev/null; noctule-engine diff one both >out
? 1
$ tail -n 2 out
~ 0 tensors are in a only, [0-9]+ in b only; the first is step-0/layer-0/k_rope
~ [0-9]+ compared, 0 exceed their limit; [0-9]+ are on one side only
$ noctule-engine diff both one >/dev/null
? 1
$ noctule-engine diff both one --common >/dev/null
$ noctule-engine diff other one --common >/dev/null
? 1
$ printf 'APRT\001\000\000\000\377\377\377\377' >aprt/layer-0/q_rope.bin; noctule-engine diff aprt cpu
? 2
! aprt/layer-0/q_rope.bin: offset 8: 4294967295 values are claimed, and 0 bytes follow
$ head -c 2000 native/trace.json >cut; mv cut native/trace.json; noctule-engine diff native cpu
? 2
! native/trace.json
$ noctule-engine diff nowhere cpu
? 2
! nowhere
