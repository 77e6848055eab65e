# What is text its bytes say: no attribute, of the commit or of the checkout, hides what it adds.
$ export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main . && git config user.name Ada && git config user.email ada@example.org && echo '{"schema":1,"rules":[{"kind":"content","paths":["*.c"],"forbid":"FORBIDDEN"},{"kind":"size","lines":50,"binary":false}]}' >noctule.json && printf 'x\0y\n' >was.c && git add . && git commit -qm one && git switch -qc t && printf '*.c -diff\n' >.gitattributes && echo FORBIDDEN >a.c && seq 500 >>a.c && git add . && git commit -qm two && noctule check --range HEAD~1..HEAD
~ [0-9a-f]+ a.c:1: content: "FORBIDDEN" must not stand here
...
~ [0-9a-f]+ diff: size: 502 lines added and removed, over 50
...
? 1
$ git rm -q .gitattributes && git commit -qm three && printf '*.c binary\n*.b diff\n' >.git/info/attributes && echo FORBIDDEN >b.c && git add . && noctule check --staged | grep -c FORBIDDEN
1
$ git commit -qm four && noctule check --range HEAD~1..HEAD | grep -c FORBIDDEN
1
$ printf 'x\0FORBIDDEN\n' >c.b && git add . && git commit -qm five && noctule check --range HEAD~1..HEAD
~ [0-9a-f]+ c.b: size: is no text
...
? 1
$ echo FORBIDDEN >was.c && git add . && git commit -qm six && noctule check --range HEAD~1..HEAD # it was no text
~ [0-9a-f]+ was.c:1: content: "FORBIDDEN" must not stand here
...
? 1
$ seq 1000000 >long && git add . && git commit -qm seven && noctule check --range HEAD~1..HEAD
~ [0-9a-f]+ diff: size: 1000000 lines added and removed, over 50
...
? 1
