# The whole way of a pull request over http: one commit on the newest upstream, pushed under a lease,
# opened once however often it is asked and whatever the service does, and its status set. Each request
# is held to what GitHub publishes of its interface; a breach is named in the file breaches.
$ "$SOURCE/tests/git/world.sh" github && cd other && echo up >>b && git commit -qam 'b: up' && git push -q && cd ../w && git switch -qc noctule/fix && echo 4 >>a && git commit -qam 'a: four' -m 'It was missing.' && echo 5 >>a && git commit -qam 'a: five' && noctule pr
? 2
! there is no token: set $GITHUB_TOKEN
$ git --git-dir up.git for-each-ref --format='%(refname)'
refs/heads/main
$ cat requests 2>/dev/null
? 1
$ cd w && GITHUB_TOKEN=wrong noctule pr
...
? 2
! 401: Bad credentials (is the token valid?)
$ git --git-dir up.git log --format=%s noctule/fix
a: four
b: up
noctule.json: the rules
$ rm requests; cd w && GITHUB_TOKEN=sesame noctule pr --dry-run | tail -n 1 | sed 's/\\n/\n/g' | grep -vE '^(Accept|X-Git)' | sed "s/:$(cat ../port)/:PORT/; s/$(git rev-parse HEAD)/ID/"
~ ."step":"open-pr",.*"created":false,"requests":"GET http://127.0.0.1:PORT/github/repos/up/engine/pulls.state=open&head=up%3Anoctule%2Ffix&base=main
Authorization: (not shown)

POST http://127.0.0.1:PORT/github/repos/up/engine/pulls
Authorization: (not shown)

{\"title\":\"a: four\",\"head\":\"up:noctule/fix\",\"base\":\"main\",\"body\":\"It was missing.\",\"draft\":false}

POST http://127.0.0.1:PORT/github/repos/up/engine/statuses/ID
Authorization: (not shown)

{\"state\":\"success\",\"description\":\"3 rules, 1 commit: 0 errors\",\"context\":\"noctule\"}
"}
$ cat requests 2>/dev/null
? 1
$ cd w && GITHUB_TOKEN=sesame noctule pr 2>/dev/null | sed 's/.*"step":"\([a-z-]*\)".*\(,"created.*\)/\1\2/; s/{"step":"\([a-z-]*\)".*/\1/'
fetch
rebase
squash
push
open-pr,"created":true,"number":1,"url":"http://forge/pull"}
$ grep -cE '^> (POST|PATCH|GET) ' requests; grep -c 'sesame' requests; grep '^> {' requests
3
3
> {"title":"a: four","head":"up:noctule/fix","base":"main","body":"It was missing.","draft":false}
> {"state":"success","description":"3 rules, 1 commit: 0 errors","context":"noctule"}
$ rm requests; cd w && GITHUB_TOKEN=sesame noctule pr | tail -n 1 | grep -o '"created":false,"number":1'; grep -E '^> (POST|PATCH) ' ../requests | sed 's/[0-9a-f]\{40\}/ID/'
"created":false,"number":1
> POST /github/repos/up/engine/statuses/ID
$ rm requests; cd w && GITHUB_TOKEN=sesame noctule git open-pr --title 'a: four, mended' | grep -o '"created":false,"number":1'; grep -E '^> PATCH ' ../requests; wc -l <../pulls
"created":false,"number":1
> PATCH /github/repos/up/engine/pulls/1
1
$ rm pulls requests; printf '429 Retry-After: 0\n503 Retry-After: 0\n500\n' >faults; cd w && GITHUB_TOKEN=sesame noctule git open-pr | grep -o '"created":true,"number":2'; grep -c '^> GET' ../requests; wc -l <../pulls
"created":true,"number":2
4
1
$ rm pulls requests; printf '\ndrop\n' >faults; cd w && GITHUB_TOKEN=sesame noctule git open-pr | grep -o '"created":false,"number":3'; grep -E '^> (GET|POST) ' ../requests | sed 's/[0-9a-f]\{40\}/ID/; s/?.*//'; wc -l <../pulls
"created":false,"number":3
> GET /github/repos/up/engine/pulls
> POST /github/repos/up/engine/pulls
> GET /github/repos/up/engine/pulls
> POST /github/repos/up/engine/statuses/ID
1
$ rm pulls; printf '\n422\n\n' >faults; cd w && GITHUB_TOKEN=sesame noctule git open-pr
? 2
! answers 422: Validation Failed; head invalid
$ printf '403 Retry-After: 3000\n' >faults; cd w && GITHUB_TOKEN=sesame noctule git open-pr
? 2
! answers 403 (may the token do this, or is a limit reached?)
$ cd w && GITHUB_TOKEN=sesame noctule git open-pr --title '' 2>/dev/null >/dev/null; printf 'sesame\n' >../token && cd ../other && git switch -q main && sed -i 's|"kind": "github"|"kind": "github", "token_file": "../token"|' noctule.json && git commit -qam 'noctule.json: the token' && git push -q && cd ../w && noctule git fetch >/dev/null && env -u GITHUB_TOKEN noctule git open-pr | grep -o '"forge":"github"'
"forge":"github"
$ rm -f requests; cd w && git switch -qc noctule/bad origin/main && mkdir tests && echo x >tests/x && git add tests && git commit -qm 'tests: x' && GITHUB_TOKEN=sesame noctule pr | tail -n 1 | grep -o '"step":"push".*is not to be changed'; cat ../requests; git --git-dir ../up.git rev-parse -q --verify noctule/bad
~ "step":"push".*is not to be changed
? 1
$ cd other && git switch -qc x && sed -i 's/^1$/one/' a && git commit -qam 'a: one' && git push -q origin x:main && cd ../w && git switch -qC noctule/two origin/main && sed -i 's/^1$/uno/' a && git commit -qam 'a: uno' && GITHUB_TOKEN=sesame noctule pr | tail -n 1 | grep -o '"step":"rebase".*"path":"a"'
~ "step":"rebase".*"path":"a"
$ cd w && git switch -qC noctule/empty origin/main && git commit -q --allow-empty -m 'a: nothing' && rm -f ../requests && GITHUB_TOKEN=sesame noctule pr
...
? 2
! changes no file against
$ cat requests 2>/dev/null; git --git-dir up.git rev-parse -q --verify noctule/empty
? 1
$ cd w && GITHUB_TOKEN=sesame noctule git open-pr --dry-run
? 2
! its base: there is nothing to publish
$ cat breaches 2>/dev/null # what the description of the service does not have
? 1
$ kill "$(cat daemon.pid)"
