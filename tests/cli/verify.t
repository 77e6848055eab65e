# A proof is checked by who did not make it: what is honest holds, also as the page of a pull request and in another clone; each lie has its name.
$ sh "$SOURCE/tests/fix/world.sh" 2>/dev/null; kill "$(cat daemon.pid)"; cd w && noctule fix "$(noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p')" --no-pr --build build --cache ../cache 2>/dev/null | head -1 && cp logs/fix/*/proof.json logs/fix/*/proof.md .. && ls ../proof.*
ready: nobody asked for a pull request
../proof.json
../proof.md
$ cd w && noctule verify ../proof.json 2>/dev/null | sed 's/ in [0-9.]* s,/ in TIME,/; s/sandbox .*/sandbox LEVEL/; s/^\(proof *\)[0-9a-f-]*,/\1ID,/; s/^\(base *\)[0-9a-f]*/\1BASE/' | grep -v ^sha256
proof      ID, the sum is 5, not 4
base       BASE, 1 file changed, +1 −1
claims     4 cases, 2 of 2 runs, 4 of 4 others kept
here       4 of 4 cases, 2 runs of each tree in TIME, sandbox LEVEL
           4 of 4 cases that passed still pass
           in decoys 8 of 8 cases failed that had to, and 8 of 8 passed

The proof holds.
$ cd w && git status --short; noctule verify --no-run ../proof.json | tail -1; noctule verify --no-run ../proof.md | grep ^sha256 >../one; sha256sum ../proof.json | cut -c1-64 >../two; sed 's/^sha256 *//' ../one | cmp - ../two
Nothing speaks against the proof; nothing was run.
$ cd w; noctule verify --no-run ../proof.json | grep ^unchecked; noctule verify --no-run --json ../proof.json | sed -n '/"unchecked"/,/]/p'
unchecked  cases, kept, before, after, decoys: nothing was run
  "unchecked": [
    "cases",
    "kept",
    "before",
    "after",
    "decoys"
  ],
$ git clone -q up.git clone 2>/dev/null; cd clone && noctule verify --times 1 --json ../proof.md 2>/dev/null | grep -E '"(holds|ran|runs|cases|kept_after)"'
  "holds": true,
  "ran": true,
    "runs": 1,
    "cases": 4,
    "kept_after": 4,
      "runs": 2,
