# Weights in which something is wrong are refused in one sentence that says where.
$ ln -s "$SOURCE/tests/cli/refuse.sh" refuse; ln -s "$SOURCE/tests/cli/broken.sh" broken
$ ./broken 'head -c 1000 "$SOURCE/tests/models/qwen3/model.safetensors" >model.safetensors'; for c in generate embed; do ./refuse 2 'm/model.safetensors: offset 0: the header claims' noctule-engine $c m hi; done
$ ./broken ': >model.safetensors'; ./refuse 2 'm/model.safetensors: offset 0: 0 bytes are too few' noctule-engine inspect m
$ ./broken 'truncate -s -1 model.safetensors'; ./refuse 2 'the file is cut short, fetch it again' noctule-engine inspect m
$ ./broken 'truncate -s +1 model.safetensors'; ./refuse 2 'm/model.safetensors: offset' noctule-engine inspect m
$ ./broken 'truncate -s 1T model.safetensors'; ./refuse 2 'm/model.safetensors: ' noctule-engine inspect m
$ ./broken 'rm model.safetensors'; ./refuse 2 'looked for model.safetensors and model.safetensors.index.json' noctule-engine inspect m
$ ./broken 'rm model.safetensors; mkdir model.safetensors'; ./refuse 2 'm/model.safetensors is a folder' noctule-engine generate m hi
$ ./broken 'rm model.safetensors; mkfifo model.safetensors'; ./refuse 2 'm/model.safetensors is not a regular file' noctule-engine generate m hi
$ ./broken 'rm model.safetensors; ln -s model.safetensors model.safetensors'; ./refuse 2 'loading m: ' noctule-engine inspect m
$ ./broken 'ln -sf /dev/zero model.safetensors'; ./refuse 2 'not a regular file' noctule-engine inspect m
$ ./broken 'LC_ALL=C sed -i "1s/layers.1.self_attn.q_proj/layers.1.self_attn.x_proj/" model.safetensors'; ./refuse 2 'm lacks: model.layers.1.self_attn.q_proj.weight' noctule-engine generate m hi
$ ./broken 'LC_ALL=C sed -i "1s/\[384,32\]/[32,384]/" model.safetensors'; ./refuse 2 '"model.embed_tokens.weight" is f32 [32, 384] in the file, f32 [384, 32] by the config' noctule-engine generate m hi
$ ./broken 'LC_ALL=C sed -i "1s/F32/I32/" model.safetensors'; ./refuse 2 '"model.embed_tokens.weight" holds i32, not floats' noctule-engine embed m hi
$ ./broken 'LC_ALL=C sed -i "1s/49152\]/49151]/" model.safetensors'; ./refuse 2 'm/model.safetensors: ' noctule-engine inspect m
$ ./broken 'rm model.safetensors; printf "{\"weight_map\":{\"a\":\"../model.safetensors\"}}" >model.safetensors.index.json'; ./refuse 2 'm/model.safetensors.index.json' noctule-engine inspect m
$ ./broken 'rm model.safetensors; printf "{\"weight_map\":{\"a\":\"gone.safetensors\"}}" >model.safetensors.index.json'; ./refuse 2 'cannot open m/gone.safetensors' noctule-engine inspect m
$ ./broken 'printf "\0\0\300\177" | dd of=model.safetensors bs=1 seek=$(($(stat -c %s model.safetensors) - 4)) conv=notrunc status=none'; ./refuse 2 'the weights hold NaN or infinity' noctule-engine generate m hi; ./refuse 2 'the weights hold NaN or infinity' noctule-engine embed m hi
$ for at in 0 1 2 3 7 8 9 20 45 70 80 90 100 107 120 150 200 300 400; do ./broken "b=\$(od -An -tu1 -j$at -N1 model.safetensors); printf \"\\\\\$(printf %03o \$((b ^ 4)))\" | dd of=model.safetensors bs=1 seek=$at conv=notrunc status=none"; noctule-engine inspect m >/dev/null 2>&1 || ./refuse 2 'loading m: ' noctule-engine inspect m; done
$ ./broken 'sed -i "s/\"hidden_size\": .*/\"hidden_size\": 64,/" config.json'; ./refuse 2 ' more' noctule-engine generate m hi
$ ./broken 'LC_ALL=C sed -i "1s/self_attn/self_xttn/g" model.safetensors'; ./refuse 2 'and 8 more' noctule-engine generate m hi
