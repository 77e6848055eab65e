# A tokenizer in which something is wrong, or that is of another model.
$ ln -s "$SOURCE/tests/cli/refuse.sh" refuse; ln -s "$SOURCE/tests/cli/broken.sh" broken
$ ./broken 'rm tokenizer.json'; for c in generate embed tokenize; do ./refuse 2 'm/tokenizer.json' noctule-engine $c m hi; done
$ ./refuse 2 'a prompt of text needs a tokenizer (else give --ids)' noctule-engine generate m hi
$ ./broken 'rm tokenizer.json'; noctule-engine generate m --ids '1 2' -n 2 | wc -w
2
$ ./broken 'truncate -s 1000 tokenizer.json'; for c in generate embed tokenize; do ./refuse 2 'm/tokenizer.json: offset 1000: the text ends too early' noctule-engine $c m hi; done
$ ./broken 'printf "{\"bos_token\":" >tokenizer_config.json'; ./refuse 2 'm/tokenizer_config.json: offset 13' noctule-engine generate m hi
$ ./broken 'ln -sf /dev/zero tokenizer.json'; ./refuse 2 'm/tokenizer.json is longer than' noctule-engine tokenize m hi
$ ./broken 'sed -i -z "s/\n  \],\n  \"normalizer\"/,{\"id\":384,\"content\":\"<far>\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}&/" tokenizer.json'; noctule-engine tokenize m '<far>'
384
$ for c in generate embed; do ./refuse 2 'm/tokenizer.json: the token "<far>" has the id 384' noctule-engine $c m '<far>'; done
$ ./broken 'sed -i -z "s/\"normalizer\":[^}]*}/\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"$(printf %020000d 0)\"}/" tokenizer.json'; ./refuse 2 'the normalized text is over 1048576 bytes' noctule-engine tokenize m "$(printf %030000d 0 | tr 0 a)"
$ noctule-engine tokenize m a | wc -w
20000
