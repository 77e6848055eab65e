# A message is read in the encoding that its commit says, as git does to show it, to its end; what
# cannot be read so is refused.
$ export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main . && git config user.name Ada && git config user.email ada@example.org && echo '{"schema":1,"rules":[{"kind":"subject","form":"file"},{"kind":"banned","words":["naïve","secret"]},{"kind":"text"}]}' >noctule.json && git add . && git commit -qm 'a: b' && printf 'tree %s\nparent %s\nauthor Ada <ada@example.org> 1 +0000\ncommitter Ada <ada@example.org> 1 +0000\n' "$(git rev-parse HEAD^{tree})" "$(git rev-parse HEAD)" >head
$ printf '%s\n' 'of() { { cat head; [ -z "$1" ] || printf "encoding %s\n" "$1"; printf "\n"; cat; } | git hash-object -t commit -w --stdin --literally; }' 'try() { git reset -q --hard "$(of "$1")" && noctule check --range HEAD~1..HEAD 2>&1 | grep -v mend: | sed "s/[0-9a-f]\{12\}/ID/"; }' >lib; . ./lib; printf 'a: b\n\nna\357ve.\n' | try latin1
ID body:3: banned: the word "naïve" is banned here
3 rules, 1 commit: 1 error
$ . ./lib; printf 'a: b\n\n+AHMAZQBjAHIAZQB0-\n' | try UTF-7; printf 'a: secret' | iconv -t UTF-16 | try UTF-16; printf 'a: secret\n' | iconv -t UTF-16BE | try utf-16be
ID body:3: banned: the word "secret" is banned here
3 rules, 1 commit: 1 error
ID subject:1: banned: the word "secret" is banned here
3 rules, 1 commit: 1 error
ID subject:1: banned: the word "secret" is banned here
3 rules, 1 commit: 1 error
$ . ./lib; printf 'a: \343\201\202\n' | try utf8; printf 'a: \202\240' | try SHIFT_JIS
3 rules, 1 commit: 0 errors
3 rules, 1 commit: 0 errors
$ . ./lib; printf 'a: b\n\n\377' | try UTF-16; printf 'a: b\n' | try klingon; printf 'a: b \377\n' | try UTF-8//IGNORE; printf 'a: b\n\n\202' | try SHIFT_JIS
noctule check: reading ID: its message is not in the encoding that it says, "UTF-16"
noctule check: reading ID: nobody here knows the encoding "klingon" of its message
noctule check: reading ID: nobody here knows the encoding "UTF-8//IGNORE" of its message
noctule check: reading ID: its message is not in the encoding that it says, "SHIFT_JIS"
$ . ./lib; printf 'a: b\n\nc\0 secret\n' | try ''
ID body:3: banned: the word "secret" is banned here
ID body:3: text: a character that is not seen, U+0000, at byte 2
3 rules, 1 commit: 2 errors
