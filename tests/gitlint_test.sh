#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gitlint_test.sh BIN: gitlint and noctule check, given the same rules, say the same of the same
# messages. Needs gitlint (PyPI), by PATH or $GITLINT.
set -u
gitlint=${GITLINT:-gitlint}
command -v "$gitlint" >/dev/null || { echo "gitlint is not installed"; exit 77; }
command -v git >/dev/null || { echo "git is not installed"; exit 77; }
noctule=$1/noctule
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 2
export GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C.UTF-8
git init -q .

cat >gitlint.ini <<'END'
[general]
ignore=T5,T7,T8,B5,B6,B7,B8,M1,I1,I2,I3,I4
ignore-merge-commits=false
ignore-revert-commits=false
ignore-fixup-commits=false
ignore-fixup-amend-commits=false
ignore-squash-commits=false
[title-max-length]
line-length=72
[body-max-line-length]
line-length=80
END
cat >noctule.json <<'END'
{"schema": 1, "rules": [
  {"kind": "subject", "pattern": ".", "end": "?:!.,;"},
  {"kind": "width", "subject": 72, "body": 80, "words": false},
  {"kind": "body", "separate": true},
  {"kind": "text", "emoji": true}
]}
END

# A message per line, its lines joined by |; ~ is a tab.
awk 'function times(s, n,   r) { while (n-- > 0) r = r s; return r }
BEGIN {
    for (width = 70; width <= 74; width++)
        for (last = 1; last <= 7; last++)
            for (body = 78; body <= 82; body += 2) {
                end = substr("x.,:;!?", last, 1)
                subject = times("a ", 30) times("b", width - 61) end
                line = times("c", body)
                print subject "||" line
                print subject "|" line
                print subject "||short|and~tab"
            }
    print "a~tab||b"; print "Merge it"; print "fixup! it."; print "ä" times("ö", 71); print "ä" times("ö", 72)
    print "subject||one||two||three"; print "x"; print "WIP: it"; print "subject||" times("ü", 80)
}' >corpus

messages=0 failed=0
while IFS= read -r line; do
    printf '%s\n' "$line" | tr '|~' '\n\t' >message
    messages=$((messages + 1))
    "$gitlint" --config gitlint.ini --msg-filename message >theirs 2>&1 </dev/null
    them=$?
    "$noctule" check --message message >ours 2>&1 </dev/null
    us=$?
    [ "$them" -gt 0 ] && them=1
    if [ "$us" != "$them" ]; then
        echo "gitlint says $them and noctule says $us of: $line"
        cat theirs ours
        failed=$((failed + 1))
    fi
done <corpus
echo "$messages messages, $failed judged differently"
[ "$messages" -gt 300 ] && [ "$failed" -eq 0 ]
