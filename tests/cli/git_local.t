# A remote that is a path: moved by compare and swap, never forced, for libgit2 overwrites there.
$ "$SOURCE/tests/git/world.sh" local && cd w && git switch -qc noctule/fix && noctule git fetch >/dev/null && echo 4 >>a && noctule git commit --path a -m 'a: four' >/dev/null && noctule git push | grep -o '"pushed":true'
"pushed":true
$ cd w && git rev-parse HEAD >../ours && git --git-dir ../up.git rev-parse noctule/fix | cmp - ../ours && git --git-dir ../up.git for-each-ref --format='%(refname)'
refs/heads/main
refs/heads/noctule/fix
$ cd other && git fetch -q && git switch -qc mine origin/noctule/fix && echo c >c && git add c && git commit -qm 'c: theirs' && git push -q origin mine:noctule/fix; cd ../w && echo 5 >>a && noctule git commit --path a -m 'a: five' >/dev/null && noctule git push
? 2
! the lease does not hold
$ git --git-dir up.git log -1 --format=%s noctule/fix; git --git-dir up.git for-each-ref --format='%(refname)'
c: theirs
refs/heads/main
refs/heads/noctule/fix
$ cd w && noctule git fetch >/dev/null && noctule git push
? 2
! a forced push overwrites without comparing
$ git --git-dir up.git log -1 --format=%s noctule/fix
c: theirs
$ cd w && noctule git rebase --onto origin/noctule/fix >/dev/null && noctule git push | grep -o '"pushed":true'
"pushed":true
