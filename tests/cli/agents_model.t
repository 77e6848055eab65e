# A model behind an API, from a recording: three dialects, an honest one and some that are not.
$ mkdir -p repo/src repo/tests repo/agents && cd repo && git init -q -b trunk && git config user.email a@b && git config user.name n && echo 42 >tests/expected && printf 'cmp src/value tests/expected\n' >tests/run && printf -- '---\nname: mender\ndescription: mends\ntools: Read, Grep, Glob, Edit, Write, mcp__noctule__run_case\nnoctule:\n  edit: [src/]\n  read-only: []\n  tests: [tests/]\n  network: model\n  budget: {seconds: 60, turns: 6, tokens: 20000, usd: 1, output-bytes: 1000000}\n  diff: {files: 3, lines: 20, bytes: 4000}\n---\nMend it.\n' >agents/mender.md && echo 41 >src/value && git add . && git commit -qm "all: bad"
$ printf '#!/bin/sh\nname=$1; shift; cd repo && exec noctule agents run model --logs ../logs --role agents/mender.md --require limits --model asked --replay $SOURCE/tests/cli/data/$name.ndjson --receipt ../receipt.json --verify "sh tests/run" --times 1 "$@"\n' >play; chmod +x play
$ ./play honest
! it says: It passes now.
model: verified
  1 files, +1 −1 lines
  with the change 1 of 1 runs pass, without it 1 of 1 fail
  4 turns, 400 + 80 tokens, 0.0000 USD
~   sandbox: (namespaces|landlock|limits)
~   guards: ([0-9]+ of [0-9]+ proven|unproven, .*)
$ grep -E '"(name|trailers|estimated)"' receipt.json
    "estimated": 0,
        "name": "made-up-1",
  "trailers": "Assisted-by: model:made-up-1\n"
$ ./play cheat_test | head -1
model: refused: edits_test tests/expected: it is a test, and not to be changed (turn 1)
$ sed 's|tests/expected|src/.././tests//expected|' $SOURCE/tests/cli/data/cheat_test.ndjson >roundabout.ndjson; ./play cheat_test --replay ../roundabout.ndjson | head -1
model: refused: edits_test tests/expected: it is a test, and not to be changed (turn 1)
$ ./play greedy | head -1
model: cut: budget of turns
$ ./play costly | head -1
model: cut: budget of tokens
$ ./play honest --usd-in 10000 | head -1
model: cut: budget of usd
$ ./play chat --dialect chat --record ../again.ndjson | head -1
model: verified
$ grep -c 'Bearer\|x-api-key' again.ndjson; wc -l <again.ndjson
0
3
$ ./play chat --dialect chat --replay ../again.ndjson >/dev/null; grep -E '"(verdict|inexact)"' receipt.json
  "verdict": "verified",
    "inexact": 0,
$ ./play responses --dialect responses | grep -E 'verified|turns'
model: verified
  2 turns, 140 + 10 tokens, 0.0000 USD
$ ./play nowhere
? 1
~ model: failed: .*nowhere.ndjson.*
~   guards: .*
$ ./play honest --dialect telepathy
? 64
! there is no dialect "telepathy"; there are chat, messages, responses
$ printf 'use IO::Socket::INET; my ($path, $body, $key) = @ARGV; my ($port) = $ENV{ANTHROPIC_BASE_URL} =~ /:(\\d+)$/; my $s = IO::Socket::INET->new("127.0.0.1:$port") or die "no proxy"; printf $s "POST %%s HTTP/1.1\\r\\nHost: x\\r\\nx-api-key: %%s\\r\\nContent-Length: %%d\\r\\nConnection: close\\r\\n\\r\\n%%s", $path, $key // $ENV{ANTHROPIC_API_KEY}, length $body, $body; print STDERR scalar <$s>;' >post.pl; cp post.pl repo/src/post.pl; cd repo; git add .; git commit -qm "src: post"
$ printf '#!/bin/sh\nline=$1; shift; cd repo && exec noctule agents run command --logs ../logs --role agents/mender.md --require limits --replay $SOURCE/tests/cli/data/greedy.ndjson --receipt ../receipt.json "$@" -- sh -c "$line"\n' >agent; chmod +x agent
$ ./agent 'perl src/post.pl /v1/messages "{\"model\":\"m\",\"max_tokens\":10}"; echo 42 >src/value' 2>said | grep -v 'sandbox\|guards'; grep HTTP said | tr -d '\r'; grep -E '"(trailers|turns)"' receipt.json
command: proposed
  1 files, +1 −1 lines
  1 turns, 100 + 20 tokens, 0.0000 USD
HTTP/1.1 200 OK
    "turns": 1,
  "trailers": "Assisted-by: sh:made-up-1\n"
$ ./agent 'perl src/post.pl /v1/messages "{}" wrong; perl src/post.pl /v1/files "{}"; perl src/post.pl /v1/messages "[]"; perl src/post.pl /v1/messages nonsense' >said 2>&1; tr -d '\r' <said | grep HTTP || cat said
HTTP/1.1 401 No
HTTP/1.1 404 No
HTTP/1.1 400 No
HTTP/1.1 400 No
$ ./agent 'for i in 1 2 3 4 5 6 7 8; do perl src/post.pl /v1/messages "{\"model\":\"m\"}"; done; echo 42 >src/value' 2>said | head -1; grep HTTP said | tr -d '\r' | sort | uniq -c | sed 's/^ *//'
command: cut: budget of turns
6 HTTP/1.1 200 OK
2 HTTP/1.1 403 No
$ cd repo && noctule agents run model --logs ../logs --role $SOURCE/agents/reviewer.md --require limits --model asked --task "Review it." --replay $SOURCE/tests/cli/data/review.ndjson --receipt ../receipt.json | head -1; grep '"said"' ../receipt.json; cat src/value
model: reported: it may change nothing, and did not
  "said": "{\"verdict\":\"NO_LAND\",\"reason\":\"unclear_intent\",\"findings\":[]}",
41
