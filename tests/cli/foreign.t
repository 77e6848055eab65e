# A project that knows nothing of Noctule: no roles, no .gitignore, no axes to speak of, ids as pytest
# has them, its one fixture its own root, and it lies in a folder of a larger repository.
$ export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main 'large one' && cd 'large one' && git config user.name Zoë && git config user.email zoe@example.org && mkdir -p 'the part/src' && cd 'the part' && echo 5 >src/sum && printf '%s\n' "it's" 'sum[1-2]' >ids
$ cd 'large one/the part' && printf '%s\n' '#!/bin/sh' 'shift; l=; s=' 'while [ $# -gt 0 ]; do case $1 in --list) l=1;; --case) s="$s$2\n"; shift;; esac; shift; done' 'echo "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"it'"'"'s\",\"sum[1-2]\"]}"; [ "$l" ] && exit' '[ "$s" ] || s=$(cat ids)' 'asked=${TMPDIR:-/tmp}/asked.$$; printf "$s" >$asked; echo >>$asked; while read -r c; do [ "$c" ] || continue; echo "{\"event\":\"started\",\"case\":\"$c\"}"' 'if [ "$c" != "sum[1-2]" ] || [ "$(cat src/sum)" = 5 ]; then echo "{\"event\":\"result\",\"case\":\"$c\",\"status\":\"pass\",\"compared\":1}"' 'else printf "%s\n" "{\"event\":\"result\",\"case\":\"$c\",\"status\":\"fail\",\"message\":\"\u001b[31mthe sum is wrong\u001b[0m\\n + it is $(cat src/sum)\"}"; fi; done <$asked; rm $asked; echo "{\"event\":\"done\",\"cases\":2}"' >worker && chmod +x worker && printf '{"schema":1,"name":"part","build":[["mkdir","-p","{build}"]],"fix":{"paths":["src/"],"tests":["ids"],"runs":1},"suites":[{"name":"s","kind":"noctule-check","fixtures":"ids","command":["./worker","{fixture}"],"axes":{"on":["here"]}}]}\n' >noctule.json && echo build/ >.gitignore && git add . && git commit -qm 'first: it is well'
$ cd 'large one/the part' && noctule plan
cell         variant   cases  
~ s/part/here  [0-9a-f]+      2  
1 cells, 2 cases
$ cd 'large one/the part' && noctule sweep 2>&1 | grep -E '^2 cases|committed'; ls -d build; noctule status | grep -c '(changed)'
2 cases: 2 passed, 0 failed, 0 not applicable, 0 infra, 0 missing, 0 flaky
build
0
? 1
$ cd 'large one/the part' && git add . && git commit -qm 'logs: somebody keeps them' && echo 4 >src/sum && git commit -qam 'sum: another' && git tag culprit && echo >other && git add . && git commit -qm 'other: one' && noctule sweep >../../out 2>&1; grep -c committed ../../out; sed -n '/^fail/p' ../../out; noctule compare | sed -n 2p
0
fail      s/part/here  sum[1-2]: the sum is wrong …  – new_failure
new_failure    s/part/here  sum[1-2]  pass → fail  the sum is wrong …
$ cd 'large one/the part' && noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p' >../../cluster; noctule bisect "$(cat ../../cluster)" --cache "$PWD/../../cache" 2>/dev/null | sed "s/$(git rev-parse --short=12 culprit)/CULPRIT/" | grep -E '^(culprit|status)'
~ culprit     CULPRIT  [0-9-]+  Zoë: sum: another
status      confirmed: it failed in 3 of 3 runs, its parent passed in 3 of 3
$ cd 'large one/the part' && noctule fix "$(cat ../../cluster)" --driver command -- true
? 2
! there is no agents/test-runner.md
$ cd 'large one/the part' && noctule fix "$(cat ../../cluster)" --cache "$PWD/../../cache" 2>/dev/null
ready: there is no upstream to merge it into
~ proof  .*/proof.md
~ branch noctule/fix/[0-9a-f]+, commit [0-9a-f]+
$ cd 'large one/the part' && noctule verify logs/fix/*/proof.json 2>/dev/null | tail -n 1; git diff --stat culprit~1 "noctule/fix/$(cut -c1-12 ../../cluster)" -- src
The proof holds.
$ cd 'large one/the part' && noctule expect update --owner zoë --issue 1 --expires 9999-12-31 --case 'sum[1-2]' --write >/dev/null 2>&1; noctule sweep --case 'sum[1-2]' 2>&1 | grep -E '^1 cases|committed'
~ the part/(noctule.json|\.gitignore) is not committed, so this run is of no commit: noctule bisect cannot use it
1 cases: 0 passed, 0 failed, 0 not applicable, 0 infra, 0 missing, 0 flaky, 1 xfail, 0 xfail_other, 0 xpass
$ cd 'large one/the part' && noctule hooks install
? 2
! holds no "rules"
$ cd 'large one/the part' && noctule check
? 2
! holds no "rules"
$ cd 'large one/the part' && sed -i 's/"name":"part",/"name":"part","rules":[{"kind":"subject","form":"file"}],/' noctule.json && noctule hooks install >/dev/null && cd .. && git add . && git commit -qm 'rules: there are some' 2>/dev/null && git commit -q --allow-empty -m 'None here' 2>&1 | head -n 1
subject:1: subject: "None here" is not of the form "file: brief"
