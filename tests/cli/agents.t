# Role files: what they may, whether their text agrees, and the forms that others read.
$ noctule agents lint $SOURCE/agents
3 roles, 0 faults
$ printf -- '---\nname: bold\ndescription: d\ntools: Read, Edit\nnoctule:\n  edit: [src/]\n  read-only: []\n  network: none\n  budget: {seconds: 1, turns: 1, tokens: 1, usd: 1}\n  diff: {files: 1, lines: 1, bytes: 1}\n---\nNever force push.\n```\ngit push --force\n```\n' >bold.md; noctule agents lint bold.md
? 1
bold.md:14: contradiction: it does "push --force", and elsewhere it forbids to force push
1 roles, 1 faults
$ # README.md is passed over in a folder and among others; alone it is asked for, and is no role.
$ noctule agents lint $SOURCE/agents/*.md
3 roles, 0 faults
$ noctule agents lint $SOURCE/agents/README.md | sed 's/.*README/README/'
README.md: the first line is not ---, so it has no front matter
1 roles, 1 faults
$ noctule agents lint nowhere
? 2
! nowhere
$ noctule agents export --roles $SOURCE/agents --out forms | sort
.claude/agents/git.md
.claude/agents/reviewer.md
.claude/agents/test-runner.md
.claude/settings.json
.codex/hooks.json
.gemini/policies/noctule.toml
.gemini/settings.json
AGENTS.md
$ # The hook of a role's front matter lets pass what the role may, and nothing else.
$ hook=$(sed -n 's/^hooks: //p' forms/.claude/agents/test-runner.md | sed 's/.*"command":"\(noctule hook pre-command[^"]*\)".*/\1/'); mkdir -p co/engine co/tests; cd co; : >noctule.json; for path in engine/x.c tests/x.c engine/check/y.c README.md; do printf '{"hook_event_name":"PreToolUse","tool_name":"Edit","cwd":"%s","tool_input":{"file_path":"%s/%s"}}' "$PWD" "$PWD" $path | sh -c "$hook --root . --log ../log" >/dev/null 2>&1; echo "$path $?"; done
engine/x.c 0
tests/x.c 2
engine/check/y.c 2
README.md 2
$ hook=$(sed -n 's/^hooks: //p' forms/.claude/agents/reviewer.md | sed 's/.*"command":"\(noctule hook pre-command[^"]*\)".*/\1/'); cd co; for line in 'cat noctule.json' 'make check' 'touch engine/x'; do printf '{"hook_event_name":"PreToolUse","tool_name":"Bash","cwd":"%s","tool_input":{"command":"%s"}}' "$PWD" "$line" | sh -c "$hook --root . --log ../log" >/dev/null 2>&1; echo "$line $?"; done
cat noctule.json 0
make check 2
touch engine/x 2
$ noctule agents export --roles $SOURCE/agents --out one --session reviewer >/dev/null; grep -c "level read --read-only '\*\*'" one/.codex/hooks.json; noctule agents export --roles $SOURCE/agents --out one --session nobody
? 2
3
! there is no role "nobody"
$ noctule agents export --roles $SOURCE/agents --out forms --check && echo same
same
$ echo more >>forms/AGENTS.md; noctule agents export --roles $SOURCE/agents --out forms --check
? 1
AGENTS.md
