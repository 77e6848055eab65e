# A remote that is a relative path is the same one wherever in the checkout one stands, and in a linked
# worktree; one that is gone is called that.
$ export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main --bare up.git; git init -q -b main w && cd w && git config user.name a && git config user.email a@b && mkdir -p sub/below && printf '{"schema":1,"name":"s"}' >noctule.json && echo 1 >sub/f && git add . && git commit -qm one && git remote add origin ../up.git && git push -q origin main
$ cd w/sub/below && noctule git fetch | grep -o '"url":"[^"]*","branches":1'
"url":"../up.git","branches":1
$ cd w && git worktree add -q deep/er/tree -b noctule/tree && cd deep/er/tree/sub && echo 2 >f && git commit -qam two && noctule git fetch | grep -o '"branches":1' && noctule git push | grep -o '"pushed":true'; git --git-dir ../../../../../up.git log --format=%s noctule/tree
"branches":1
"pushed":true
two
one
$ cd w && git remote set-url origin ../gone.git && noctule git fetch
? 2
! there is no repository at
