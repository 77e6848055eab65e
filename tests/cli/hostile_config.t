# A config.json or generation_config.json in which something is wrong is refused by its key.
$ ln -s "$SOURCE/tests/cli/refuse.sh" refuse; ln -s "$SOURCE/tests/cli/broken.sh" broken
$ ./broken 'rm config.json'; ./refuse 2 'cannot open m/config.json' noctule-engine generate m hi
$ ./broken 'rm config.json; mkdir config.json'; ./refuse 2 'm/config.json is a folder' noctule-engine generate m hi
$ ./broken 'rm config.json; mkfifo config.json'; ./refuse 2 'm/config.json: offset 0' noctule-engine generate m hi
$ ./broken 'chmod 000 config.json'; [ "$(id -u)" = 0 ] || ./refuse 2 'cannot open m/config.json' noctule-engine inspect m
$ ./broken 'ln -sf /dev/zero config.json'; ./refuse 2 'm/config.json is longer than' noctule-engine inspect m
$ ./broken 'ln -sf /proc/self/mem config.json'; ./refuse 2 'cannot read m/config.json' noctule-engine inspect m
$ ./broken 'truncate -s 100 config.json'; ./refuse 2 'm/config.json: offset 100: the text ends too early' noctule-engine generate m hi
$ ./broken 'echo "[]" >config.json'; ./refuse 2 'm/config.json: expected an object' noctule-engine generate m hi
$ ./broken 'sed -i "s/\"vocab_size\": .*/\"vocab_size\": 1099511627776,/" config.json'; ./refuse 2 'm/config.json: vocab_size' noctule-engine generate m hi
$ ./broken 'sed -i "s/\"vocab_size\": .*/\"vocab_size\": 4194304,/" config.json'; ./refuse 2 'f32 [4194304, 32] by the config' noctule-engine generate m hi
$ ./broken 'sed -i "s/\"num_hidden_layers\": .*/\"num_hidden_layers\": 4000,/; /layer_types/,/\]/d" config.json'; ./refuse 2 'num_hidden_layers is 4000, but m holds' noctule-engine generate m hi
$ ./broken 'sed -i "s/\"num_attention_heads\": .*/\"num_attention_heads\": 0,/" config.json'; ./refuse 2 'm/config.json: num_attention_heads' noctule-engine generate m hi
$ ./broken 'sed -i "s/\"rope_type\": .*/\"rope_type\": \"mrope\"/" config.json'; ./refuse 2 'm/config.json: rope_parameters.rope_type: rotary positions of type "mrope"' noctule-engine generate m hi
$ ./broken 'sed -i "s/\"rope_theta\": .*/\"rope_theta\": 5e-324,/" config.json'; ./refuse 2 'm/config.json: rope_parameters: these numbers make no finite frequencies' noctule-engine generate m hi
$ ./broken 'sed -i "s/\"model_type\": .*/\"model_type\": \"mamba\",/" config.json'; ./refuse 2 '"mamba" is not a family this engine knows' noctule-engine generate m hi
$ ./broken 'echo "{\"do_sample\": true, \"temperature\": -1}" >generation_config.json'; ./refuse 2 'm/generation_config.json: temperature' noctule-engine generate m hi
$ ./broken 'echo "{\"repetition_penalty\": 0}" >generation_config.json'; ./refuse 2 'm/generation_config.json: repetition_penalty' noctule-engine generate m hi
$ ./broken 'echo "3" >generation_config.json'; ./refuse 2 'm/generation_config.json: expected an object' noctule-engine generate m hi
