# A bad commit lands, a sweep sees it, and the change is found, proven, controlled and offered as one
# commit; every reason for doing nothing has its name.
$ sh "$SOURCE/tests/fix/world.sh" 2>/dev/null; cd w && noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p' >../cluster && wc -l <../cluster
1
$ printf '#!/bin/sh\ncd w && GITHUB_TOKEN=sesame exec noctule fix "$(cat ../cluster)" --build build --cache ../cache "$@"\n' >fix; chmod +x fix; printf '#!/bin/sh\nexec ./fix --driver command --no-pr -- sh -c "$1" 2>/dev/null\n' >by; chmod +x by
$ ./fix --no-pr --base good 2>/dev/null
? 1
~ not_reproduced: alpha/sum in compat/alpha/cpu fails in 0 of 2 runs of [0-9a-f]+
$ ./fix --dry-run 2>/dev/null | grep -oE '("step":"[a-z-]*"|POST [^\\]*pulls\\n|^ready: .*)'
"step":"fetch"
"step":"rebase"
"step":"squash"
"step":"push"
"step":"open-pr"
~ POST http://127.0.0.1:[0-9]+/github/repos/up/engine/pulls.n
ready: only shown
$ git --git-dir up.git for-each-ref --format='%(refname)'; cat requests 2>/dev/null
? 1
refs/heads/main
$ ./fix 2>words; cat words
opened: pull request 1, http://forge/pull
~ proof  .*/w/logs/fix/[0-9a-f-]+/proof.md
~ branch noctule/fix/[0-9a-f]+, commit [0-9a-f]+
it is offered, where that was asked for
$ cd w; git --git-dir ../up.git log --format='%s%n%b' -1 noctule/fix/$(cut -c1-12 ../cluster) | sed "s/$(git rev-parse --short=12 culprit)/CULPRIT/g"; git diff --stat good noctule/fix/$(cut -c1-12 ../cluster) -- src/10-sum.sh; git worktree list | wc -l; git status --short
src/10-sum: take back CULPRIT
4 cases in 4 cells failed since CULPRIT, "src/sum: another
sum": the sum is 5, not 4. With this change each passes in 2 of 2
runs, and 4 other cases pass as before; without it each fails again.

