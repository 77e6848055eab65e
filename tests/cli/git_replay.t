# Rebase and squash in memory, conflicts with both sides, and what stops them; also as JSON lines.
$ "$SOURCE/tests/git/world.sh" local && cd other && printf '1\ntheirs\n3\n' >a && git commit -qam 'a: theirs' && git push -q && cd ../w && git switch -qc noctule/fix && printf '1\nours\n3\n' >a && git commit -qam 'a: ours' && echo more >b && git commit -qam 'b: more' && noctule git fetch >/dev/null && noctule git status
~ ."branch":"noctule/fix","head":"[0-9a-f]+","operation":"","clean":true,"upstream":"origin/main","upstream_id":"[0-9a-f]+","ahead":2,"behind":1,"published":false,"staged":\[\],"changed":\[\],"untracked":\[\],"conflicted":\[\]}
$ cd w && git rev-parse HEAD >../before && noctule git rebase >../conflict
? 1
$ grep -oF '"path":"a"' conflict; grep -oF '"text":"1\n<<<<<<< a\ntheirs\n||||||| a\n2\n=======\nours\n>>>>>>> a\n3\n"' conflict
"path":"a"
"text":"1\n<<<<<<< a\ntheirs\n||||||| a\n2\n=======\nours\n>>>>>>> a\n3\n"
$ cd w && noctule git report-conflict | grep -o '"path":"[^"]*"'
"path":"a"
$ cd w && git rev-parse HEAD | cmp - ../before && git status --short && git for-each-ref refs/noctule
$ cd w && git rm -q a && git commit -qm 'a: gone' && noctule git squash -m 'a, b: one' | grep -o '"commits":3,"moved":true' && noctule git report-conflict | grep -o '"ours":"[0-9a-f]*","theirs":""'
"commits":3,"moved":true
~ "ours":"[0-9a-f]+","theirs":""
? 0
$ cd w && git reset -q --hard "$(cat ../before)~1" && git switch -qC noctule/two origin/main~1 && echo two >b && git commit -qam 'b: two' && echo x >>a && noctule git rebase
? 2
! a is changed and not committed
$ cd w && git checkout -q a && noctule git rebase --dry-run | grep -o '"moved":false' && noctule git rebase | grep -o '"moved":true' && git log --format=%s && cat a
"moved":false
"moved":true
b: two
a: theirs
noctule.json: the rules
1
theirs
3
$ cd w && noctule git rebase | grep -o '"picked":0,"dropped":0,"moved":false'
"picked":0,"dropped":0,"moved":false
$ cd w && printf '{"id":1,"verb":"status"}\n{"id":"b","verb":"rebase","args":{"dry-run":true,"onto":"origin/main"}}\nnot json\n{"verb":"reset","args":{}}\n{"id":2,"verb":"push","args":{"force":true}}\n{"id":3,"verb":"commit","args":{"message":"b: x","path":["../x"]}}\n' | noctule git serve
~ ."id":1,"verb":"status","ok":true,"result":."branch":"noctule/two".*
~ ."id":"b","verb":"rebase","ok":true,"result":."branch":"noctule/two".*"moved":false.*
~ ."id":null,"verb":null,"ok":false,"code":"FORMAT","error":"request.*"}
~ ."id":null,"verb":null,"ok":false,"code":"FORMAT","error":"request: verb: \\"reset\\" is no verb".*
~ ."id":2,"verb":"push","ok":false,"code":"ARG","error":"unknown option --force.*"}
~ ."id":3,"verb":"commit","ok":false,"code":"ARG","error":".*is no path.*"}
$ noctule git --help | sed -n '/^verbs:/,/^$/s/^  \([a-z-][a-z-]*\).*/\1/p'
commit
fetch
open-pr
push
rebase
report-conflict
squash
status
$ noctule git push --help | head -n 1; noctule git reset
usage: noctule git push [OPTIONS]
? 64
! "reset" is no verb
