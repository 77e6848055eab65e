# Attempts at a change: honest ones are verified, and each way to cheat has its name.
$ mkdir -p repo/src repo/tests repo/agents repo/docs && cd repo && git init -q -b trunk && git config user.email a@b && git config user.name n && echo 42 >src/value && echo 42 >tests/expected && printf 'cmp src/value tests/expected\n' >tests/run && echo d >docs/d && printf -- '---\nname: mender\ndescription: mends\ntools: Read, Edit\nnoctule:\n  edit: [src/]\n  read-only: [src/base]\n  tests: [tests/]\n  network: none\n  budget: {seconds: 20, turns: 5, tokens: 1000, usd: 1, output-bytes: 100000}\n  diff: {files: 3, lines: 20, bytes: 4000}\n---\nMend it.\n' >agents/mender.md && git add . && git commit -qm "all: good" && git tag good && echo 41 >src/value && echo new >src/added && echo dd >docs/d && git commit -qam "src: bad" && git add src/added && git commit -q --amend --no-edit && git tag bad && echo later >src/later && git add . && git commit -qm "src: later"
$ cd repo; printf '#!/bin/sh\nline=$1; shift; exec noctule agents run command --logs ../logs --role agents/mender.md --require limits --verify "sh tests/run" --times 2 --receipt ../receipt.json "$@" -- sh -c "$line"\n' >../try; chmod +x ../try
$ cd repo; ../try 'printf "\\033]0;title\\007 said\\n"; printf "\\033[8m hidden\\n" >&2' 2>&1 | grep -aE 'said|hidden' | sort
?[8m hidden
?]0;title? said
$ cd repo; ../try 'echo 42 >src/value; rm -rf .git; exit 1' --out ../fix.patch | head -3
command: verified
  1 files, +1 −1 lines
  with the change 2 of 2 runs pass, without it 2 of 2 fail
$ cd repo; grep -E '"(verdict|passed|control_failed|level|trailers)"' ../receipt.json
  "verdict": "verified",
~     "level": "(namespaces|landlock|limits)",
~     "level": "(namespaces|landlock|limits)",
    "passed": 2,
    "control_failed": 2
  "trailers": ""
