# Texts to vectors, one a line.
$ ln -s "$SOURCE/tests/models" models
$ noctule-engine embed models/bert hello world | cut -d' ' -f1-2
~ 1\.1795[0-9]+ 1\.4754[0-9]+
~ 1\.0948[0-9]+ 1\.0885[0-9]+
$ noctule-engine embed models/qwen3 hello | wc -w
32
$ noctule-engine embed models/llama a --normalize | awk '{ for (i = 1; i <= NF; i++) s += $i * $i; printf "%.4f\n", s }'
1.0000
$ noctule-engine embed models/gpt2 'a b' --pooling last --json
~ \[\{"text":"a b","tokens":[0-9]+,"embedding":\[[-0-9.e,]+\]}\]
$ noctule-engine embed models/bert 'one text' >alone; noctule-engine embed models/bert 'a text that goes before and is the longer' 'one text' | tail -n 1 | cmp - alone
$ noctule-engine embed models/bert hello --pooling cls >cls; noctule-engine embed models/bert hello | cmp -s - cls
? 1
$ noctule-engine embed models/llama "$(yes word | head -n 300)" | wc -w
32
$ noctule-engine embed models/llama "$(yes word | head -n 300)" >/dev/null
! exceeds the 256 that the model was made for
$ noctule-engine embed models/bert
? 64
! expected MODEL and at least one TEXT
$ noctule-engine embed models/bert hello --pooling max
? 64
! --pooling is mean, cls or last, not "max"
$ noctule-engine embed models/bert hello --quant q8_0 | cut -d' ' -f1-2
! matrices could not be quantised as asked
~ 1\.[12][0-9]+ 1\.[45][0-9]+
$ noctule-engine embed models/llama hello --kv f16 | wc -w
32
$ noctule-engine embed models/bert hello --kv f16
? 64
! Bert keeps no keys and values, so they cannot be kept as f16
