# Who asks where things stand writes nothing, and needs not to be able to.
$ "$SOURCE/tests/git/world.sh" local && cd w && noctule git status | grep -o '"published":[a-z]*'; ls .git | grep -c noctule
"published":false
0
? 1
$ cd w && : >.git/noctule && noctule git status | grep -o '"published":[a-z]*' && noctule git report-conflict | grep -o '"conflicts":.*'
"published":false
"conflicts":[]}
$ cd w && noctule git fetch
? 2
! .git/noctule
$ cd w && rm .git/noctule && noctule git fetch >/dev/null && noctule git status | grep -o '"published":.*"lease":"[0-9a-f]*"'
~ "published":true,"lease":"[0-9a-f]+"
$ cd w && echo torn >.git/noctule/published.db && noctule git status | grep -o '"published":[a-z]*'
"published":null
$ cd w && noctule git push
? 2