$ cd repo; git status --short; git apply --check ../fix.patch && sed -n 's/^[+-]4/&/p' ../fix.patch
-41
+42
$ cd repo; ../try 'echo 41 >tests/expected' --level limits | head -1
command: refused: edits_test tests/expected: dash opened it for writing
$ cd repo; ../try 'echo 42 >src/value; printf "true\n" >tests/run' --level limits | head -1
command: refused: edits_test tests/run: dash opened it for writing
$ cd repo; ../try 'echo 42 >src/value; printf "true\n" >tests/run' --level limits | sed -n 2p
  also edits_test tests/run: it is a test, and not to be changed
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
$ cd repo; for level in namespaces landlock; do noctule sandbox --which | grep -q "^yes $level" || continue; ../try 'setsid sleep 777123 & echo 42 >src/value' --level $level | head -1; done | sed 's/daemon: [a-z]* was/daemon: P was/' | sort -u; pgrep -f 'sleep 777123'
? 1
command: refused: daemon: P was still there when the command had ended: a process of its own
$ cd repo; mkdir ../remote; git init -q --bare ../remote; git remote add origin "file://$PWD/../remote"; for level in namespaces landlock; do noctule sandbox --which | grep -q "^yes $level" || continue; ../try 'git push --force origin HEAD; echo 42 >src/value' --level $level | head -1; done | sort -u; git --git-dir=../remote for-each-ref
command: refused: force_push: dash started git to push over what others have: git push --force origin HEAD
$ cd repo; for level in namespaces landlock; do noctule sandbox --which | grep -q "^yes $level" || continue; ../try 'git push origin HEAD; echo 42 >src/value' --level $level | head -1; done | sort -u
command: refused: push: dash started git to push: git push origin HEAD
$ cd repo; for level in namespaces landlock; do noctule sandbox --which | grep -q "^yes $level" || continue; ../try 'perl -MIO::Socket::INET -e "IO::Socket::INET->new(q(192.0.2.1:80))"; echo 42 >src/value' --level $level --out ../bad.patch | head -1; done | sort -u; ls ../bad.patch
? 2
command: refused: network: perl asked for a socket of a network: a socket of IPv4, a stream
$ cd repo; ../try 'git push origin HEAD; setsid sleep 777123 & echo 42 >src/value' | head -2
command: refused: push: dash started git to push: git push origin HEAD
~   also daemon: [a-z]+ was still there when the command had ended: a process of its own
$ cd repo; sed 's/network: none/network: none\n  attempts: record/; s/mender/curious/' agents/mender.md >../curious.md; ../try 'git push origin HEAD; echo 42 >src/value' --role ../curious.md | head -2; grep -A8 '"tried": \[' ../receipt.json
command: verified
  tried push: dash started git to push: git push origin HEAD
  "tried": [
    {
      "name": "push",
      "path": "",
      "text": "dash started git to push: git push origin HEAD"
    }
  ],
  "change": {
    "files": 1,
$ cd repo; sed 's/network: none/network: none\n  attempts: ignore/' agents/mender.md >../mender.md; noctule agents run patch --role ../mender.md --patch ../fix.patch
? 2
! attempts at what is forbidden: refuse or record
$ cd repo; noctule agents run bisect-and-revert --logs ../logs --role agents/mender.md --require limits --culprit bad --verify 'sh tests/run' --out ../revert.patch
bisect-and-revert: verified
  1 files of the revert lie where the role may not write
  2 files, +1 −2 lines
  with the change 3 of 3 runs pass, without it 3 of 3 fail
~   guards: .*
$ cd repo; grep '^diff' ../revert.patch
diff --git a/src/added b/src/added
diff --git a/src/value b/src/value
$ cd repo; noctule agents run bisect-and-revert --logs ../logs --role agents/mender.md --require limits --culprit good
? 1
~ bisect-and-revert: failed: reverting .*: the first commit of all cannot be reverted
$ cd repo; noctule agents run patch --logs ../logs --role agents/mender.md --require limits --patch ../fix.patch --verify 'sh tests/run' --times 1 | head -1
patch: verified
$ cd repo; for to in src/moved docs/moved; do printf 'diff --git a/src/later b/%s\nsimilarity index 100%%\nrename from src/later\nrename to %s\n' $to $to >../rename.patch; noctule agents run patch --logs ../logs --role agents/mender.md --require limits --patch ../rename.patch --out ../renamed | head -1; done; grep -E '^(rename|deleted|new|[+-])' ../renamed
patch: proposed
patch: refused: outside docs/moved: it is outside of what may be changed
deleted file mode 100644
--- a/src/later
+++ /dev/null
-later
new file mode 100644
--- /dev/null
+++ b/src/moved
+later
$ cd repo; git diff good bad -- docs >../docs.patch; noctule agents run patch --logs ../logs --role agents/mender.md --require limits --patch ../docs.patch | head -1
patch: failed: applying the patch in .: hunk at line 1 did not apply
$ cd repo; noctule agents run patch --logs ../logs --role agents/mender.md
? 64
! patch needs --patch
$ # A guard that was not tried is none: no work is handed out, unless somebody asks for just that.
$ cd repo; ../try 'echo 42 >src/value' --level limits | sed -n 1,5p; grep -A9 '"guards"' ../receipt.json
command: verified
  1 files, +1 −1 lines
  with the change 2 of 2 runs pass, without it 2 of 2 fail
  sandbox: limits
  guards: unproven, the level "limits" has no walls to try
  "guards": {
    "proven": false,
    "level": "limits",
    "tried": 0,
    "unproven": 1,
    "kept": false,
    "took_ms": 0,
    "why": "the level \"limits\" has no walls to try"
  },
  "attempts": "refuse",
$ cd repo; noctule agents run command --logs ../logs --role agents/mender.md --level limits --receipt ../none.json -- touch ../ran; ls ../none.json
? 2
! no work is handed out with guards unproven: the level "limits" has no walls to try; --require limits does so all the same
$ cd repo; mkdir ../shown; XDG_CACHE_HOME=$PWD/../shown TMPDIR=$PWD/../nowhere noctule agents run command --logs ../logs --role agents/mender.md --receipt ../none.json --require landlock -- true; ls ../none.json ../shown
? 2
! trying the guards, without which no work is handed out
../shown:
$ cd repo; noctule sandbox --which | grep -q '^yes namespaces' || exit 0; noctule agents run command --logs ../logs --role agents/mender.md --receipt ../receipt.json -- sh -c 'echo 42 >src/value' >/dev/null; grep -A4 '"guards"' ../receipt.json | grep -E 'proven|level' | sort
    "level": "namespaces",
    "proven": true,
    "unproven": 0,
$ # Whose code is known needs no guards: a patch that nobody runs.
$ cd repo; TMPDIR=$PWD/../nowhere noctule agents run patch --logs ../logs --role agents/mender.md --patch ../fix.patch
patch: proposed
  1 files, +1 −1 lines
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
