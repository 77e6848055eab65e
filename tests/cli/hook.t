# A hook reads JSON and decides in the form of whoever asks; all that goes wrong is a refusal.
$ mkdir -p w/src w/tests && cd w && echo '{"schema":1}' >noctule.json && echo 'int x;' >src/a.c && echo '{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls src"},"cwd":"'"$PWD"'"}' >ok.json && sed 's/ls src/rm -rf \/etc/' ok.json >bad.json
$ cd w && noctule hook pre-command --dialect claude <ok.json
{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"}}
$ cd w && noctule hook pre-command --dialect claude <bad.json
{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"-rf is not an allowed option of rm"}}
? 2
! -rf is not an allowed option of rm
$ cd w && noctule hook pre-command --dialect codex <ok.json
{}
$ cd w && noctule hook pre-command --dialect codex <bad.json
~ .*"permissionDecision":"deny".*
? 2
! -rf is not an allowed option of rm
$ cd w && echo '{"hook_event_name":"PreToolUse","tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\\n*** Update File: src/a.c\\n*** Add File: hooks/x\\n"}}' | noctule hook pre-command --dialect codex
~ .*hooks/x may be read and not written.*
? 2
! hooks/x
$ cd w && for head in ' *** Add File: ' '*** ADD FILE: ' '*** Add File:'; do echo '{"hook_event_name":"PreToolUse","tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\\n*** Update File: src/a.c\\n'"$head"'hooks/x\\r\\n"}}' | noctule hook pre-command --dialect codex 2>&1 | grep -c 'hooks/x may be read and not written'; done
2
2
2
$ cd w && echo '{"hook_event_name":"BeforeTool","tool_name":"run_shell_command","tool_input":{"command":"cat src/a.c | sh"}}' | noctule hook pre-command --dialect gemini
~ \{"decision":"deny","reason":"sh is an interpreter.*
? 2
! interpreter
$ cd w && echo '{"hook_event_name":"beforeShellExecution","command":"ls","cwd":"'"$PWD"'"}' | noctule hook pre-command --dialect cursor
{"permission":"allow"}
$ cd w && echo '{"hook_event_name":"beforeReadFile","file_path":"/etc/passwd"}' | noctule hook pre-command --dialect cursor
~ \{"permission":"deny","user_message":"/etc/passwd lies outside.*
? 2
$ cd w && echo '{"event":"pre-command","tool":"command","command":"ls"}' | noctule hook pre-command
{"event":"pre-command","decision":"allow"}
$ cd w && echo '{"event":"stop"}' | noctule hook pre-command
? 2
~ .*"error":true\}
! the input speaks of stop
$ cd w && echo 'not json' | noctule hook pre-command --dialect claude
~ .*"permissionDecision":"deny".*
? 2
! the hook could not decide
$ cd w && noctule hook pre-command --dialect claude </dev/null
~ .*"permissionDecision":"deny".*
? 2
! the hook could not decide
$ cd w && echo '{"hook_event_name":"PreToolUse","tool_name":"Teleport","tool_input":{}}' | noctule hook pre-command --dialect claude 2>&1 >/dev/null
the tool Teleport is not known here
? 2
$ cd w && noctule hook no-such-event <ok.json
? 2
! there is no event "no-such-event"
$ cd w && noctule hook pre-command --no-such-option <ok.json
? 2
! no-such-option
$ cd w && noctule hook pre-command --dialect nobody <ok.json
? 2
! there is no dialect "nobody"
$ cd w && noctule hook
? 2
! one event is wanted
$ cd w && noctule hook pre-command --root /no/such/folder <ok.json
? 2
! cannot use the checkout
$ cd w && sleep 3 | noctule hook pre-command --dialect claude --seconds 1
~ .*it took too long.*
? 2
! it took too long
$ cd w && noctule hook pre-command --dialect claude --log /proc/no/such <ok.json
~ .*"permissionDecision":"deny".*
? 2
! could not leave its record
$ cd w && noctule hook pre-command --dialect claude <ok.json >/dev/full
? 2
$ cd w && noctule hooks log --decision deny | wc -l
9
$ cd w && noctule hooks log --decision error --json | grep -c took_ms
4
$ cd w && noctule hooks log --input "$(sha256sum <bad.json | cut -c1-64)" --dialect claude
~ 20.*Z  deny   pre-command  claude Bash: -rf is not an allowed option of rm
$ cd w && noctule hooks log --event on-fixed
? 1
$ cd w && cp logs/hooks.ndjson kept && sed -i 's/"deny"/"allow"/' logs/hooks.ndjson && noctule hooks log >/dev/null
? 2
! does not follow the one before it
$ cd w && sed 3d kept >logs/hooks.ndjson && noctule hooks log >/dev/null
? 2
! line 3 does not follow
$ cd w && cp kept logs/hooks.ndjson && printf half >>logs/hooks.ndjson && noctule hook pre-command --dialect claude <ok.json >/dev/null
? 2
! does not end in a whole line
$ cd w && rm logs/hooks.ndjson && noctule hooks log
? 2
! no hook has run here
$ cd w && echo '{"hook_event_name":"PostToolUse","tool_name":"Edit","tool_input":{"file_path":"'"$PWD"'/src/a.c"}}' >edit.json && noctule hook post-edit --dialect claude <edit.json
{}
$ cd w && printf 'int f(void) { \n\treturn system("x");\n}' >src/a.c && noctule hook post-edit --dialect claude <edit.json 2>&1 >/dev/null | sed "s|$PWD/||"
src/a.c:1: a blank at the end of the line
src/a.c:2: a tab
src/a.c:3: no newline at the end of the file
src/a.c:2: banned call: system()

$ cd w && echo '{"hook_event_name":"PostToolUse","tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\\n*** Update File: src/a.c\\n"}}' | noctule hook post-edit --dialect codex
~ \{"decision":"block","reason":"src/a.c:1: a blank.*
? 2
! banned call: system()
$ cd w && noctule hook post-edit --dialect claude --read-only 'src/' <edit.json
~ .*"decision":"block".*
? 2
! may be read and not written
$ cd w && noctule hook post-edit --dialect claude --editable 'lib/' <edit.json >/dev/null
? 2
! is not among what may be written
$ cd w && mkdir -p hooks/stop.d && printf '#!/bin/sh\nread x; echo "$x" >seen; exit 0\n' >hooks/stop.d/10-look && chmod +x hooks/stop.d/10-look && echo '{"event":"stop"}' | noctule hook stop && grep -c '"event":"stop","dialect":"noctule"' seen
{"event":"stop","decision":"allow"}
1
$ cd w && printf '#!/bin/sh\necho not yet >&2; exit 2\n' >hooks/stop.d/20-no && chmod +x hooks/stop.d/20-no && printf '#!/bin/sh\ntouch late\n' >hooks/stop.d/30-late && chmod +x hooks/stop.d/30-late && echo '{"event":"stop"}' | noctule hook stop; ls late 2>/dev/null
{"event":"stop","decision":"deny","reason":"20-no: not yet"}
? 2
! 20-no: not yet
$ cd w && printf '#!/bin/sh\nexit 1\n' >hooks/stop.d/20-no && echo '{"event":"stop"}' | noctule hook stop >/dev/null
? 2
! says neither yes (0) nor no (2)
$ cd w && printf '#!/bin/sh\nexec sleep 60\n' >hooks/stop.d/20-no && echo '{"event":"stop"}' | noctule hook stop --seconds 2 >/dev/null
? 2
! 20-no
$ cd w && chmod -x hooks/stop.d/20-no && echo '{"event":"stop"}' | noctule hook stop >/dev/null
? 2
! is not executable
$ cd w && rm hooks/stop.d/20-no && echo '{"event":"after-run"}' | noctule hook after-run
{"event":"after-run","decision":"allow"}
$ export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main r && cd r && git config user.name Ada && git config user.email ada@example.org && printf '{"schema":1,"rules":[{"kind":"subject","form":"file"},{"kind":"paths","read_only":["tests/**"]}]}' >noctule.json && git add . && git commit -qm 'noctule.json: the rules' && echo '{"event":"before-commit"}' | noctule hook before-commit >/dev/null
? 2
! could not decide
$ cd r && echo 1 >a && git add a && echo '{"event":"before-commit","message":"a: is one"}' | noctule hook before-commit
{"event":"before-commit","decision":"allow"}
$ cd r && echo '{"event":"before-commit","message":"Add one"}' | noctule hook before-commit >/dev/null
? 2
! is not of the form
$ cd r && mkdir tests && echo 1 >tests/t && git add tests && echo '{"event":"before-commit"}' | noctule hook before-commit >/dev/null
? 2
! tests/t
$ # Relative words mean what they mean in the caller's folder, which must be one of the tree, and by its own name.
$ cd w && mkdir -p .git tests/deep ../other && ln -sfn ../tests/deep src/link && ln -sfn "$PWD" ../same; for d in "$PWD/src" "$PWD/src/../tests" "$PWD/../other" "$PWD/.git" "$PWD/src/nope" "$PWD/src/a.c" "$PWD/src/link" "$PWD/src/link/.." "$PWD/../same/src" /; do for c in ls 'cat ../../x'; do echo '{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"'"$c"'"},"cwd":"'"$d"'"}' | noctule hook pre-command --dialect claude 2>&1 >/dev/null | sed "s|$PWD||; s|^|$c: |"; done; done
cat ../../x: ../../x lies outside of the tree
cat ../../x: ../../x lies outside of the tree
ls: /../other lies outside of the tree
cat ../../x: /../other lies outside of the tree
ls: /.git lies in .git, which only git's verbs touch
cat ../../x: /.git lies in .git, which only git's verbs touch
ls: /src/nope is no folder to be in
cat ../../x: /src/nope is no folder to be in
ls: /src/a.c is no folder to be in
cat ../../x: /src/a.c is no folder to be in
ls: /src/link leads through a link; name the folder itself
cat ../../x: /src/link leads through a link; name the folder itself
ls: /src/link/.. leads through a link; name the folder itself
cat ../../x: /src/link/.. leads through a link; name the folder itself
ls: /../same/src lies outside of the tree
cat ../../x: /../same/src lies outside of the tree
ls: / lies outside of the tree
cat ../../x: / lies outside of the tree
$ cd w && for t in '"Grep","tool_input":{"pattern":"x"}' '"Glob","tool_input":{"pattern":"*.c"}' '"Write","tool_input":{"file_path":"a.c"}'; do for d in "$PWD/src" "${PWD%/w}/other"; do echo '{"hook_event_name":"PreToolUse","tool_name":'"$t"',"cwd":"'"$d"'"}' | noctule hook pre-command --dialect claude 2>/dev/null | grep -o '"allow"\|outside'; done; done
"allow"
outside
"allow"
outside
"allow"
outside
$ cd w && echo '{"hook_event_name":"PreToolUse","tool_name":"Bash","cwd":"'"$PWD"'","tool_input":{"command":"rm a.c","workdir":"src/link/.."}}' | noctule hook pre-command --dialect codex --level edit --read-only 'tests/' 2>&1 >/dev/null
src/link/.. leads through a link; name the folder itself
? 2
$ # What is asked beside us is told where, too.
$ cd w && mkdir -p hooks/pre-command.d && printf '#!/bin/sh\ncat >seen\n' >hooks/pre-command.d/look && chmod +x hooks/pre-command.d/look && echo '{"hook_event_name":"PreToolUse","tool_name":"Bash","cwd":"'"$PWD"'/tests","tool_input":{"command":"ls","workdir":"../src"}}' | noctule hook pre-command --dialect codex && grep -o '"cwd":"[^"]*","root"' seen | sed "s|$PWD||"; rm -r hooks/pre-command.d
{}
"cwd":"/src","root"
$ # Rules of a folder below are another tree's; who writes them would be judged by them.
$ cd w && noctule hook --level edit --try 'touch src/noctule.json'
denied: src/noctule.json may be read and not written
? 1
$ cd other && noctule hook pre-command --dialect claude <../w/ok.json
? 2
! name the checkout with --root
$ cd w && noctule hook --try 'grep -rn main src | head -5'
allowed
$ cd w && noctule hook --try 'find . -delete'
denied: -delete is not an allowed option of find
? 1
$ cd w && noctule hook --level read --try 'make check'
denied: make is for the level "test", and this is "read"
? 1
$ noctule hook --allowed | grep -c '^read  git log'
1
$ cd w && sh "$SOURCE/hooks/validate-command" --dialect claude <bad.json >/dev/null
? 2
! not an allowed option
$ cd w && NOCTULE=/no/such PATH=/usr/bin:/bin sh -c 'cp "$SOURCE/hooks/validate-command" .; ./validate-command <ok.json'
? 2
! there is no noctule to ask
$ noctule hook --help | grep -c 'on-new-failure'
1
