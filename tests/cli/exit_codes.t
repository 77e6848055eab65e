# One table of exit codes: README.md, the foot of every --help and what the commands do agree.
$ sed -n 's/^| \([0-9][0-9]*\) | \(.*\) |$/\1 \2/p' "$SOURCE/README.md" >told; cat told
0 all is well
1 it ran, and the answer is no
2 it could not run: bad input, missing file, nothing compared, wrong state
64 the command line is wrong
130 stopped on request
$ commands() { $1 --help | sed -n '/^commands:/,/^$/s/^  \([a-z]\)/\1/p' | sed 's/  .*//'; }; for p in noctule noctule-engine; do commands $p | while read -r c; do $p $c --help | sed -n '/^exit codes:/,/^$/s/^ *\([0-9][0-9]*\)  \(.*\)/\1 \2/p' | cmp -s - told || echo "$p $c has others"; done; commands $p | wc -l; done
~ [1-9][0-9]*
~ [1-9][0-9]*
$ noctule git push --help | sed -n '/^exit codes:/,/^$/s/^ *\([0-9][0-9]*\)  \(.*\)/\1 \2/p' | cmp - told
$ # 64 is for words that are wrong wherever they are said; the state of things is 2.
$ export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null; git init -q -b main up && cd up && printf '{"schema":1,"name":"s","git":{"upstream":"origin/main"}}' >noctule.json && git add . && git -c user.name=a -c user.email=a@b commit -qm one && cd .. && git clone -q up w
$ cd w && for v in 'push --force' 'commit' 'commit --message a --message-file b' 'rebase --onto' 'open-pr --draft=yes' 'reset' 'bisect'; do noctule git $v >/dev/null 2>&1; echo "$? $v"; done
64 push --force
64 commit
64 commit --message a --message-file b
64 rebase --onto
64 open-pr --draft=yes
64 reset
64 bisect
$ cd w && git switch -qc topic && for v in 'push' 'commit --message a' 'rebase --onto nowhere' 'open-pr' 'squash'; do noctule git $v >/dev/null 2>&1; echo "$? $v"; done
2 push
2 commit --message a
2 rebase --onto nowhere
2 open-pr
2 squash
$ cd w && echo 1 >f && HOME=/nowhere XDG_CONFIG_HOME=/nowhere noctule git commit --path f --message 'f: one'
? 2
! set user.name and user.email
$ cd w && git rev-list HEAD | wc -l && ! noctule git push 2>err && ! grep Try err
1
$ cd w && noctule pr --draft=1 2>/dev/null; echo $?; noctule pr 2>/dev/null; echo $?; noctule bisect --cell a 2>/dev/null; echo $?; noctule bisect --cell a --case b 2>/dev/null; echo $?
64
2
64
2
$ cd w && noctule git squash
? 2
! there is nothing to squash
$ cd w && git switch -q --detach && noctule git status
? 2
! HEAD is at no branch
$ git init -q -b main empty && cd empty && printf '{"schema":1}' >noctule.json && noctule git status
? 2
! there is no commit yet
$ # What a command means beside the table stands in its own help.
$ noctule verify --help | tail -n 2; noctule sandbox --help | tail -n 1; noctule hook --help | tail -n 1
3 when nothing speaks against the proof and not all of it could be compared on
this machine.
When the command has run, its own code; 128 + N when signal N ended it.
Here 2 is every refusal and every error, a wrong command line too.
