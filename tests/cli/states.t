# Repositories and folders in which something is not to be had: one sentence that says which and what to
# do, and a status that is not 0.
$ export GIT_CONFIG_GLOBAL=/dev/null; printf '{"schema":1,"name":"s"}' >noctule.json; git init -q -b main --object-format=sha256 . && for c in 'git status' 'check --range HEAD' 'hooks install' 'sandbox -- true'; do noctule $c 2>&1 | grep -o 'names its objects by SHA-256'; done
names its objects by SHA-256
names its objects by SHA-256
names its objects by SHA-256
names its objects by SHA-256
$ mkdir fresh && cd fresh && git init -q -b main . && cp ../noctule.json . && noctule git status
? 2
! there is no commit yet in
$ cd fresh && noctule git commit --message 'a: b'
? 2
! "git commit" makes the first
$ cd fresh && noctule ledger verify
? 2
! there is no entry in ledger, so nothing was checked; a sweep writes one
$ cd fresh && noctule audit verify
? 2
! no role has worked here: there is no audit in logs
$ cd fresh && noctule agents export
? 2
! there is no folder agents of role files; --roles names another
$ cd fresh && git add . && git -c user.name=a -c user.email=a@b commit -qm one && echo 1 >f && git add f && printf 'a: b\0c\n' >text && noctule git commit --message-file text; git log --oneline | wc -l
1
! text is no text: byte 5 is a NUL
$ # A commit in a bare repository would be one of an index that holds nothing; its checkouts are fine.
$ git clone -q --bare fresh bare.git && cd bare.git && cp ../noctule.json . && for v in status 'commit --message a:b' rebase push; do noctule git $v 2>&1 | grep -o 'is a bare repository'; done; git log --oneline --all | wc -l
is a bare repository
is a bare repository
is a bare repository
is a bare repository
1
$ cd bare.git && git worktree add -q ../of-bare && cd ../of-bare && noctule git status | grep -o '"branch":"of-bare"'
"branch":"of-bare"
$ cd fresh && git worktree add -q ../linked && cd ../linked && noctule git status | grep -o '"branch":"linked"'
"branch":"linked"