$ printf '#!/bin/sh\ncd w && noctule verify ${RUN---no-run} "${1-../lie.json}" 2>/dev/null | sed -n "/^$/,\\$p" | grep -v ^$\n' >judge; chmod +x judge; sed '0,/"failed": 2/s//"failed": 1/' proof.json >lie.json; ./judge
not_reproduced: alpha/sum in compat/alpha/cpu failed 1 of 2 times, and 2 are needed
The proof does not hold.
$ awk '/"kept"/ { k = 1 } k && /"after": 4/ { sub(/4/, 3); k = 0 } { print }' proof.json >lie.json; ./judge
lost: 1 of 4 cases that passed do not pass
The proof does not hold.
$ awk '/^  "before": {/ { k = 1 } k && /"passed": 4/ { sub(/4/, 400); k = 0 } { print }' proof.json >lie.json; ./judge
counts: 404 cases were swept before and 8 after
counts: 400 cases passed before, and 4 were looked at again
The proof does not hold.
$ awk '/"control"/ { k = 1 } k && /"failed": 2/ { sub(/2/, 0); k = 0 } { print }' proof.json >lie.json; ./judge | head -1
uncontrolled: alpha/sum in compat/alpha/cpu failed 0 of 2 times without the patch again, and 2 are needed
$ awk '/"cases": \[/ { print "  \"cases\": [],"; k = 1; next } k && /^  \],/ { k = 0; next } !k { print }' proof.json >lie.json; ./judge | cut -d: -f1 | sort -u
The proof does not hold.
counts
empty
$ sed 's/\(+sum=\)4/\17/' proof.json >lie.json; ./judge | sed 's/ is [0-9a-f]*….*/ is …/; s/[0-9a-f]\{12\}/TREE/g'
patch: its SHA-256 is …
tree: base and patch give the tree TREE, and not TREE
The proof does not hold.
$ sed 's/"text": "diff.*/"text": "trust me"/' proof.json >lie.json; ./judge | cut -d: -f1
patch
patch
The proof does not hold.
$ cd w && sh "$SOURCE/tests/fix/forged.sh" ../proof.json 'sed -i s/5/4/ src/10-sum.sh' >../lie.json; cd .. && RUN='--times 1' ./judge
The proof holds.
$ cd w && sh "$SOURCE/tests/fix/forged.sh" ../proof.json 'echo sum 5 >tests/alpha/cases' >../lie.json; cd .. && ./judge
tests: tests/alpha/cases: it may be read and not changed
tests: the patch changes what it is judged by
The proof does not hold.
$ cd w && sh "$SOURCE/tests/fix/forged.sh" ../proof.json 'echo 1 >limits/tolerance' >../lie.json; cd .. && ./judge | head -1
tests: limits/tolerance: it may be read and not changed
$ cd w && sh "$SOURCE/tests/fix/forged.sh" ../proof.json 'sed -i "s/\"runs\": 2/\"runs\": 1/" noctule.json' >../lie.json; cd .. && ./judge | head -1
tests: noctule.json: it may be read and not changed
$ sed 's/"tests",/"tests\/none",/' lie.json >lie2.json; ./judge ../lie2.json | grep ^policy
policy: its base is judged by other paths of tests and limits than it says
$ cd w && sh "$SOURCE/tests/fix/forged.sh" ../proof.json 'sed -i s/5/4/ src/10-sum.sh; echo x >agents/more.md' >../lie.json; cd .. && ./judge
policy: agents/more.md: it is outside of what may be changed
The proof does not hold.
$ cd w && sh "$SOURCE/tests/fix/forged.sh" ../proof.json 'sed -i s/5/4/ src/10-sum.sh; ln -s /etc/passwd src/90-x.sh' >../lie.json; cd .. && ./judge | head -1
paths: src/90-x.sh: it is a symbolic link
$ cd w && sh "$SOURCE/tests/fix/forged.sh" ../proof.json 'sed -i s/5/6/ src/10-sum.sh' >../lie.json; cd .. && ./judge; RUN='--times 1' ./judge | head -2
Nothing speaks against the proof; nothing was run.
results: alpha/sum in compat/alpha/cpu passed 0 of 1 times with the patch: the sum is 6, not 4
results: alpha/sum in compat/alpha/fast passed 0 of 1 times with the patch: the sum is 6, not 4
$ cd w && sh "$SOURCE/tests/fix/forged.sh" ../proof.json 'echo sum=4 product=7 >src/10-sum.sh' >../lie.json; cd .. && RUN='--times 1' ./judge
results: alpha/product in compat/alpha/cpu passes without the patch and not with it
results: alpha/product in compat/alpha/fast passes without the patch and not with it
The proof does not hold.
$ sed '/"kept": {/,/}/s/"sha256": "......../"sha256": "00000000/' proof.json >lie.json; ./judge; RUN='--times 1' ./judge | sed 's/[0-9a-f]\{16\}…/HASH/g'
Nothing speaks against the proof; nothing was run.
results: other cases are kept here: 4 with the SHA-256 HASH, and it says 4 with HASH
The proof does not hold.
$ cd w && sh "$SOURCE/tests/fix/forged.sh" ../proof.json 'echo if >src/10-sum.sh' >../lie.json; cd .. && RUN='--times 1' ./judge | cut -c1-40
results: the fixed tree: it does not bui
The proof does not hold.
$ sed 's/"signature": "..../"signature": "0000/' proof.json >lie.json; RUN='--times 1' ./judge | head -1
results: alpha/sum in compat/alpha/cpu failed 0 of 1 times as the proof says, without the patch: the sum is 5, not 4
$ sed 's/"cell": "compat.alpha.fast"/"cell": "compat\/alpha\/gone"/' proof.json >lie.json; RUN='--times 1' ./judge | grep -c 'alpha/gone'
2
$ sed '/"base": {/,/}/s/"commit": ".\{10\}/"commit": "0123456789/' proof.json >lie.json; ./judge | sed 's/0123456789../BASE/'
base: BASE is not in this repository; fetch it first
The proof does not hold.
$ sed '/"culprit": {/,/}/s/"commit": "........../"commit": "0123456789/' proof.json >lie.json; ./judge | sed 's/0123456789../IT/'
culprit: IT is not in this repository
The proof does not hold.
$ id=$(git -C w rev-parse main); at=$(sed -n '/"base": {/,/}/s/.*"commit": "\(.*\)".*/\1/p' proof.json); later=$(git -C w -c user.name=A -c user.email=a@localhost commit-tree -p "$at" -m later "$at^{tree}"); sed "/\"culprit\": {/,/}/{s/\"commit\": \"[0-9a-f]*/\"commit\": \"$later/;s/\"subject\": \".*\",/\"subject\": \"later\",/}" proof.json >lie.json; ./judge | sed 's/[0-9a-f]\{12\}/ID/g'
culprit: ID does not lead to the base ID
The proof does not hold.
$ sed '/"culprit": {/,/}/s/"subject": "/&not /' proof.json >lie.json; ./judge | cut -d: -f1
culprit
The proof does not hold.
$ # Made where more cases were not applicable: what cannot be compared here is said, and is not called whole.
$ sed '/^  "\(before\|after\)": {/,/}/s/"na": 0/"na": 1/' proof.json >lie.json; cd w; noctule verify --times 1 ../lie.json 2>/dev/null | sed -n '/^unchecked/p; $p'; noctule verify --times 1 --json ../lie.json 2>/dev/null >../said; echo $?; grep -E '"(holds|ran|complete|kept.sha256)"' ../said; noctule verify --times 1 --json ../proof.json 2>/dev/null | grep '"complete"'
unchecked  kept.sha256: other cases apply to this machine
The proof holds in all that could be compared here. Not compared: the names of 4 cases that still pass.
3
  "holds": true,
  "ran": true,
  "complete": false,
    "kept.sha256"
  "complete": true,