1
$ grep -c '^> POST /github/repos/up/engine/pulls$' requests; grep -o 'Mended: the sum is 5, not 4' requests | head -1
1
Mended: the sum is 5, not 4
$ rm requests; ./fix 2>&1 | head -1; cat requests 2>/dev/null
? 1
opened: pull request 1, http://forge/pull
$ ./by 'sed -i s/5/4/ src/10-sum.sh' | head -1
ready: nobody asked for a pull request
$ ./by 'sed -i s/5/6/ src/10-sum.sh'
? 1
not_mended: alpha/sum in compat/alpha/cpu: the sum is 6, not 4
$ ./by 'sed -i s/5/4/ src/10-sum.sh; echo product=7 >src/10-product.sh'
? 1
lost: 2 of 4 cases that passed do not any more, as alpha/product in compat/alpha/cpu: the product is 7, not 6
$ ./by 'sed -i s/5/4/ src/10-sum.sh; echo if >>src/10-sum.sh' | cut -c1-50
unbuildable: with the change: it does not build: b
$ ./by true
? 1
refused: nothing: nothing was changed
$ ./fix --fresh --no-pr --driver command -- sh -c 'for i in $(seq 500); do echo noise $i; done; printf "the last \033[31mwords\n" >&2; echo x >elsewhere' 2>said; grep -c noise said; grep 'the last' said; grep -h 'what it said last' said | sed 's/in .*logs/in logs/; s/[0-9]*-[0-9a-f]*/ID/'; grep -hc noise w/logs/fix/*/propose.log | sort -n | tail -1
refused: outside elsewhere: it is outside of what may be changed
9
    the last ?[31mwords
~ what it said last, all of it is in logs/fix/.*/propose.log:
500
$ ./fix --fresh --no-pr --driver command -- sh -c 'echo noise; sed -i s/5/4/ src/10-sum.sh' 2>&1 | grep -c 'noise\|ready:' # and of what went well there is nothing to be seen
1
$ ./by 'sed -i s/5/4/ src/10-sum.sh; echo x >other'
? 1
refused: outside other: it is outside of what may be changed
$ ./fix --no-pr --driver command --level limits --require limits -- sh -c 'echo "sum 5" >tests/alpha/cases' 2>/dev/null
? 1
refused: edits_test tests/alpha/cases: a fix does not change what tests it
$ ./fix --no-pr --driver command --level limits --require limits -- sh -c 'echo 1 >limits/tolerance' 2>/dev/null
? 1
refused: loosens_tolerance limits/tolerance: a fix does not change what it is measured by
$ ./fix --no-pr --driver command --level limits --require limits -- sh -c 'sed -i s/5/4/ src/10-sum.sh; echo >>noctule.json' 2>/dev/null
? 1
refused: loosens_expectation noctule.json: a fix does not change what is expected
$ sed 's/edit: .*/edit: [src\/10-product.sh]/; s/name: test-runner/name: narrow/' w/agents/test-runner.md >narrow.md; ./fix --role ../narrow.md --no-pr --driver command -- sh -c 'sed -i s/5/4/ src/10-sum.sh' 2>/dev/null
? 1
refused: outside src/10-sum.sh: it is outside of what may be changed
$ printf '\ntrue\n' >nothing.patch; ./fix --no-pr --driver patch --patch ../nothing.patch 2>/dev/null | cut -c1-30
no_proposal: reading the patch
$ sed -i 's/"runs": 2/"review": ["sh", "-c", "grep -q Mended $NOCTULE_TASK \&\& echo {^verdict^: ^NO_LAND^, ^reason^: ^unclear_intent^, ^findings^: [{^text^: ^why?^}]} | tr ^ \\\\\\\\042"], "runs": 2/' w/noctule.json; ./by 'sed -i "s/=5/=4 /" src/10-sum.sh'
? 1
turned_down: unclear_intent: why?
$ sed -i 's/NO_LAND/LAND/' w/noctule.json; ./by 'sed -i "s/=5/=4  /" src/10-sum.sh' | head -1; grep -h -A1 '"review"' w/logs/fix/*/review.json | grep -c LAND
ready: nobody asked for a pull request
1
$ echo 'a person wants to look' >w/logs/fix/STOP; ./fix
? 130
! a person wants to look; remove it to go on
$ rm w/logs/fix/STOP; (while ! grep -q 'driver proposes' said 2>/dev/null; do sleep 0.1; done; echo enough >w/logs/fix/STOP) & ./fix --fresh --no-pr --driver command -- sh -c 'sleep 20' 2>said; echo $?; cat said >&2; rm w/logs/fix/STOP
130
! enough; remove it to go on
$ # What no message of a fix can say is told at once, before anything is built, and mended by a row.
$ cp w/noctule.json kept; sed -i 's/"rules": \[/&{"preset": "kernel"}, {"kind": "body", "off": true}, /' w/noctule.json; ls -R w/logs/fix >before; ./fix --driver command -- true 2>/dev/null; echo $?; ls -R w/logs/fix | cmp - before
~ rules: no message of a fix keeps the rules: Generated-by is missing; what is wanted is Generated-by: .S.*; a fix writes no trailer but Assisted-by, so the rule has to be a warning where fixes are wanted
1
$ sed -i 's/{"preset": "kernel"}/&, {"kind": "trailers", "required": ["Generated-by"], "level": "warning"}/' w/noctule.json; ./by 'sed -i "s/=5/=4    /" src/10-sum.sh' | head -1; cp kept w/noctule.json
ready: nobody asked for a pull request
$ sed -i 's/"per_night": 50/"per_night": 1/' w/noctule.json; ./by 'sed -i "s/=5/=4   /" src/10-sum.sh' | sed 's/[0-9]* were/N were/'
capped: N were begun within 24 hours; fix.per_night is 1
$ cd w; noctule audit verify | cut -d, -f2; grep -o 'outcome..:..[a-z_]*' logs/audit.ndjson | sort -u | cut -d'"' -f3
 0 faults
capped
lost
no_proposal
not_mended
not_reproduced
opened
ready
refused
rules
turned_down
unbuildable
$ ./fix --driver nobody
? 64
! there is no driver "nobody"
$ ./fix --driver command
? 64
! command needs the words of a command, behind --
$ cd w; noctule fix
? 64
! which cluster?
$ cd w; noctule fix 123456789abc
? 2
! 123456789abc
$ kill "$(cat daemon.pid)"
