# A merge is held to what its author made of it, whichever parent stands first: what a parent never had,
# or has as it was long ago, takes nothing back that is upstream.
$ export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main . && git config user.name Ada && git config user.email ada@example.org && mkdir ro src && echo '{"schema":1,"rules":[{"kind":"paths","allowed":["src/**"],"read_only":["ro/**"]}]}' >noctule.json && echo 1 >ro/x && git add . && git commit -qm 'a: one' && git tag old && echo 2 >ro/x && git commit -qam 'a: two' && printf 'noctule check --range main..t 2>&1 | grep -v mend: | sed "s/^[0-9a-f]\\{12\\}/ID/"\n' >.git/check
$ m() { git branch -qf t "$(git commit-tree -m 'a: merge' "$@")"; }; m -p old -p main old^{tree} && sh .git/check # to what it was
ID ro/x: paths: is not to be changed
1 rule, 1 commit: 1 error
$ git switch -q --orphan root && mkdir -p src && echo 1 >src/x && git add src && git commit -qm 'a: root' && git switch -qf main && m() { git branch -qf t "$(git commit-tree -m 'a: merge' "$@")"; }; m -p root -p main root^{tree} && sh .git/check # to nothing
ID noctule.json: paths: is outside of what may be changed
ID ro/x: paths: is not to be changed
1 rule, 2 commits: 2 errors
$ git switch -qc one old && mkdir -p src && echo 1 >src/one && git add src && git commit -qm 'a: one' && git switch -qc two main && mkdir -p src && echo 1 >src/two && git add src && git commit -qm 'a: two' && m() { git branch -qf t "$(git commit-tree -m 'a: merge' "$@")"; }; m -p one -p two one^{tree} && sh .git/check
ID ro/x: paths: is not to be changed
1 rule, 3 commits: 1 error
$ git switch -qC t two && git merge -q -m 'a: merge' one && sh .git/check # an honest one
1 rule, 3 commits: 0 errors
$ git switch -qc three main && mkdir -p src && echo 1 >src/three && git add src && git commit -qm 'a: three' && git switch -qC t two && git merge -q -m 'a: merge' one three >/dev/null && sh .git/check && echo evil >ro/x && git add . && git commit -q --amend -m 'a: evil' && sh .git/check
1 rule, 4 commits: 0 errors
ID ro/x: paths: is not to be changed
1 rule, 4 commits: 1 error
$ git switch -qC l main && mkdir -p src && echo l >src/x && git add . && git commit -qm 'a: l' && git switch -qC r main && mkdir -p src && echo r >src/x && git add . && git commit -qm 'a: r' && git switch -qC t l && ! git merge r >/dev/null && echo both >src/x && git add . && git commit -qm 'a: settled' && sh .git/check
1 rule, 3 commits: 0 errors
