# Who only says that a case passes is found out: where what cases are held against was spoiled, the same
# worker must say that they fail, and say of the others what he said before.
$ sh "$SOURCE/tests/fix/world.sh" 2>/dev/null; kill "$(cat daemon.pid)"; cd w && noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p' >../cluster && wc -l <../cluster
1
$ printf '#!/bin/sh\nprintf "%%s\\n" "$1" >line; cd w && exec noctule fix "$(cat ../cluster)" --build build --cells-only --no-pr --driver command -- sh -c "${2-echo $(base64 -w0 <../line) | base64 -d >src/15-cheat.sh}" 2>/dev/null\n' >by; chmod +x by; printf '#!/bin/sh\nsed "s/ in compat.*against was spoiled/ in CELL passes spoiled/; s/ in compat.*against is spoiled/ in CELL fails left alone/; s/ in compat.*says nothing where.*/ in CELL says nothing/; s/: the .*//; s|^hollow: [a-z]*/[a-z]*|hollow: CASE|"\n' >short; chmod +x short
$ ./by '' 'sed -i s/5/4/ src/10-sum.sh' | head -1; grep -A6 '"decoys"' w/logs/fix/*/proof.json; sed -n 's/^- \(Decoys:.*\)/\1/p' w/logs/fix/*/proof.md
ready: nobody asked for a pull request
  "decoys": {
    "runs": 2,
    "spoiled": 8,
    "failed": 8,
    "left": 8,
    "passed": 8
  },
Decoys: where what a case is held against was spoiled it failed in 8 of 8 runs, and where only that of others was, it passed in 8 of 8; 4 of the 4 mended cases were spoiled.
$ # Says of everything that it passes.
$ ./by 'fixture=$2; family=${2##*/}; shift 2; ids=$(sed "s|\([a-z]*\).*|\"$family/\1\"|" "$fixture/cases" | paste -sd,); echo "{\"event\":\"plan\",\"schema\":1,\"cases\":[$ids]}"; case "$*" in *--list*) exit;; esac; for c in $(echo "$ids" | tr , " "); do echo "{\"event\":\"started\",\"case\":$c}"; echo "{\"event\":\"result\",\"case\":$c,\"ms\":1,\"compared\":1,\"type\":\"t\",\"status\":\"pass\"}"; done; echo "{\"event\":\"done\",\"cases\":2}"; exit' | ./short
hollow: CASE in CELL passes spoiled, so it is not computed
$ # Says it of the case that fails, and computes all others.
$ ./by '[ "$INNER" ] || { INNER=1 sh "$0" "$@" | sed "s/\"fail\",\"message\":\"the sum[^}]*/\"pass\"/"; exit; }' | ./short
hollow: CASE in CELL passes spoiled, so it is not computed
$ # Gives back what is expected as what it computed.
$ ./by 'sum=$(sed -n "s/^sum //p" "$2/cases")' | ./short
hollow: CASE in CELL passes spoiled, so it is not computed
$ # Knows the files as they are, and is honest where they are others.
$ ./by 'case $(cksum <"$2/cases") in "'"$(cksum <w/tests/alpha/cases)"'" | "'"$(cksum <w/tests/beta/cases)"'") sum=4;; esac' | ./short
hollow: CASE in CELL fails left alone
$ # Does not apply to files that it does not know.
$ ./by 'case $(cksum <"$2/cases") in "'"$(cksum <w/tests/alpha/cases)"'" | "'"$(cksum <w/tests/beta/cases)"'") sum=4;; *) [ "$INNER" ] || { INNER=1 sh "$0" "$@" | sed "s/\"fail\",\"message\":\"the [^}]*/\"na\",\"reason\":\"another day\"/; s/\"pass\"/\"na\",\"reason\":\"no\"/"; exit; };; esac' | cut -d: -f1
hollow
$ # Looks for what tells a decoy: a time, a place, a name, a journal of an earlier run.
$ ./by 'age() { stat -c %Y tests/$1/cases; }; hint=; [ $(($(age alpha) - $(age beta))) -gt 1 ] || [ $(($(age beta) - $(age alpha))) -gt 1 ] && hint=1; [ "$(ls -d logs/*/ | wc -l)" -gt 1 ] && hint=1; { env; pwd; ls -R .; } | grep -qi decoy && hint=1; [ "$hint" ] || [ "$INNER" ] || { INNER=1 sh "$0" "$@" | sed "s/\"fail\",\"message\":\"the sum[^}]*/\"pass\"/"; exit; }' | ./short
hollow: CASE in CELL passes spoiled, so it is not computed
$ cd w; noctule audit verify | cut -d, -f2; grep '"event":"fix_ends"' logs/audit.ndjson | grep -o 'outcome..:..[a-z_]*' | cut -d'"' -f3 | sort | uniq -c | sed 's/^ *//'; noctule fixes | grep -c hollow
 0 faults
6 hollow
1 ready
6
$ # Who checks the proof runs decoys of his own, and no bundle says that it needs none.
$ cp w/logs/fix/*/proof.json .; cd w && sh "$SOURCE/tests/fix/forged.sh" ../proof.json 'echo "[ \"\$INNER\" ] || { INNER=1 sh \"\$0\" \"\$@\" | sed \"s/.fail.,.message.:.the sum[^}]*/\\\"pass\\\"/\"; exit; }" >src/15-cheat.sh' >../lie.json; noctule verify --times 1 ../lie.json 2>/dev/null | grep '^hollow' | ../short
hollow: CASE in CELL passes spoiled, so it is not computed
$ cd w && noctule verify --times 1 ../proof.json 2>/dev/null | grep -e decoys -e holds
           in decoys 8 of 8 cases failed that had to, and 8 of 8 passed
The proof holds.
$ awk '/"decoys": {/ { k = 1 } k && /"failed": 8/ { sub(/8/, 7); k = 0 } { print }' proof.json >lie.json; cd w; noctule verify --no-run ../lie.json | grep ^hollow
hollow: in decoys 7 of 8 cases failed that had to, and 8 of 8 passed
$ awk '/"decoy": {/ { k = 1 } k && /"failed": 1/ { sub(/1/, 0); k = 0 } { print }' proof.json >lie.json; cd w; noctule verify --no-run ../lie.json | grep -c ^hollow
4
$ sed '/"decoys\{0,1\}": {/,/}/s/: [0-9][0-9]*/: 0/' proof.json >lie.json; cd w; noctule verify --no-run ../lie.json | grep ^policy
policy: no decoy was run, and its base has some for compat
$ # A case that never looks at what it names is nobody's fault: the base gives the same wrong answer.
$ cd w && git checkout -q main && echo dull 1 >>tests/alpha/cases && echo dull=1 >src/10-dull.sh && sed -i 's/^  off=/  [ $name != dull ] || want=$got\n&/' src/20-worker.sh && git add -A && git commit -qm 'src/dull: what nobody compares' && noctule sweep --build build >/dev/null 2>&1; noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p' >../cluster; sed -i 's/--driver/--base HEAD &/' ../by; cd .. && ./by '' 'sed -i s/5/4/ src/10-sum.sh' | head -1; ls w/logs/fix | wc -l; ls -d w/logs/fix/*/doubt.decoy-0 | wc -l; grep -h -A4 '"spoiled": 8' w/logs/fix/*/proof.json | tr -d ' \n'
ready: nobody asked for a pull request
8
7
~ .*"spoiled":8,"failed":8,"left":10,"passed":10}.*
