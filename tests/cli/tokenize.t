# Text to ids and back, and what goes wrong in one sentence.
$ printf '%s' '{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"Ġ":3},"merges":["a b"]},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true},"decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}}' >t.json
$ noctule-engine tokenize t.json "ab a" b
2 3 0 3 1
$ printf 'ab' | noctule-engine tokenize t.json
2
$ noctule-engine tokenize --offsets t.json "b ab"
1	b	0	1
3	Ġ	1	2
2	ab	2	4
$ noctule-engine tokenize --ids t.json 2 3 1
ab b
$ noctule-engine tokenize --json t.json ab
{"ids":[2],"tokens":["ab"],"offsets":[[0,2]],"type_ids":[0],"words":[0],"sequences":[0],"special_tokens_mask":[0],"attention_mask":[1],"overflow":[]}
$ noctule-engine tokenize --help
usage: noctule-engine tokenize [OPTIONS] MODEL|tokenizer.json|FILE.gguf [TEXT…]
...
$ noctule-engine tokenize
? 64
! which model
$ noctule-engine tokenize missing.json a
? 2
! missing.json
$ noctule-engine tokenize --ids t.json x
? 64
! "x" is no token id
$ printf '{"model":{}}' >bad.json
$ noctule-engine tokenize bad.json a
? 2
! bad.json: model.vocab
$ noctule-engine tokenize "$SOURCE/tests/models/llama" 'Hello wörld 123'
381 39 68 260 78 266 127 114 81 75 67 220 16 357
$ noctule-engine tokenize "$SOURCE/tests/models/qwen3" --ids $(noctule-engine tokenize "$SOURCE/tests/models/qwen3" 'Hello wörld 123')
Hello wörld 123
$ noctule-engine tokenize "$SOURCE/tests/models/bert" Hello --tokens
2	[CLS]
123	h
181	##ell
28	##o
3	[SEP]
$ noctule-engine tokenize "$SOURCE/tests/models/bert" Hello --pair x --json | grep -o '"type_ids":[^]]*]'
"type_ids":[0,0,0,0,0,1,1]
$ noctule-engine tokenize "$SOURCE/tests/models/bert" Hello --no-special | wc -w
3
