# The same lease over http, to git http-backend: another's commit survives before and behind our look.
$ "$SOURCE/tests/git/world.sh" gitea && cd w && git switch -qc noctule/fix && noctule git fetch >/dev/null && echo 4 >>a && noctule git commit --path a -m 'a: four' >/dev/null && noctule git push | grep -o '"pushed":true'
"pushed":true
$ cd other && git fetch -q && git switch -qc mine origin/noctule/fix && echo c >c && git add c && git commit -qm 'c: theirs' && git push -q origin mine:noctule/fix; cd ../w && echo 5 >>a && noctule git commit --path a -m 'a: five' >/dev/null && noctule git push
? 2
! the lease does not hold
$ cd w && noctule git fetch >/dev/null && noctule git push | grep -o '"forced":true,"pushed":true' && git --git-dir ../up.git log -1 --format=%s noctule/fix && git log --format=%s -1 refs/noctule/archive/$(git rev-parse origin/noctule/fix@{1})
"forced":true,"pushed":true
a: five
c: theirs
$ printf '#!/bin/sh\n[ -e once ] || exit 0\nrm once\nunset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/noctule/fix "$(git rev-parse main)"\n' >up.git/hooks/pre-receive && chmod +x up.git/hooks/pre-receive && touch up.git/once && cd w && echo 6 >>a && noctule git commit --path a -m 'a: six' >/dev/null && noctule git push
? 2
! origin refused refs/heads/noctule/fix
$ git --git-dir up.git rev-parse noctule/fix main | uniq | wc -l
1
$ kill "$(cat daemon.pid)"