$ sed 's/"scope": ""/"scope": "cell=compat\/alpha\/cpu"/' proof.json >lie.json; ./judge
scope: compat/alpha/fast was to be mended, and is not in what was swept
scope: compat/beta/cpu was to be mended, and is not in what was swept
scope: compat/beta/fast was to be mended, and is not in what was swept
The proof does not hold.
$ sed 's/"scope": ""/"scope": "cell=compat\/alpha\/cpu,compat\/alpha\/fast,compat\/beta\/cpu,compat\/beta\/fast"/' proof.json >lie.json; RUN='--times 1' ./judge
The proof holds.
$ for lie in 's/^    "role": ".*/    "role": "x",/' 's/^    "driver": ".*/    "driver": "x",/' 's/^    "base_tree": "../&00/' 's/^    "verdict": ".*/    "verdict": "refused",/' 's/^      "refusals": \[\]/      "refusals": [{"name": "outside"}]/' 's/^      "turns": /&-/'; do sed "/^  \"receipt\": {/,/^  }/$lie" proof.json >lie.json; cmp -s proof.json lie.json && echo "same: $lie"; ./judge | cut -d: -f1 | head -1; done
receipt
receipt
receipt
receipt
receipt
receipt
$ sed 's/"review": null/"review": {"verdict": "NO_LAND"}/' proof.json >lie.json; ./judge | head -1; sed 's/"sandbox": "[a-z]*"/"sandbox": "fort"/' proof.json >lie.json; ./judge | head -1 | cut -d';' -f1
review: the verdict is NO_LAND, and not LAND
sandbox: there is no sandbox level "fort"
$ sed 's/"needed": 2/"needed": 1/' proof.json >lie.json; ./judge
policy: 1 failures were needed, and its base asks for 2
The proof does not hold.
$ sed 's/"subject": "scratch"/"subject": "other"/' proof.json >lie.json; ./judge
subject: it is about other, and this is scratch
The proof does not hold.
$ sed 's/"prefix": ""/"prefix": "src"/' proof.json >lie.json; ./judge | head -1
subject: it is about what lies in "src", not in ""
$ sed 's/"needed"/"neded"/' proof.json >lie.json; cd w; noctule verify ../lie.json
? 2
! ../lie.json: runs: "needed" is missing
$ cd w; noctule verify ../nothing.json
? 2
! nothing.json
$ cd w; noctule verify
? 64
! which proof?
