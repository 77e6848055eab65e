# Role files: what they may, whether their text agrees, and the forms that others read.
$ noctule agents lint $SOURCE/agents
3 roles, 0 faults
$ printf -- '---\nname: bold\ndescription: d\ntools: Read, Edit\nnoctule:\n  edit: [src/]\n  read-only: []\n  network: none\n  budget: {seconds: 1, turns: 1, tokens: 1, usd: 1}\n  diff: {files: 1, lines: 1, bytes: 1}\n---\nNever force push.\n```\ngit push --force\n```\n' >bold.md; noctule agents lint bold.md
? 1
bold.md:14: contradiction: it does "push --force", and elsewhere it forbids to force push
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
$ noctule agents export --roles $SOURCE/agents --out forms --check && echo same
same
$ echo more >>forms/AGENTS.md; noctule agents export --roles $SOURCE/agents --out forms --check
? 1
AGENTS.md
