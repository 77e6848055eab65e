# noctule mcp over a pipe, in the checkout of a scripted subject that was swept once.
# ask N NAME ARGUMENTS prints the answers of a session in which one tool is called.
$ printf '%s\n' 'm="\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}"' 'ask() { printf "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\",\"arguments\":%s,%s}}\n" "$1" "$2" "$m" | noctule mcp; }' 'has() { grep -o "$1"; }' >lib
$ mkdir subject; "$SOURCE/tests/mcp/subject.sh" subject "$(dirname "$(command -v noctule)")" >out 2>&1; mv lib subject
$ printf '' | noctule mcp
$ printf '{"jsonrpc":"2.0","id":1,"method":"ping"}' | noctule mcp
{"jsonrpc":"2.0","id":1,"result":{}}
$ noctule mcp --port 5
? 64
! --port goes with --http
$ noctule mcp --root no/such </dev/null
? 2
! cannot go to no/such
$ cd subject && . ./lib && ask runs '{}' | has '"structuredContent":{"runs":\[{"run":"[^"]*","state":"finished","commit":"[0-9a-f]*","branch":"[a-z]*","dirty":[a-z]*,"scope":""' | wc -l
1
$ cd subject && . ./lib && ask run '{"run":"last"}' | has '"structuredContent".*' | has '"verdicts":{[^}]*},"red":1,"pass_percent":[0-9.]*' | head -n 1
"verdicts":{"pass":2,"fail":1},"red":1,"pass_percent":66.7
$ cd subject && . ./lib && ask failures '{"case":"bad","limit":5}' | has '"structuredContent".*' | has '"cell":"s/alpha/cpu","case":"alpha/bad","verdict":"fail","change":"","message":"it is bad"\|"total":.*'
"cell":"s/alpha/cpu","case":"alpha/bad","verdict":"fail","change":"","message":"it is bad"
"total":1}}}
$ cd subject && . ./lib && ask failures '{"case":"good"}' | has '"structuredContent".*' | has '"failures":.*'
"failures":[],"total":0}}}
$ cd subject && . ./lib && id=$(ask clusters '{}' | has '"cluster\\":\\"[0-9a-f]*' | head -n 1 | sed 's/.*"//'); ask cluster "{\"cluster\":\"$id\"}" | has '"structuredContent".*' | has '"members":\[{"cell":"s/alpha/cpu"' 
"members":[{"cell":"s/alpha/cpu"
$ cd subject && . ./lib && ask reproduce '{"cell":"s/alpha/cpu","case":"alpha/bad"}' | has '"structuredContent".*' | has '"passed":false,"exit":1,"signal":0\|"stderr":"words of bad'
"passed":false,"exit":1,"signal":0
"stderr":"words of bad
$ cd subject && . ./lib && ask run_case '{"cell":"s/alpha/cpu","case":"alpha/bad"}' | has '"structuredContent".*' | has '"passed":false,"exit":1,"signal":0\|"stderr":"words of bad' # as roles call it
"passed":false,"exit":1,"signal":0
"stderr":"words of bad
$ cd subject && . ./lib && ask reproduce '{"cell":"s/alpha/cpu","case":"alpha/none"}' | has '"text":"run [^ ]* has no case alpha/none in s/alpha/cpu"}\],"isError":true' | wc -l
1
$ cd subject && . ./lib && touch slow; ask reproduce '{"cell":"s/alpha/cpu","case":"alpha/slow","seconds":1}' | has '"text":"sh took longer than 1000 ms"}\],"isError":true'; rm slow
"text":"sh took longer than 1000 ms"}],"isError":true
$ cd subject && . ./lib && ask git_status '{}' | has '"structuredContent".*' | has '"tree":"[0-9a-f]*","clean":[a-z]*,"upstream":"[a-z/]*"' | wc -l
1
$ cd subject && . ./lib && ask rules_check '{"range":"HEAD"}' | has '"text":"range: A..B is wanted, with two dots"}\],"isError":true'
"text":"range: A..B is wanted, with two dots"}],"isError":true
$ cd subject && . ./lib && ask compare '{"now":"last","before":"last"}' | has '"structuredContent".*' | has '"regressions":0'
"regressions":0
$ cd subject && . ./lib && for n in a b; do noctule-engine trace "$SOURCE/tests/models/qwen3" --tokens "1 2 3" -b cpu -o $n >/dev/null; done; ask trace_diff '{"a":"a","b":"b"}' | has '"structuredContent".*' | has '"exceeded":[0-9]*'
"exceeded":0
$ cd subject && . ./lib && ask trace_diff '{"a":"a","b":"none"}' | has '"text":.*isError":true'
"text":"b: there is no \"none\" in the checkout"}],"isError":true
$ cd subject && . ./lib && rm -f pid && touch slow && { printf '{"jsonrpc":"2.0","id":"s","method":"tools/call","params":{"name":"reproduce","arguments":{"cell":"s/alpha/cpu","case":"alpha/slow"},"_meta":{"progressToken":"p","io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}\n'; for i in 1 2 3 4 5 6 7 8 9; do [ -s pid ] && break; sleep 0.3; done; sleep 1; printf '{"jsonrpc":"2.0","id":2,"method":"ping"}\n{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"s"}}\n'; for i in 1 2 3 4 5 6 7 8 9; do grep -qs '(worker) [^Z]' /proc/$(cat pid)/stat || break; sleep 0.3; done; grep -s '(worker) [^Z]' /proc/$(cat pid)/stat >left; printf '{"jsonrpc":"2.0","id":3,"method":"ping"}\n'; } | noctule mcp >answers; rm slow; grep -c notifications/progress answers | grep -v '^[01]$' >/dev/null && grep -v notifications/progress answers; cat left
{"jsonrpc":"2.0","id":2,"result":{}}
{"jsonrpc":"2.0","id":3,"result":{}}
$ cd subject && . ./lib && rm -f pid && touch slow && ask reproduce '{"cell":"s/alpha/cpu","case":"alpha/slow"}'; rm slow; ! grep -s '(worker) [^Z]' /proc/$(cat pid)/stat
$ # Who lets others write over HTTP asks them for a token.
$ cd subject && NOCTULE_MCP_TOKEN= timeout 10 noctule mcp --http --allow-write
? 64
! --http with --allow-write lets any process of this machine commit and push; set NOCTULE_MCP_TOKEN, or name a --token-file
$ cd subject && : >empty && timeout 10 noctule mcp --http --allow-write --token-file empty
? 2
! empty holds no token
$ cd subject && timeout 10 noctule mcp --http --allow-write --token-file none
? 2
! none
$ cd subject && NOCTULE_MCP_TOKEN='open sesame' timeout 10 noctule mcp --http
? 2
! the token holds what a header cannot
$ cd subject && echo sesame >token && noctule mcp --token-file token </dev/null
? 64
! --token-file goes with --http
$ cd subject && noctule mcp --http --allow-write --token-file token >url & trap "kill $!" EXIT; while [ ! -s subject/url ]; do sleep 0.1; done; for t in sesame Sesame; do curl -s -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $t" -H 'Content-Type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"ping"}' "$(cat subject/url)"; done
200
401
