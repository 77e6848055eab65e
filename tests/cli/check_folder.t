# In a folder of a larger repository every path of the rules counts from the noctule.json: globs, links
# and where builds run. What lies elsewhere begins with "../".
$ export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main . && git config user.name Ada && git config user.email ada@example.org && mkdir -p sub/ro sub/bin sub/src && cd sub && echo '{"schema":1,"rules":[{"kind":"paths","allowed":["src/","bin/","ro/","noctule.json","AGENTS.md"],"read_only":["ro/**"]},{"kind":"modes","executables":["bin/**"],"links":["AGENTS.md"]},{"id":"words","kind":"content","paths":["src/**"],"forbid":"evil"},{"kind":"links","paths":["AGENTS.md"]},{"kind":"builds","commands":[["test","-e","noctule.json"]]}]}' >noctule.json && echo 1 >ro/x && git add -A && git commit -qm one && echo 2 >ro/x && echo evil >src/a && echo 1 >bin/run && chmod +x bin/run && echo 1 >AGENTS.md && echo 1 >../other && git add -A .. && git commit -qm two && noctule check --range HEAD~1..HEAD --build ../../scratch
~ [0-9a-f]+ other: paths: is outside of what may be changed
...
~ [0-9a-f]+ sub/ro/x: paths: is not to be changed
...
~ [0-9a-f]+ sub/src/a:1: words: "evil" must not stand here
...
~ [0-9a-f]+ AGENTS.md: links: is a file of its own, not a link to CLAUDE.md
...
? 1
! 5 rules, 1 commit: 4 errors
$ noctule check --rules sub/noctule.json --range HEAD~1..HEAD | grep -c '^[0-9a-f]'
4
$ cp sub/noctule.json ../rules.json; cd sub && noctule check --rules ../../rules.json --range HEAD~1..HEAD | grep -c 'sub/.*is outside'
4
$ rm -rf ../scratch ../rules.json
