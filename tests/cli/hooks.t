# The hooks stop a commit and a push that break the rules, let sound ones through, and leave a hook
# alone that somebody else wrote.
$ export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main --bare up.git; git init -q -b main w && cd w && git config user.name Ada && git config user.email ada@example.org && git remote add origin ../up.git && printf '{"schema":1,"rules":[{"kind":"subject","form":"file"},{"kind":"prose"},{"kind":"paths","read_only":["tests/**"]}]}' >noctule.json && git add . && git commit -qm 'noctule.json: the rules' && git push -q origin main && git branch -q -u origin/main
$ cd w && noctule hooks install
~ commit-msg written to .*/w/.git/hooks/commit-msg
~ pre-push   written to .*/w/.git/hooks/pre-push
$ cd w && noctule hooks install | grep -c 'stands already'
2
$ cd w && echo 1 >a && git add a && git commit -qm 'Add a file' 2>&1
subject:1: subject: "Add a file" is not of the form "file: brief"
...
? 1
$ cd w && git log --format=%s
noctule.json: the rules
$ cd w && git commit -qm 'a: is one' 2>/dev/null; mkdir tests; echo 1 >tests/t; git add .; git commit -qm 'tests: one more' 2>/dev/null; git push -q origin main 2>/dev/null
~ [0-9a-f]+ tests/t: paths: is not to be changed
    mend: take the file out of the commit
? 1
$ git --git-dir up.git log --format=%s main
noctule.json: the rules
$ cd w && git push -q origin HEAD~1:main && git --git-dir ../up.git log --format=%s main
a: is one
noctule.json: the rules
$ cd w && noctule hooks remove | grep -c removed; ls .git/hooks | grep -v sample
2
? 1
$ cd w && printf '#!/bin/sh\nexit 0\n' >.git/hooks/pre-push && noctule hooks install
? 2
! not ours
$ cd w && noctule hooks install --force >/dev/null && noctule hooks remove >/dev/null && cat .git/hooks/pre-push
#!/bin/sh
exit 0
$ cd w && git config core.hooksPath .ours && noctule hooks install >/dev/null && ls .ours
commit-msg
pre-push
$ git init -q -b main c && cd c && git config user.name Ada && git config user.email ada@example.org && echo '{"schema":1,"rules":[{"kind":"subject","form":"file","merges":false},{"kind":"prose"},{"kind":"banned","footers":["By: C"]}]}' >noctule.json && git add . && git commit -qm 'a: one' && noctule hooks install >/dev/null && echo 1 >f && git add f && git commit -qm 'f: x' -m '# By: C' 2>&1
...
body:3: banned: the footer "By: C" is banned here
...
? 1
$ printf '#!/bin/sh\nprintf "f: fine\\n\\n" | cat - "$1" >"$1.n" && mv "$1.n" "$1"\n' >edit && chmod +x edit; for mark in '#' ';' auto; do cd c && git config core.commentChar "$mark" && echo "$mark" >f && git add f && GIT_EDITOR=../edit git commit -q || echo refused; cd ..; done; git -C c log --format=%s
f: fine
f: fine
f: fine
a: one
$ cd c && git config core.commentChar '#' && GIT_EDITOR=: git commit -q --amend && git switch -qc s HEAD~1 && echo s >s && git add s && git commit -qm 's: s' && git switch -q main && git merge -q --no-edit s && git log -1 --format=%s
Merge branch 's'
$ cd c && git config commit.cleanup scissors && echo 8 >f && git add f && GIT_EDITOR=../edit git commit -q && echo 7 >f && git add f && GIT_EDITOR="printf 'f: x\n\n# By: C\n' >" git commit -q 2>&1 | grep -c footer
1
$ cd c && git config commit.cleanup whitespace && echo 9 >f && git add f && git commit -qm 'f: x' -m '## Summary' 2>&1 | grep -c heading
1
