# Prompts and options in which something is wrong, or much.
$ ln -s "$SOURCE/tests/cli/refuse.sh" refuse; ln -s "$SOURCE/tests/models" models
$ ./refuse 64 'token id 999999 is not within 0 and 383' noctule-engine generate models/qwen3 --ids 999999
$ ./refuse 64 '"-1" is no token id' noctule-engine generate models/qwen3 --ids '1 -1'
$ ./refuse 64 '"hello" is no token id' noctule-engine generate models/qwen3 --ids '1 hello'
$ ./refuse 64 '"99999999999999999999' noctule-engine generate models/qwen3 --ids 99999999999999999999
$ ./refuse 64 'the prompt has no tokens' noctule-engine generate models/qwen3 --ids ''
$ for c in generate embed; do ./refuse 64 'has no tokens' noctule-engine $c models/qwen3 ''; done
$ ./refuse 64 'the prompt has no tokens' noctule-engine generate models/qwen3 </dev/null
$ ./refuse 64 'expected MODEL' noctule-engine inspect
$ ./refuse 64 'expected MODEL and a PROMPT' noctule-engine generate models/qwen3 a b
$ ./refuse 64 'weights cannot be stored as "i8"' noctule-engine generate models/qwen3 a --dtype i8
$ ./refuse 2 'abacus' noctule-engine embed models/qwen3 a --backend abacus
$ ./refuse 64 'BertForPreTraining does not generate' noctule-engine generate models/bert hello
$ ./refuse 2 'settings: offset 1' noctule-engine generate models/qwen3 a --settings '{'
$ ./refuse 2 'settings: expected an object' noctule-engine generate models/qwen3 a --settings 3
$ ./refuse 2 'settings: num_beams' noctule-engine generate models/qwen3 a --settings '{"num_beams":4}'
$ ./refuse 64 'suppress_tokens names token 384' noctule-engine generate models/qwen3 a --settings '{"suppress_tokens":[384]}'
$ ./refuse 64 'a stop string must not be empty' noctule-engine generate models/qwen3 a --stop ''
$ ./refuse 64 'the settings ban them all' noctule-engine generate models/qwen3 a -T 1 --settings "{\"suppress_tokens\":[$(seq -s, 0 383)]}"
$ ./refuse 2 '3 tokens and 20 new ones exceed the session'\''s capacity of 2' noctule-engine generate models/qwen3 --ids '1 2 3' --capacity 2
$ ./refuse 64 'a capacity of 1000000000 is not within 1 and 268435456' noctule-engine generate models/qwen3 a --capacity 1000000000
$ ./refuse 2 'bytes left' noctule-engine generate models/qwen3 a -n 200000000
$ ./refuse 64 '300 tokens exceed the capacity of 256' noctule-engine inspect models/qwen3 --tokens 300
$ noctule-engine inspect models/qwen3 --batch 4096 --tokens 1000000 --capacity 1000000000 | grep -c MiB
3
$ noctule-engine tokenize models/qwen3 "$(printf '\377')"; noctule-engine tokenize models/qwen3 "$(printf '\357\277\275')"
171 123 121
171 123 121
$ noctule-engine generate models/qwen3 "$(printf 'a\303\377')" --json | iconv -f utf-8 -t utf-8 | wc -l
1
$ noctule-engine embed models/qwen3 "$(printf '\377')" --json | iconv -f utf-8 -t utf-8 | grep -c '"tokens":3'
1
$ yes 'hello world' | head -n 100000 >long; ./refuse 64 'exceeds max_length 256' noctule-engine generate models/qwen3 <long
$ ./refuse 2 'positions that the model has learned' noctule-engine generate models/gpt2 -n 1 <long
$ ./refuse 2 'exceeds the model'\''s 64 positions' noctule-engine embed models/bert "$(head -n 1000 long)"
$ noctule-engine tokenize models/qwen3 <long | wc -l
1
