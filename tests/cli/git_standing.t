# What the upstream is, whose branches are rewritten and whom a token is shown stands in the noctule.json
# of the upstream: neither an edit of the checkout's nor a commit changes it, no branch, tag or
# pull request of ours takes the place of the upstream, and what is not heeded is told.
$ "$SOURCE/tests/git/world.sh" github && cd w && git switch -qc noctule/evil && noctule git fetch >/dev/null && mkdir tests && echo evil >tests/x && git add tests && git commit -qm 'tests: evil' && git --git-dir ../up.git for-each-ref --format='%(refname)'
refs/heads/main
$ cd w && echo '{"schema":1,"git":{"own":["**"],"upstream":"origin/none"},"rules":[]}' >noctule.json
$ cd w && noctule git push | grep -o '"errors":1'; noctule git status | grep -o '"upstream":"[^"]*"'
"errors":1
"upstream":"origin/main"
! the checkout changes git.upstream, git.own, git.forge, and what origin/main says of it holds
$ cd w && noctule check
~ [0-9a-f]+ tests/x: paths: is not to be changed
...
? 1
! those before it hold as well; the checkout changes git.upstream, git.own, git.forge, and what origin/main says of it holds
$ cd w && git commit -qam 'noctule.json: none' && git push -q origin HEAD:noctule/none && git fetch -q && sed -i 's|origin/none|origin/noctule/none|' noctule.json && git commit -qam 'noctule.json: ours' && git push -q origin HEAD:noctule/none && git fetch -q && git commit -q --allow-empty -m 'a: b' && noctule git push | grep -o '"errors":1'
"errors":1
$ cd w && git remote set-head origin -d && git checkout -q HEAD~2 noctule.json && noctule git push | grep -o '"errors":1' # nothing but branches
"errors":1
$ cd w && git reset -q --hard HEAD~3 && git tag origin/main HEAD && git branch -q origin/main HEAD && noctule check 2>&1 | grep -c 'is not to be changed'
1
$ cd w && git switch -qc noctule/fix origin/main~0 2>/dev/null; git switch -qC noctule/fix refs/remotes/origin/main && echo 4 >>a && git commit -qam 'a: four' && sed -i 's|"api": "http://127.0.0.1:[0-9]*/github"|"api": "https://evil.invalid", "token_env": "SECRET"|' noctule.json && GITHUB_TOKEN=sesame SECRET=s noctule pr --dry-run | tail -n 1 | grep -o 'requests":"GET http://127.0.0.1'
requests":"GET http://127.0.0.1
! the checkout changes git.forge
$ cd w && git switch -qc noctule/away && rm noctule.json && echo '{"schema":1}' >../noctule.json && git commit -qam 'a: none' && mkdir -p tests && echo x >tests/x && git add tests && git commit -qm 'tests: x' && noctule check 2>&1 | grep -c 'is not to be changed'; kill "$(cat ../daemon.pid)"
1
