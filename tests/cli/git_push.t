# Pushes under a lease, to git's own daemon, with a second writer: what somebody else pushed is never
# lost, also when it comes between our look and the server's, and each refusal says why.
# One step lets the server's own hook be the other writer, between its comparison and the move.
$ "$SOURCE/tests/git/world.sh" && cd w && git switch -qc noctule/fix && echo 4 >>a && noctule git push
? 2
! nobody has looked
$ cd w && noctule git fetch
~ .*"remote":"origin","url":"git://.*/up.git","branches":1,"moved":.."ref":"refs/heads/main","old":"","new":"[0-9a-f]+".*
$ cd w && noctule git commit --path a -m 'Add a line'
~ ."message":.*"rule":"subject".*
? 1
$ cd w && noctule git commit --path a -m 'a: four' | grep -o '"branch":"noctule/fix"'
"branch":"noctule/fix"
$ cd w && noctule git push --dry-run | grep -o '"pushed":false' && git --git-dir ../up.git branch
"pushed":false
* main
$ cd w && noctule git push | grep -o '"forced":false,"pushed":true' && git --git-dir ../up.git rev-parse noctule/fix >../pushed && git rev-parse HEAD | cmp - ../pushed
"forced":false,"pushed":true
$ cd w && noctule git push | grep -o '"pushed":false'
"pushed":false
$ cd other && git fetch -q && git switch -qc mine origin/noctule/fix && echo theirs >c && git add c && git commit -qm 'c: theirs' && git push -q origin mine:noctule/fix
$ cd w && echo 5 >>a && noctule git commit --path a -m 'a: five' >/dev/null && noctule git push
? 2
! the lease does not hold
$ git --git-dir up.git log -1 --format=%s noctule/fix
c: theirs
$ cd w && git fetch -q && noctule git push
? 2
! the lease does not hold
$ cd w && noctule git fetch >/dev/null && noctule git rebase --onto origin/noctule/fix | grep -o '"picked":1,"dropped":0,"moved":true' && noctule git push | grep -o '"forced":false,"pushed":true'
"picked":1,"dropped":0,"moved":true
"forced":false,"pushed":true
$ git --git-dir up.git log -3 --format=%s noctule/fix
a: five
c: theirs
a: four
$ printf '#!/bin/sh\n[ -e once ] || exit 0\nrm once\nunset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/noctule/fix "$(git rev-parse main)"\n' >up.git/hooks/pre-receive && chmod +x up.git/hooks/pre-receive && touch up.git/once && cd w && echo 6 >>a && noctule git commit --path a -m 'a: six' >/dev/null && noctule git push
? 2
! origin refused refs/heads/noctule/fix
$ git --git-dir up.git rev-parse noctule/fix main | uniq | wc -l
1
$ rm up.git/hooks/pre-receive && cd w && noctule git fetch >/dev/null && noctule git push | grep -o '"pushed":true'
"pushed":true
$ cd other && git switch -q main && echo up >>b && git commit -qam 'b: up' && git push -q origin main
$ cd w && git rev-parse HEAD >../old && noctule git fetch >/dev/null && noctule git squash -m 'a, c: all of it' | grep -o '"commits":4,"moved":true' && noctule git rebase | grep -o '"picked":1' && noctule git push | grep -o '"forced":true,"pushed":true'
"commits":4,"moved":true
"picked":1
"forced":true,"pushed":true
$ cd w && git rev-parse --verify -q "refs/noctule/archive/$(cat ../old)" | cmp - ../old && git --git-dir ../up.git log --format=%s noctule/fix
a, c: all of it
b: up
noctule.json: the rules
$ cd w && git diff --stat && git status --short
$ cd other && git fetch -q && git push -q origin origin/main:refs/heads/theirs && cd ../w && noctule git fetch >/dev/null && git switch -qc theirs HEAD~1 && git reset -q --hard HEAD~1 && echo x >>a && noctule git commit --path a -m 'a: mine' >/dev/null && noctule git push
? 2
! not ours to rewrite
$ cd w && git switch -qC noctule/shared origin/main && noctule git squash --onto HEAD~1 -m 'b: again'
? 2
! is published: it was seen on refs/heads/main
$ cd w && git switch -qC main origin/main && noctule git push
? 2
! by a pull request
$ cd w && git switch -qc noctule/bad && mkdir tests && echo x >tests/x && git add tests && git commit -qm 'tests: x' && noctule git push | grep -o 'is not to be changed'; git --git-dir ../up.git rev-parse -q --verify noctule/bad
is not to be changed
? 1
$ kill "$(cat daemon.pid)"
