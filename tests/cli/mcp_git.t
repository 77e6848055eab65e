# The verbs of git as tools of noctule mcp: those that write only with --allow-write, and then the same as noctule git.
# ask OPTION NAME ARGUMENTS prints the answer of one call; word KEY takes a member of it.
$ printf '%s\n' 'm="\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}"' 'ask() { printf "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\",\"arguments\":%s,%s}}\n" "$2" "$3" "$m" | noctule mcp $1 | sed "s/\"_meta\":{[^}]*}},//"; }' 'list() { printf "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{%s}}\n" "$m" | noctule mcp $1 | sed "s/{\"name\":\"/\n&/g"; }' 'said() { sed "s/.*\"structuredContent\"://"; }' 'w=--allow-write' >lib
$ "$SOURCE/tests/git/world.sh" local && cd w && git switch -qc noctule/fix && noctule mcp --help | grep -c -- --allow-write
1
$ cd w && . ../lib && list | sed -n 's/^{"name":"\(git_[a-z_]*\)".*"readOnlyHint":\([a-z]*\),"destructiveHint":\([a-z]*\),.*"openWorldHint":\([a-z]*\).*/\1 \2 \3 \4/p'
git_status true false false
git_report_conflict true false false
$ cd w && . ../lib && list $w | sed -n 's/^{"name":"\(git_[a-z_]*\)".*"readOnlyHint":\([a-z]*\),"destructiveHint":\([a-z]*\),.*"openWorldHint":\([a-z]*\).*/\1 \2 \3 \4/p'
git_status true false false
git_commit false false false
git_fetch false false true
git_open_pr false false true
git_push false false true
git_rebase false false false
git_report_conflict true false false
git_squash false false false
$ cd w && . ../lib && list $w | sed -n 's/^{"name":"git_commit".*\("properties":.*\),"annotations.*/\1/p'
"properties":{"message":{"type":"string","description":"The message.","minLength":1,"maxLength":65536},"message-file":{"type":"string","description":"A file that holds the message.","minLength":1,"maxLength":4096},"path":{"type":"array","description":"Stage this file first, named from the top of the checkout.","maxItems":1024,"items":{"type":"string","minLength":1,"maxLength":4096}}},"required":[],"additionalProperties":false}
$ cd w && . ../lib && echo 4 >>a && for t in fetch commit rebase squash push open_pr; do ask '' git_$t '{}' | grep -o '"error":.*'; done; git log --oneline | wc -l; test -e .git/noctule || echo nothing was made
"error":{"code":-32602,"message":"git_fetch changes something, and this server was started without --allow-write"}}
"error":{"code":-32602,"message":"git_commit changes something, and this server was started without --allow-write"}}
"error":{"code":-32602,"message":"git_rebase changes something, and this server was started without --allow-write"}}
"error":{"code":-32602,"message":"git_squash changes something, and this server was started without --allow-write"}}
"error":{"code":-32602,"message":"git_push changes something, and this server was started without --allow-write"}}
"error":{"code":-32602,"message":"git_open_pr changes something, and this server was started without --allow-write"}}
1
nothing was made
$ cd w && . ../lib && ask $w git_fetch '{}' | said | grep -o '"fetched":\[{"remote":"origin".*"ref":"refs/heads/main","old":""'
~ "fetched":\[{"remote":"origin","url":"[^"]*/up.git","branches":1,"moved":\[{"ref":"refs/heads/main","old":""
$ cd w && . ../lib && ask '' git_status '{}' | said | grep -o '"clean":.*' # also without the option
~ "clean":false,"upstream":"origin/main","operation":"","upstream_id":"[0-9a-f]+","ahead":0,"behind":0,"published":true,"staged":\[\],"changed":\["a"\],"untracked":\[\],"conflicted":\[\]}}}
$ cd w && . ../lib && ask $w git_commit '{"message":"No area","path":["a"]}' | grep -o '"isError":true,"structuredContent".*"text":"[^,]*not of the form' && git log --oneline | wc -l # the answer says why
~ "isError":true,"structuredContent".*"rule":"subject".*not of the form
1
$ cd w && . ../lib && git add a && call() { printf '{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"%s","arguments":%s,%s}}\n' "$1" "$2" "$3" "$m"; }; { call 1 git_status '{}'; call 2 git_commit '{"message":"a: four"}'; call 3 git_status '{}'; call 4 git_status '{}'; } | noctule mcp $w | sed 's/.*"id":\([0-9]\),.*"structuredContent".*"\(commit\|clean\)":\("[0-9a-f]*"\|[a-z]*\),.*/\1 \2 \3/' >../beside; head -n 2 ../beside; tail -n 2 ../beside | sort; git reset -q --mixed HEAD~1 # one that changes something runs alone
1 clean false
~ 2 commit "[0-9a-f]+"
3 clean true
4 clean true
$ cd w && . ../lib && for bad in '"path":"a"' '"path":[5]' '"amend":true' '"message":""' '"message-file":"/etc/hostname"' '"message-file":"../lib"'; do ask $w git_commit "{$bad}" | grep -o '"text":.*"isError":true'; done; git log --oneline | wc -l
"text":"git_commit: \"path\" is no list"}],"isError":true
"text":"git_commit: message: params.arguments.path[0]: expected a string, found a number"}],"isError":true
"text":"git_commit has no argument \"amend\""}],"isError":true
"text":"git_commit: \"message\" has 0 bytes; 1 to 65536 are allowed"}],"isError":true
"text":"message-file: there is no \"/etc/hostname\" in the checkout"}],"isError":true
"text":"message-file: there is no \"../lib\" in the checkout"}],"isError":true
1
$ cd w && . ../lib && ask $w git_commit '{"message":"a: four","path":["a"]}' | said | grep -o '"branch":"noctule/fix","commit"' && echo 'a: five' >said.txt && echo 5 >>a && mkdir sub && cd sub && ask $w git_commit '{"message-file":"said.txt","path":["a"]}' | grep -o '"isError":false' && cd .. && rm said.txt && git log --format=%s
"branch":"noctule/fix","commit"
"isError":false
a: five
a: four
noctule.json: the rules
$ cd w && . ../lib && ask $w git_squash '{"message":"a: both","dry-run":true}' | said | grep -o '"commits":.*' && ask $w git_squash '{"message":"a: both"}' | said | grep -o '"commits":.*' && git log --format=%s
"commits":2,"moved":false}}}
"commits":2,"moved":true}}}
a: both
noctule.json: the rules
$ cd w && . ../lib && ask $w git_push '{}' | said | grep -o '"forced":.*' && git rev-parse HEAD >../ours && git --git-dir ../up.git rev-parse noctule/fix | cmp - ../ours
"forced":false,"pushed":true}}}
$ cd other && printf '1\n2\n3\ntheirs\n' >a && git commit -qam 'a: theirs' && git push -q && cd ../w && . ../lib && ask $w git_fetch '{"remote":"origin"}' | grep -o '"isError":[a-z]*'; ask $w git_rebase '{}' | grep -o '"isError":true\|"conflicts":\[{"path":"a"'; git rev-parse HEAD | cmp - ../ours
"isError":false
"isError":true
"conflicts":[{"path":"a"
$ cd w && . ../lib && ask '' git_report_conflict '{}' | grep -o '"isError":[a-z]*\|"conflicts":\[{"path":"a"' # it was asked what conflicts, and says so
"isError":false
"conflicts":[{"path":"a"
$ cd w && . ../lib && noctule git rebase --dry-run >../cli; ask $w git_rebase '{"dry-run":true}' | said | sed 's/}}$//' | cmp - ../cli # the same code, the same answer
$ cd w && . ../lib && git switch -q --detach && ask '' git_status '{}' | said | grep -o '"branch":""\|"incomplete":.*'
"branch":""
~ "incomplete":"HEAD is at no branch in .*/w; git switch to one first"}}}
$ mkdir hub && cd hub && "$SOURCE/tests/git/world.sh" github && cp ../lib . && cd w && . ../lib && git switch -qc noctule/fix && echo 4 >>a && git commit -qam 'a: four' && export GITHUB_TOKEN=sesame && ask $w git_open_pr '{}' | grep -o '"text":.*"isError":true'; ask $w git_fetch '{}' >/dev/null; ask $w git_push '{}' | grep -o '"pushed":true}}}'; ask $w git_open_pr '{"title":"a: 4","draft":true}' | said | grep -o '"title":"[^"]*","created":.*'
~ "text":"noctule/fix is not pushed as it is here; noctule git push first.*"isError":true
"pushed":true}}}
~ "title":"a: 4","created":true,"number":[0-9]+,"url":"[^"]*"}}}
$ cat hub/breaches 2>/dev/null # what the description of the service does not have
? 1
$ # A verb that waits for a remote keeps nobody else waiting, and ends when its client cancels it: what comes behind is answered, and nothing of it is left.
$ printf '%s\n' 'call() { printf "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\"}}\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"$1\"}}\n"; sleep 2; printf "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}\n"; sleep 1; printf "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}\n{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":\"git_report_conflict\"}}\n"; for i in $(seq 100); do grep -q "\"id\":3" ../got && break; sleep 0.1; done; }' 'left() { find .git ../up.git -name "*.lock" -o -name "*_git2_*" -o -path "*/noctule/incoming/*" | grep -v "^[.]git/noctule$"; }' >>hub/lib
$ cd hub/w && . ../lib && kill -STOP "$(cat ../daemon.pid)" && : >../got && call git_fetch | timeout -s KILL 30 noctule mcp $w >>../got; kill -CONT "$(cat ../daemon.pid)"; cut -c1-24 ../got; left; ask $w git_fetch '{}' | grep -o '"isError":[a-z]*'
{"jsonrpc":"2.0","id":0,
{"jsonrpc":"2.0","id":2,
{"jsonrpc":"2.0","id":3,
"isError":false
$ cd hub/w && . ../lib && echo 5 >>a && git commit -qam 'a: five' && git --git-dir ../up.git rev-parse noctule/fix >../before && kill -STOP "$(cat ../daemon.pid)" && : >../got && call git_push | timeout -s KILL 30 noctule mcp $w >>../got; kill -CONT "$(cat ../daemon.pid)"; cut -c1-24 ../got; left; git --git-dir ../up.git rev-parse noctule/fix | cmp - ../before; ask $w git_push '{}' | grep -o '"pushed":true}}}'
{"jsonrpc":"2.0","id":0,
{"jsonrpc":"2.0","id":2,
{"jsonrpc":"2.0","id":3,
"pushed":true}}}
$ kill "$(cat hub/daemon.pid)"
