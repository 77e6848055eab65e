# Folders that are no models or no fixtures.
$ ln -s "$SOURCE/tests/cli/refuse.sh" refuse; ln -s "$SOURCE/tests/cli/broken.sh" broken
$ ./refuse 2 'loading nowhere: there is no such file or folder' noctule-engine generate nowhere hi
$ mkdir empty; for c in generate embed inspect; do ./refuse 2 'empty/config.json' noctule-engine $c empty $(test $c = inspect || echo hi); done
$ ./refuse 2 'empty/tokenizer.json' noctule-engine tokenize empty hi
$ ./refuse 2 'empty/cases.json' noctule-engine check empty
$ ln -s loop loop; ./refuse 2 'loop' noctule-engine inspect loop; ./refuse 2 'symbolic links' noctule-engine tokenize loop hi; ./refuse 2 'loop' noctule-engine check loop
$ ./broken 'truncate -s 500 cases.json'; ./refuse 2 'm/cases.json: offset 497' noctule-engine check m
$ ./broken 'echo "{}" >cases.json'; ./refuse 2 'm/cases.json' noctule-engine check m
$ ./broken 'rm cases.json; mkdir cases.json'; ./refuse 2 'm/cases.json is a folder' noctule-engine check m
$ mkfifo pipe.gguf; for c in generate embed tokenize; do timeout 20 ./refuse 2 "" noctule-engine $c pipe.gguf hi; done; ./refuse 2 "neither a folder" noctule-engine inspect pipe.gguf
$ noctule-engine trace $SOURCE/tests/models/qwen3 -i "1 2" -o t >/dev/null; ./refuse 2 "/dev/zero is longer than 268435456 bytes" noctule-engine diff t /dev/zero
