# No glob of what is closed is walked around by a name that a file system, or who reads the tree, takes
# for another.
$ export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main . && git config user.name Ada && git config user.email ada@example.org && mkdir ro && echo '{"schema":1,"rules":[{"kind":"paths","read_only":["ro/**"]}]}' >noctule.json && echo 1 >ro/x && git add . && git commit -qm 'a: one' && for name in RO/x 'ro\x' "$(printf 'ro\342\200\214/x')" "$(printf 'a\nb')" "$(printf '\377')" ro2/x; do git switch -qC t main && mkdir -p "$(dirname "$name")" && echo 2 >"$name" && git add . && git commit -qm 'a: two' && noctule check --range main..t 2>&1 | LC_ALL=C sed -n 's/.*: paths: //p; $p'; done
is not to be changed
1 rule, 1 commit: 1 error
nothing may be called that
1 rule, 1 commit: 1 error
nothing may be called that
1 rule, 1 commit: 1 error
a control character is in its name
1 rule, 1 commit: 1 error
its name is not UTF-8
1 rule, 1 commit: 1 error
1 rule, 1 commit: 0 errors
$ git switch -qC t main && git update-ref refs/heads/t "$(git commit-tree -p main -m 'a: three' "$( { git ls-tree main; printf '040000 tree %s\tsub\n' "$(printf '100644 blob %s\t.git\n' "$(git rev-parse main:ro/x)" | git mktree)"; } | git mktree)")" && noctule check --range main..t 2>&1 | LC_ALL=C sed -n 's/.*: paths: //p'
nothing may be called that
