# Attempts at a change: honest ones are verified, and each way to cheat has its name.
$ mkdir -p repo/src repo/tests repo/agents repo/docs && cd repo && git init -q -b trunk && git config user.email a@b && git config user.name n && echo 42 >src/value && echo 42 >tests/expected && printf 'cmp src/value tests/expected\n' >tests/run && echo d >docs/d && printf -- '---\nname: mender\ndescription: mends\ntools: Read, Edit\nnoctule:\n  edit: [src/]\n  read-only: [src/base, tests/]\n  network: none\n  budget: {seconds: 20, turns: 5, tokens: 1000, usd: 1, output-bytes: 100000}\n  diff: {files: 3, lines: 20, bytes: 4000}\n---\nMend it.\n' >agents/mender.md && git add . && git commit -qm "all: good" && git tag good && echo 41 >src/value && echo new >src/added && echo dd >docs/d && git commit -qam "src: bad" && git add src/added && git commit -q --amend --no-edit && git tag bad && echo later >src/later && git add . && git commit -qm "src: later"
$ cd repo; printf '#!/bin/sh\nline=$1; shift; exec noctule agents run command --logs ../logs --role agents/mender.md --require limits --verify "sh tests/run" --times 2 --receipt ../receipt.json "$@" -- sh -c "$line"\n' >../try; chmod +x ../try
$ cd repo; ../try 'echo 42 >src/value; rm -rf .git; exit 1' --out ../fix.patch | head -3
command: verified
  1 files, +1 −1 lines
  with the change 2 of 2 runs pass, without it 2 of 2 fail
$ cd repo; grep -E '"(verdict|passed|control_failed|level|trailers)"' ../receipt.json
  "verdict": "verified",
~     "level": "(namespaces|landlock|limits)",
    "passed": 2,
    "control_failed": 2
  "trailers": ""
$ cd repo; git status --short; git apply --check ../fix.patch && sed -n 's/^[+-]4/&/p' ../fix.patch
-41
+42
$ cd repo; ../try 'echo 41 >tests/expected' --level limits | head -1
command: refused: read_only tests/expected: it may be read and not changed
$ cd repo; ../try 'echo 42 >src/value; printf "true\n" >tests/run' --level limits | head -1
command: refused: read_only tests/run: it may be read and not changed
$ cd repo; ../try 'echo 42 >src/value; echo x >docs/d' | head -1
command: refused: outside docs/d: it is outside of what may be changed
$ cd repo; ../try 'rm src/value; ln -s ../tests/expected src/value' | head -1
command: refused: symlink src/value: it is a symbolic link
$ cd repo; ../try 'rm src/value' | head -1
command: refused: deletion src/value: it was deleted
$ cd repo; ../try 'echo all tests pass' | head -1
command: refused: nothing: nothing was changed
$ cd repo; ../try 'echo 43 >src/value' --out ../bad.patch; ls ../bad.patch
? 2
command: unverified: with the change the check still fails
...
$ cd repo; ../try 'echo 1 >src/other' --verify true | head -1
command: uncontrolled: without the change the check passes too
$ cd repo; ../try 'sleep 60' --role ../hasty.md
? 2
! hasty.md
$ cd repo; sed 's/seconds: 20/seconds: 1/; s/mender/hasty/' agents/mender.md >../hasty.md; ../try 'echo 42 >src/value; sleep 60' --role ../hasty.md | head -1
command: cut: limit of time
$ cd repo; ../try 'yes' | head -1
command: cut: limit of output
$ cd repo; ../try 'setsid sleep 777123 & echo 42 >src/value' | head -1; pgrep -f 'sleep 777123'
? 1
command: verified
$ cd repo; mkdir ../remote; git init -q --bare ../remote; git remote add origin "file://$PWD/../remote"; ../try 'git push --force origin HEAD; echo 42 >src/value' | head -1; git --git-dir=../remote for-each-ref
command: verified
$ cd repo; noctule agents run bisect-and-revert --logs ../logs --role agents/mender.md --require limits --culprit bad --verify 'sh tests/run' --out ../revert.patch
bisect-and-revert: verified
  1 files of the revert lie where the role may not write
  2 files, +1 −2 lines
  with the change 3 of 3 runs pass, without it 3 of 3 fail
$ cd repo; grep '^diff' ../revert.patch
diff --git a/src/added b/src/added
diff --git a/src/value b/src/value
$ cd repo; noctule agents run bisect-and-revert --logs ../logs --role agents/mender.md --require limits --culprit good
? 1
~ bisect-and-revert: failed: reverting .*: the first commit of all cannot be reverted
$ cd repo; noctule agents run patch --logs ../logs --role agents/mender.md --require limits --patch ../fix.patch --verify 'sh tests/run' --times 1 | head -1
patch: verified
$ cd repo; git diff good bad -- docs >../docs.patch; noctule agents run patch --logs ../logs --role agents/mender.md --require limits --patch ../docs.patch | head -1
patch: failed: applying the patch in .: hunk at line 1 did not apply
$ cd repo; noctule agents run patch --logs ../logs --role agents/mender.md
? 64
! patch needs --patch
$ cd repo; noctule agents run dance
? 64
! there is no driver "dance"
$ noctule audit verify
~ [1-9][0-9] entries, 0 faults, head [0-9a-f]+
$ grep -c '"event":"attempt_ends"' logs/audit.ndjson; grep -o 'verdict[^,]*refused' logs/audit.ndjson | head -1
~ [1-9][0-9]
verdict\":\"refused
$ sed -i 's/refused/alright/' logs/audit.ndjson; noctule audit verify
? 1
~ logs/audit.ndjson, byte [0-9]+: it was changed after it was written
...
~ [0-9]+ entries, [1-9][0-9]* faults, .*
$ cd repo && ../try 'echo 42 >src/value'
? 2
! the audit is broken
$ noctule audit verify --logs nowhere
? 2
! nowhere
