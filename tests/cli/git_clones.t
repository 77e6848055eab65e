# What is published can be told only where all of it is: a clone that was cut off, and one that knows a
# single branch, say so, and how that is mended.
$ export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main up && cd up && git config user.name a && git config user.email a@b && printf '{"schema":1,"name":"s"}' >noctule.json && git add . && git commit -qm one && echo 2 >f && git add . && git commit -qm two && git branch other HEAD~1 && git switch -q other && echo 3 >g && git add . && git commit -qm three && git switch -q main
$ git clone -q --depth 1 "file://$PWD/up" cut && cd cut && noctule git fetch
? 2
! is a shallow clone, which lacks most of the history; "git fetch --unshallow" brings it
$ git clone -q --single-branch "file://$PWD/up" one && cd one && noctule git fetch
? 2
! refs/heads/other is not among what this clone fetches
$ cd one && git remote set-branches origin '*' && noctule git fetch | grep -o '"branches":2'
"branches":2
