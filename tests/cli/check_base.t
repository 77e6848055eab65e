# A range is held to the rules that stood where it begins, whatever it or the checkout does to them:
# what they change is told, and rules that are new hold at once. Where the rules of the beginning
# cannot be read nothing passes, and it is said what to do. A noctule.json that is a link is read where
# the link leads to in the tree.
$ "$SOURCE/tests/git/world.sh" local && cd w && git switch -qc noctule/evil && noctule git fetch >/dev/null && mkdir tests && echo evil >tests/x && git add tests && git commit -qm 'tests: evil' && noctule check
~ [0-9a-f]+ tests/x: paths: is not to be changed
    mend: take the file out of the commit
? 1
! 3 rules, 1 commit: 1 error
$ cd w && sed -i 's/, {"kind": "paths", "read_only": \["tests\/\*\*"\]}//' noctule.json && noctule check --range origin/main..HEAD
~ [0-9a-f]+ tests/x: paths: is not to be changed
    mend: take the file out of the commit
? 1
! 3 rules, 1 commit: 1 error; the checkout changes the rules "paths"; those before it hold as well
$ cd w && noctule git push | grep -o '"errors":1.*"changed":"the checkout changes the rules ."paths.*'; git --git-dir ../up.git for-each-ref --format='%(refname)'
~ "errors":1,.*"changed":"the checkout changes the rules ."paths."; those before it hold as well".*
refs/heads/main
$ cd w && git commit -qam 'noctule.json: tests may be changed' && noctule check
~ [0-9a-f]+ range: warning: one-commit: 2 commits, over 1
...
~ [0-9a-f]+ tests/x: paths: is not to be changed
...
? 1
! the range changes the rules "paths"; those before it hold as well
$ cd w && echo '{"schema": 1}' >noctule.json && noctule check | grep -c 'paths: is not'; noctule git push | grep -o '"errors":1'
1
"errors":1
$ cd w && noctule check --staged
? 2
! holds no "rules"
$ cd w && git checkout -q noctule.json && mkdir sub && cp noctule.json sub && cd sub && noctule check | grep -c 'paths: is not'
1
$ cd w && rm -r sub && sed -i 's/"form": "file"/"pattern": "^evil$"/' noctule.json && noctule check --json | grep -c 'form that is wanted'
2
$ cd w && cp noctule.json ../own.json && noctule check --rules ../own.json 2>&1 | grep -cE 'tests/x|changes the rules'
0
? 1
$ git init -q -b main p && cd p && git config user.name Ada && git config user.email ada@example.org && mkdir -p sub/ci sub/ro && echo '{"rules":[{"kind":"paths","read_only":["ro/**"]}]}' >sub/ci/own.json && echo '{"schema":1,"rules":[{"preset":"./ci/own.json"}]}' >sub/noctule.json && echo 1 >sub/ro/x && git add . && git commit -qm one && git switch -qc t && echo 2 >sub/ro/x && git commit -qam two && echo '{"rules":[]}' >sub/ci/own.json && cd sub && noctule check --range main..t
~ [0-9a-f]+ sub/ro/x: paths: is not to be changed
...
? 1
! the checkout changes the rules "paths"
$ cd p && git switch -q main && git checkout -q . && echo '{"schema":1,"rules":[{"kind":"paths","read_only":["ro//**"]}]}' >noctule.json && git add . && git commit -qm three && git switch -qc u && echo '{"schema":1,"rules":[{"kind":"paths","read_only":["ro/**"]}]}' >noctule.json && git commit -qam four && noctule check --range main..u
? 2
! the range begins from rules that cannot be read; mend them there with git alone
$ cd p && cp noctule.json ../plain.json && noctule check --range main..u --rules ../plain.json
! 1 rule, 1 commit: 0 errors
$ git init -q -b main l && cd l && git config user.name Ada && git config user.email ada@example.org && mkdir ci ro && echo '{"rules":[{"kind":"paths","read_only":["ro/**"]}]}' >ci/own.json && ln -s ./own.json ci/link.json && echo '{"schema":1,"rules":[{"preset":"ci/link.json"}]}' >ci/rules.json && ln -s ci link && ln -s link/../ci/rules.json noctule.json && echo 1 >ro/x && git add . && git commit -qm one && git switch -qc t && echo 2 >ro/x && rm noctule.json && echo '{"schema":1}' >noctule.json && git commit -qam two && noctule check --range main..t
~ [0-9a-f]+ ro/x: paths: is not to be changed
...
? 1
! the range changes the rules "paths"
$ cd l && for to in /etc/passwd ../up none ci noctule.json; do git switch -qC b main && ln -sfn $to noctule.json && git commit -qam link && git switch -qC u && ln -sfn ci/rules.json noctule.json && git commit -qam back && noctule check --range b..u 2>&1 || echo $?; done | sed 's/^.*reading the rules of [0-9a-f]*: //'
noctule.json leads out of the tree, to /etc/passwd
2
noctule.json leads out of the tree
2
noctule.json leads to none, which is not in the tree
2
noctule.json is no file, but a folder
2
noctule.json is a link among too many
2
$ cd l && git switch -qC b main && git update-index --cacheinfo "160000,$(git rev-parse HEAD),noctule.json" && git commit -qm module && git switch -qC u && echo '{"schema":1}' >noctule.json && git add noctule.json && git commit -qm back && noctule check --range b..u
? 2
! noctule.json is no file, but a submodule
