# noctule-engine parity: against the CPU reference, against a trace, and when it is not the same.
$ noctule-engine parity "$SOURCE/tests/models/qwen3" --tokens "3 1 4 1 5" --steps 16
~ teacher-forced       same     16 steps, worst nmse [0-9.e-]+ at step [0-9]+ \(limit 1e-10\)
~ free-running         same     15 steps, smallest margin [0-9.e-]+ at step [0-9]+ \(limit 0.001\)
~ cached against full  same     16 steps, worst nmse [0-9.e-]+ at step [0-9]+ \(limit 1e-10\)
$ noctule-engine trace "$SOURCE/tests/models/gpt2" --tokens "3 1 4 1 5" -n 8 -b cpu -s lm_head -o t >/dev/null; noctule-engine parity "$SOURCE/tests/models/gpt2" --against t --json | grep -o '"same":true' | wc -l
3
$ cp -r "$SOURCE/tests/models/gpt2" g && chmod -R u+w g && sed -i 's/"layer_norm_epsilon": [0-9.e-]*/"layer_norm_epsilon": 1e-2/' g/config.json; noctule-engine parity g --against t >out
? 1
$ grep -c "teacher-forced       DIFFERS" out
1
$ noctule-engine parity "$SOURCE/tests/models/bert" --steps 2
? 2
! has no logits of a next token
$ noctule-engine parity "$SOURCE/tests/models/qwen3" --against nowhere
? 2
! nowhere
$ noctule-engine parity "$SOURCE/tests/models/qwen3" --class Z
? 64
! there is no class "Z"
$ noctule-engine parity "$SOURCE/tests/models/bert"
? 2
! the model has no logits of a next token
$ noctule-engine parity "$SOURCE/tests/models/gpt2" --tokens "3 1" --steps 300
? 2
! the prompt and --steps 300: a capacity of 302 exceeds the model's 256 positions
$ noctule-engine parity "$SOURCE/tests/formats/qwen3/q8_0.gguf" --tokens "3 1 4" --steps 4 >out
? 1
! activations are rounded to 8 bits: hold them to --class q8, or compute with --exact
$ noctule-engine parity "$SOURCE/tests/formats/qwen3/q8_0.gguf" --tokens "3 1 4" --steps 4 --exact | grep -c same
3
$ cp -r "$SOURCE/tests/models/qwen3" n && chmod -R u+w n && printf '\000\000\300\177' | dd of=n/model.safetensors bs=1 seek=95112 conv=notrunc 2>dd.txt; noctule-engine parity n --steps 8 --tokens "1 2 3" >out
? 1
$ cat out
~ teacher-forced       DIFFERS  8 steps, worst nmse inf at step 0 .*: forced logits, step 0: .* elements off, NaN or infinite ones among them; .*
~ free-running         DIFFERS  1 steps, smallest margin nan at step 0 .*: the logits behind which token 0 is chosen are no numbers: [0-9]+ of [0-9]+ are NaN or infinite, and [0-9]+ of the reference's
~ cached against full  DIFFERS  8 steps, worst nmse inf at step 0 .*: cached against full, step 0: .*
$ noctule-engine trace n --tokens "1 2 3" -n 4 -o nt >/dev/null; noctule-engine parity n --against nt | grep -c DIFFERS
3
$ mkdir -p p/x; sed 's,"../../models/qwen3","../../n",' "$SOURCE/tests/parity/qwen3/cases.json" >p/x/cases.json; noctule-engine check p/x --case main | grep -o '"status":"[a-z]*"'
"status":"numerics"
$ noctule-engine parity "$SOURCE/tests/models/gpt2" --against t --tokens "1 2"
? 64
! a trace has its own tokens: --tokens cannot stand beside --against t
$ noctule-engine parity "$SOURCE/tests/models/gpt2" --against t --prompt a
? 64
! a trace has its own tokens: --prompt cannot stand beside --against t
$ noctule-engine trace "$SOURCE/tests/models/gpt2" --tokens "3 1 4" -o t1 >/dev/null; noctule-engine parity "$SOURCE/tests/models/gpt2" --against t1
? 2
! nothing could be compared of the free run: the reference has one step
...
free-running         nothing to compare
...
$ noctule-engine parity "$SOURCE/tests/models/gpt2" --against t1 --json | grep -o '"same":[a-z]*' | tr "\n" ":"
"same":true:"same":false:"same":true:
$ : >nothing; noctule-engine parity nothing
? 2
! loading nothing: neither a folder, a .safetensors file nor GGUF
