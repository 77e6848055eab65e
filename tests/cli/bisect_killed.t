# A bisection that is killed -9 goes on where it was, and comes to the answer of one that was not.
$ sh "$SOURCE/tests/bisect/scratch.sh" "$PWD/repo" && echo made
made
$ cd repo && noctule bisect --cache ../cache --build build --cell compat/alpha/cpu --case alpha/sum --good good --bad trunk >../whole 2>/dev/null; mv logs/bisect/*/bisect.ndjson ../whole.ndjson && rm -r logs && grep -c '"event":"run"' ../whole.ndjson >../runs
$ cd repo && SLOW=0.2 noctule bisect --cache ../cache --build build --cell compat/alpha/cpu --case alpha/sum --good good --bad trunk >/dev/null 2>&1 & pid=$!; for i in $(seq 200); do [ "$(cat repo/logs/bisect/*/bisect.ndjson 2>/dev/null | grep -c '"event":"run"')" -ge 4 ] && break; sleep 0.05; done; kill -9 $pid; wait $pid 2>/dev/null; grep -c '"event":"finished"' repo/logs/bisect/*/bisect.ndjson
? 1
0
$ sleep 0.5; ps ax -o command | grep "$PWD/[c]ache" | grep -c worker
? 1
0
$ cp repo/logs/bisect/*/bisect.ndjson half.ndjson && printf '{"event":"run","comm' >>"$(echo repo/logs/bisect/*/bisect.ndjson)"
$ cd repo && noctule bisect --cache ../cache --build build --cell compat/alpha/cpu --case alpha/sum --good good --bad trunk >../resumed
! going on after
$ head -n "$(wc -l <half.ndjson)" repo/logs/bisect/*/bisect.ndjson | cmp - half.ndjson && echo kept
kept
$ grep -c '"event":"run".*}$' repo/logs/bisect/*/bisect.ndjson | cmp - runs && echo as many
as many
$ for f in whole resumed; do grep -vE '^(work|diary)' $f >$f.rest; done; cmp whole.rest resumed.rest && echo same
same
