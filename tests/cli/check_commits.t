# noctule check says what breaks which rule, where, and how to mend it.
$ export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main . && git config user.name Ada && git config user.email ada@example.org && printf '{"schema":1,"rules":[{"preset":"kernel"},{"kind":"one-commit"},{"kind":"base"},{"kind":"builds","commands":[["sh","build.sh","{build}"]]}]}' >noctule.json && echo 'test ! -e broken' >build.sh && git add . && git commit -qm first && git tag base
$ printf 'train.py: mend the loop\n\nIt ended one step early.\n\nGenerated-by: a tool\nSigned-off-by: Ada <ada@example.org>\n' >good; (cat good; echo '# a comment, however comprehensive') >draft; noctule check --message draft
! 13 rules, 1 commit: 0 errors; not asked
$ printf 'Mended the loop\n\n- a comprehensive list\n\nSigned-off-by: Claude <noreply@anthropic.com>\n' >bad; noctule check --message bad
subject:1: subject: "Mended the loop" is not of the form "file: brief"
    mend: begin with what is changed (or the type), a colon and a blank, then say it in brief
body:3: prose: an item of a list: "- a comprehensive list"
    mend: say it in sentences; what does not go into them may be two commits
body:3: banned: the word "comprehensive" is banned here
    mend: say what it does in plain words; of a tool only Generated-by speaks
trailer: trailers: Generated-by is missing; what is wanted is Generated-by: \S.*
    mend: the last paragraph holds the trailers, one "Token: value" a line, in the order given
trailer:5: sign-off: no person signs here: "Claude <noreply@anthropic.com>"
    mend: a person signs with `git commit -s`; a machine does not sign, it may assist
? 1
$ noctule check --message - <bad --json | grep -c '"rule":'
5
$ echo x >a && git add a && noctule check --staged
! 0 errors; not asked
$ mkdir -p defconfigs && echo 'CONFIG_X = y' >defconfigs/small && ln -s README.md AGENTS.md && git add . && noctule check --staged
AGENTS.md: links: is a link to "README.md", not to CLAUDE.md
...
defconfigs/small:1: defconfig: "CONFIG_X =" must not stand here
...
? 1
$ git reset -q && rm -rf defconfigs AGENTS.md && git add a && git commit -qF good && noctule check --range base..HEAD --upstream base --build scratch
! 13 rules, 1 commit: 0 errors
$ touch broken && git add broken && git commit -qF good && git rm -q broken && git commit -qF good && noctule check --range base.. --upstream base --build scratch
~ [0-9a-f]+ build: builds: "sh build.sh .*scratch/build" failed: it said nothing
    mend: each commit must build by itself: mend this one, not the one behind it
~ [0-9a-f]+ range: one-commit: 3 commits, over 1
    mend: `noctule git squash` makes one commit of them
? 1
$ noctule check --range HEAD..HEAD
? 2
! no commit lies between
$ noctule check --range base...HEAD
? 64
! two dots
$ noctule check --staged
? 2
! nothing is staged
$ noctule check --range nowhere..HEAD
? 2
! nowhere
$ noctule check --staged --range base..HEAD
? 64
$ printf '{"schema":1,"rules":[{"kind":"subjet"}]}' >rules.json && noctule check --rules rules.json --message good
? 2
! did you mean "subject"
$ printf '{"schema":1,"rules":[{"kind":"paths","allowed":["x"]}]}' >rules.json && noctule check --rules rules.json --message bad
! 0 errors; not asked, for what they need is not here: paths
$ noctule check --kinds | grep -c '^  [a-z]'
18
