# What is published can be told only where all of it is: a clone that was cut off, and one that knows a
# single branch, say so, and how that is mended; a walk that comes to
# where the history was cut off does not take that for its end.
$ export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main up && cd up && git config user.name a && git config user.email a@b && printf '{"schema":1,"name":"s"}' >noctule.json && git add . && git commit -qm one && echo 2 >f && git add . && git commit -qm two && git branch other HEAD~1 && git switch -q other && echo 3 >g && git add . && git commit -qm three && git switch -q main
$ git clone -q --depth 1 "file://$PWD/up" cut && cd cut && noctule git fetch
? 2
! is a shallow clone, which lacks most of the history; "git fetch --unshallow" brings it
$ git clone -q --single-branch "file://$PWD/up" one && cd one && noctule git fetch
? 2
! refs/heads/other is not among what this clone fetches
$ cd one && git remote set-branches origin '*' && noctule git fetch | grep -o '"branches":2'
"branches":2
$ git -C up switch -q -c long main && for i in 1 2 3 4 5 6 7 8 9; do echo $i >up/n && git -C up add n && git -C up commit -qm "n: $i"; done; printf '{"schema":1,"name":"s","rules":[{"kind":"subject","form":"file"}]}' >up/noctule.json; git -C up commit -qam 'x: rules' && git -C up switch -q main
$ git clone -q --depth 1 -b long "file://$PWD/up" few && cd few && git config user.name a && git config user.email a@b && git switch -qc t && echo z >z && git add z && git commit -qm 'BREAKS it' && noctule check --range long..t
? 2
! it is a shallow clone, which lacks most of the history: "git fetch --unshallow" brings it, "git fetch --depth N" more of it
$ cd few && noctule check --range HEAD~5..HEAD
? 2
! the history is shorter than that in this shallow clone
$ cd few && git fetch -q --unshallow && noctule check --range long..t | grep -c BREAKS
1
