# noctule-engine diff: the same, where it parts, nothing to compare, hostile files.
$ trace() { noctule-engine trace "$SOURCE/tests/models/qwen3" "$@" >/dev/null; }; trace --tokens "1 2 3" -n 2 -o native; trace --tokens "1 2 3" -n 2 -b cpu -o cpu; trace --tokens "1 2 4" -n 2 -o other; trace --tokens "1 2 3" -n 2 --format aprt -o aprt; trace --tokens "1 2 3" -n 2 -b cpu --format npy -o npy
$ noctule-engine diff native cpu | tail -n 1
~ [0-9]+ compared, 0 exceed their limit
$ noctule-engine diff aprt cpu --json | grep -o '"exceeded":[0-9]*'
"exceeded":0
$ noctule-engine diff native npy | tail -n 1
~ [0-9]+ compared, 0 exceed their limit
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
~ [0-9]+ compared, 0 exceed their limit
$ noctule-engine diff npy/lm_head.npy npy/step-1/lm_head.npy >/dev/null
? 1
$ noctule-engine diff native cpu --class half
? 64
! there is no class "half"
$ printf 'APRT\001\000\000\000\377\377\377\377' >aprt/layer-0/q_rope.bin; noctule-engine diff aprt cpu
? 2
! aprt/layer-0/q_rope.bin: offset 8: 4294967295 values are claimed, and 0 bytes follow
$ head -c 2000 native/trace.json >cut; mv cut native/trace.json; noctule-engine diff native cpu
? 2
! native/trace.json
$ noctule-engine diff nowhere cpu
? 2
! nowhere
