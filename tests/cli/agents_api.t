# A real exchange with a server on loopback: the key goes there and nowhere else.
$ mkdir -p repo/src repo/agents && cd repo && git init -q -b trunk && git config user.email a@b && git config user.name n && printf -- '---\nname: mender\ndescription: mends\ntools: Read, Write\nnoctule:\n  edit: [src/]\n  read-only: []\n  network: model\n  budget: {seconds: 60, turns: 6, tokens: 2000, usd: 1}\n  diff: {files: 3, lines: 20, bytes: 4000}\n---\nMend it.\n' >agents/mender.md && echo 41 >src/value && git add . && git commit -qm "all: bad"
$ printf 'use IO::Socket::INET; my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 5, ReuseAddr => 1) or die; open my $p, ">", "port"; print $p $l->sockport; close $p; my $n = 0; $SIG{ALRM} = sub { exit }; alarm 60; while (my $c = $l->accept) { my ($head, $len) = ("", 0); while (my $line = <$c>) { $head .= $line; $len = $1 if $line =~ /^content-length: (\\d+)/i; last if $line eq "\\r\\n"; } read $c, my $body, $len; open my $log, ">>", "seen"; print $log $head, $body, "\\n"; close $log; my $say = $n++ ? q({"type":"text","text":"done"}) : q({"type":"tool_use","id":"t","name":"write","input":{"path":"src/value","content":"42\\\\n"}}); my $out = q({"id":"m","type":"message","role":"assistant","model":"made-up-9","content":[) . $say . q(],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":5}}); print $c "HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: " . length($out) . "\\r\\nConnection: close\\r\\n\\r\\n$out"; close $c; }' >server.pl; perl server.pl & for i in 1 2 3 4 5 6 7 8 9; do [ -s port ] && break; sleep 0.3; done; echo $! >pid; [ -s port ] && echo listening
listening
$ cd repo && API_KEY=s3cret-k3y noctule agents run model --logs ../logs --role agents/mender.md --require limits --model asked --model-url http://127.0.0.1:$(cat ../port) --key-env API_KEY --record ../traffic --receipt ../receipt.json --usd-in 3 --usd-out 15
model: proposed
  1 files, +1 −1 lines
  2 turns, 20 + 10 tokens, 0.0002 USD
~   guards: .*
$ tr -d '\r' <seen | grep -ciE '^x-api-key: s3cret-k3y'; tr -d '\r' <seen | grep -ciE '^anthropic-version: 2023-06-01'; grep -c '"max_tokens":' seen
2
2
2
$ grep -rlc s3cret traffic receipt.json logs repo; echo none
none
$ cd repo && noctule agents run model --logs ../logs --role agents/mender.md --require limits --model asked --replay ../traffic --receipt ../again.json | head -1; grep '"inexact"' ../again.json
model: proposed
    "inexact": 0,
$ kill $(cat pid); cd repo && API_KEY=s3cret-k3y noctule agents run model --logs ../logs --role agents/mender.md --require limits --model asked --model-url http://127.0.0.1:1 --key-env API_KEY | head -1
~ model: failed: .*
$ cd repo && noctule agents run model --logs ../logs --role agents/mender.md --require limits --model asked --model-url http://example.org --key-env NO_SUCH_KEY
? 2
! the variable NO_SUCH_KEY is not set
