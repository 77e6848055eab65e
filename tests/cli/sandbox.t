# A command in a sandbox: its own copy, its own status, and nothing of ours.
$ git init -q repo && cd repo && git config user.email a@b && git config user.name n && mkdir src && echo one >src/file && git add . && git commit -qm "first: one"
$ cd repo && noctule sandbox --require limits -- sh -c 'cat src/file; ls -A; echo two >src/file; exit 5'; echo $?; cat src/file
one
src
5
one
$ cd repo && NOCTULE_SECRET=s3cret noctule sandbox --require limits -- sh -c 'env | grep -c s3cret'
? 1
0
$ cd repo && NOCTULE_SECRET=s3cret noctule sandbox --require limits --env NOCTULE_SECRET --env MORE=1 -- sh -c 'echo $NOCTULE_SECRET $MORE'
s3cret 1
$ cd repo && noctule sandbox --require limits --seconds 1 -- sleep 60
? 2
! ended, for it exceeded its limit of time
$ cd repo && noctule sandbox --level limits -- true
? 2
! the sandbox reaches the level "limits" and "namespaces" is required
$ cd repo && noctule sandbox --require jail -- true
? 64
! there is no sandbox level "jail"; there are limits, landlock, namespaces
$ cd repo && noctule sandbox --require limits -- /usr/nonexistent
? 2
! noctule sandbox: cannot start /usr/nonexistent in a sandbox: there is no such program in it
$ cd repo && noctule sandbox --require limits --level limits -- /usr/nonexistent
? 2
! noctule sandbox: cannot start /usr/nonexistent in a sandbox: there is no such program in it
$ cd repo && noctule sandbox
? 64
! a command is wanted behind "--"
$ cd repo && noctule sandbox --require limits --report ../report.json -- sh -c 'kill -9 $$'; echo $?; grep '"signal"' ../report.json
137
  "signal": 9,
$ # A program is looked up where the command would look, at each level, and not in our PATH.
$ mkdir mine && printf '#!/bin/sh\necho mine\n' >mine/mine && cp mine/mine mine/uname && chmod +x mine/*; cd repo; for l in limits landlock namespaces; do noctule sandbox --which | grep -q "^yes $l" || continue; PATH=$PWD/../mine:$PATH noctule sandbox --require limits --level $l -- mine 2>&1 | sed 's/.*cannot/cannot/'; PATH=$PWD/../mine:$PATH noctule sandbox --require limits --level $l -- uname -s 2>/dev/null; done | grep -v ^bwrap | sort -u
Linux
cannot start mine in a sandbox: there is no such program in it
$ cd repo; mkdir bin && cp ../mine/mine bin/ && git add bin && git commit -qm "bin: mine"; for l in limits landlock namespaces; do noctule sandbox --which | grep -q "^yes $l" || continue; noctule sandbox --require limits --level $l --env PATH=bin:/usr/bin:/bin -- mine 2>/dev/null; done | sort -u
mine
$ # Run through, nothing is added to what a command says and to how it ends; it begins where it is told, in nothing of its own.
$ cd repo && chmod 711 .. ../..; pwd >../root; noctule sandbox --require limits --through --empty --readable "$PWD" --cwd "$PWD" -- sh -c 'pwd; cat src/file; ls -A "$TMPDIR"; echo chat >&2; echo x >src/file; kill -SEGV $$' >../out 2>../err; echo $?; cmp ../root ../out 2>&1 | grep -c EOF; grep -v 'Read-only\|Permission\|fault' ../err; cat src/file
139
1
chat
one
$ cd repo && noctule sandbox --empty --tree . -- true
? 64
! --empty is a folder of its own
$ # One file is one file: what is closed, or not ours to give, is not given under another name either.
$ mkdir -p ties/shut ties/open && chmod 711 ties && echo one >ties/shut/f && ln ties/shut/f ties/open/f; noctule sandbox --require limits --tree ties --read-only shut -- sh -c 'echo two >open/f'; echo $?; cat ties/shut/f; noctule sandbox --require limits --tree ties --read-only shut --read-only open/f -- sh -c 'echo two >open/f' 2>/dev/null; cat ties/shut/f
! open/f has another name (a hard link)
2
one
one
$ cp ties/shut/f mine/f && ln -f mine/f ties/open/f; noctule sandbox --require limits --tree ties -- sh -c 'echo two >open/f'; cat mine/f; rm mine/f; noctule sandbox --require limits --tree ties -- sh -c 'echo two >open/f; ln open/f open/g'; noctule sandbox --require limits --tree ties -- cat open/g
! open/f has another name (a hard link)
one
two
