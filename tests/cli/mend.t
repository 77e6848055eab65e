# What a fix mended: told by the sweep that finds the cases fixed, when the swept commit has the change; in ledger, dashboard and index, and the same after a rebuild.
$ printf '%s\n' '#!/bin/sh' 'f=${1##*/}; shift 2; l=; s=; while [ $# -gt 0 ]; do case $1 in --list) l=1;; --case) s="$s $2"; shift;; esac; shift; done' 'printf "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"$f/a\",\"$f/b\",\"$f/c\"]}\n"; [ "$l" ] && exit; n=0' 'for c in ${s:-$f/a $f/b $f/c}; do printf "{\"event\":\"started\",\"case\":\"$c\"}\n"; n=$((n + 1))' 'w=$(cat src/* | grep "^$c " | cut -d" " -f2-); v=${w%% *}' 'printf "{\"event\":\"result\",\"case\":\"$c\",\"status\":\"${v:-pass}\",\"type\":\"t\",\"compared\":4,\"message\":\"${w#* }\"}\n"' 'done; printf "{\"event\":\"done\",\"cases\":$n}\n"' >worker; chmod +x worker
$ mkdir -p repo/fixtures/alpha repo/src && mv worker repo && cd repo && printf '{"schema":1,"name":"scripted","suites":[{"name":"s","kind":"noctule-check","fixtures":"fixtures/*","command":["./worker","{fixture}","{backend}"],"axes":{"backend":["cpu"]}}]}' >noctule.json && touch fixtures/alpha/x && printf '/logs/\n/ledger/\n' >.gitignore && : >src/norm && git init -q -b trunk && git config user.email a@b && git config user.name n && git add . && git commit -qm good && printf 'alpha/a fail token 12 is wrong\nalpha/b fail token 12 is wrong\n' >src/norm && git commit -qam bad && noctule sweep >../out 2>&1
? 1
$ cd repo && noctule clusters | sed 1d | cut -d' ' -f3- | cut -c1-17; noctule clusters --json | sed -n 's/.*"cluster": "\(.*\)".*/\1/p' >../hash
token 12 is wrong
$ cd repo && noctule cluster "$(cat ../hash)" | grep -E '^(mended|Tried)' | wc -l; noctule cluster "$(cat ../hash)" --json | grep -A1 -E '"(mends|fixes)"'
0
  "mends": [],
  "fixes": []
}
$ cd repo && git checkout -qb noctule/fix/one && : >src/norm && git commit -qam 'Revert "bad"' && git rev-parse HEAD 'HEAD^{tree}' HEAD~ >../ids && git checkout -q trunk && printf '%s\n' 'exec >logs/fix/$1/fix.json; set -- "$1" "$2" $(cat ../ids ../hash)' 'cat <<END' '{"schema":1,"id":"$1","cluster":"$6","words":"token is | wrong","subject":"scripted","base":"$5","tree":"$4","commit":"$3","state":"ended","outcome":"opened","reason":"","role":"test-runner","driver":"bisect-and-revert","culprit":"","begun_ms":1795142111000,"ended_ms":1795142211000,"pr":{"number":$2,"url":"https://forge.example/a/b/pull/$2"},"proof_sha256":"d591e72bbd6eff1ae4e5f08b8bd7f1d1f9cde33ff8a3d4a8db90f5aab8ea8d93","paths":["src/norm"],"cases":[{"cell":"s/alpha/cpu","case":"alpha/a"},{"cell":"s/alpha/cpu","case":"alpha/b"},{"cell":"s/alpha/cpu","case":"alpha/c"}]}' END >../record && mkdir -p logs/fix/one && sh ../record one 7
$ cd repo && noctule cluster "$(cat ../hash)" | sed -n '/^Tried/,/^one/p'
Tried to be mended:
~ fix  cluster +cause +state +outcome +PR +age
~ one  [0-9a-f]+  token is \| wrong  ended  opened   #7  .*
$ cd repo && cp -r . ../elsewhere && cp -r . ../by-hand && cp -r . ../unproven && cp -r . ../squashed && cp -r . ../later && cp -r . ../old
$ sleep 1; cd repo && git merge -q --ff-only noctule/fix/one && noctule sweep 2>/dev/null | sed -n '/^Since/,/^Mended/p' | sed "s/$(cut -c1-12 ../hash)/CLUSTER/; s/$(sed -n 1p ../ids | cut -c1-12)/COMMIT/; s/.* (.......): /Since: /"
Since: 2 fixed, 1 still_passing
Mended: 2 cases of token is | wrong (cluster CLUSTER) by #7, https://forge.example/a/b/pull/7, in commit COMMIT
$ cd repo && sed -n '/^## Mended/,/^## Failure/p' ledger/0002-* | sed "s/$(cut -c1-12 ../hash)/CLUSTER/; s/$(sed -n 1p ../ids)/COMMIT/"
## Mended

| cluster | cause | cases | pull request | commit | proof | fix |
|:--|:--|--:|:--|:--|:--|:--|
| CLUSTER | token is \| wrong | 2 | [#7](https://forge.example/a/b/pull/7) | COMMIT | sha256 d591e72bbd6eff1ae4e5f08b8bd7f1d1f9cde33ff8a3d4a8db90f5aab8ea8d93 | one |

## Failure groups
$ cd repo && grep -c '^## Mended' ledger/0001-*
? 1
0
$ cd repo && grep -o '<p><a href="causes.html#mended">Mended</a>: .*</a>[.]</p>' logs/dashboard/index.html; grep -c '<h2 id="mended">' logs/dashboard/causes.html; noctule cluster "$(cat ../hash)" | grep -c '^mended      2 cases in run .* by #7, https://forge.example/a/b/pull/7, in commit'
<p><a href="causes.html#mended">Mended</a>: 2 cases of token is | wrong by <a href="https://forge.example/a/b/pull/7">#7</a>.</p>
1
1
$ cd repo && noctule status --json | sed -n '/"mends"/,/]/p' | sed "s/$(cat ../hash)/CLUSTER/; s/$(sed -n 1p ../ids)/COMMIT/; /\"mends\"/,\$s/\"run\": \"[^\"]*\"/\"run\": \"RUN\"/" >../mends; cat ../mends; sed -n '/^ "run"/,/^ }/p' logs/dashboard/data.json | sed -n '/"mends"/,/]/p' | sed "s/$(cat ../hash)/CLUSTER/; s/$(sed -n 1p ../ids)/COMMIT/; /\"mends\"/,\$s/\"run\": \"[^\"]*\"/\"run\": \"RUN\"/" | tr -d ' ,\n' >../data; tr -d ' ,\n' <../mends | cmp - ../data; grep -c '"mends": \[\]' logs/dashboard/data.json
  "mends": [
    {
      "run": "RUN",
      "fix": "one",
      "cluster": "CLUSTER",
      "words": "token is | wrong",
      "pr": 7,
      "url": "https://forge.example/a/b/pull/7",
      "commit": "COMMIT",
      "how": "commit",
      "proof_sha256": "d591e72bbd6eff1ae4e5f08b8bd7f1d1f9cde33ff8a3d4a8db90f5aab8ea8d93",
      "cases": 2
    }
  ]
1
$ cd repo && sqlite3 -readonly logs/noctule.db 'select fix, pr, how, cases from mend' 2>/dev/null || echo one'|7|commit|2'; noctule status >../before; noctule cluster "$(cat ../hash)" --json >../json; cp ledger/0002-* ../entry; noctule db rebuild >/dev/null && noctule status | cmp - ../before && noctule cluster "$(cat ../hash)" --json | cmp - ../json && noctule ledger verify && grep -A12 '"mends"' ../json | grep -E '"(fix|how|cases|pr)"'
one|7|commit|2
~ 2 entries: 0 faults, 2 confirmed by the index, 0 of runs that are not in it
      "fix": "one",
      "pr": 7,
      "how": "commit",
      "cases": 2
$ sleep 1; cd repo && printf 'alpha/a fail token 12 is wrong\nalpha/b fail token 12 is wrong\n' >src/norm && git commit -qam again && noctule sweep 2>/dev/null | grep -c ^Mended; grep -c 'mended before</dt><dd>by <a href="https://forge.example/a/b/pull/7">#7</a>, 2 cases in' logs/dashboard/causes.html
0
1
$ cd squashed && : >src/norm && echo 1 >other && git add . && git commit -qm 'norm: mended (#7)' && git rev-parse --short=12 HEAD >../landed && echo >>src/norm && git commit -qam 'norm: and changed' && git branch -qD noctule/fix/one && noctule sweep 2>/dev/null | sed -n "s/^Mended.*commit $(cat ../landed)/landed/p"
landed
$ cd elsewhere && printf '\n' >src/norm && git commit -qam 'mended by somebody else' && noctule sweep 2>/dev/null | grep -cE '^(Mended|Since.*2 fixed)'; grep -c '^## Mended' ledger/0002-*
? 1
1
0
$ cd unproven && sed -i 's/"proof_sha256":"[^"]*"/"proof_sha256":""/' logs/fix/one/fix.json && git merge -q --ff-only noctule/fix/one && noctule sweep 2>/dev/null | grep -cE '^(Mended|Since.*2 fixed)'
1
$ cd later && mkdir logs/fix/two && sh ../record two 9 && sed -i 's/"commit":"[^"]*"/"commit":""/; s/"begun_ms":17951421/"begun_ms":17951431/' logs/fix/two/fix.json && git merge -q --ff-only noctule/fix/one && noctule sweep 2>/dev/null | grep -c '^Mended: 2 cases .* by #7'; grep -c '"event":"mend"' logs/*/events.ndjson | grep -c ':1$'
1
1
$ cd old && echo 'alpha/a fail the heap is gone' >src/heap && git add . && git commit -qm heap && sed -i 's/"commit":"[^"]*"/"commit":""/' logs/fix/one/fix.json && git merge -q noctule/fix/one -m merged && noctule sweep 2>/dev/null | grep -c '^Mended: 1 case '; sleep 1; git rm -q src/heap && git commit -qm 'no heap' && noctule sweep 2>/dev/null | grep -cE '^(Mended|Since.* 1 fixed)'
1
1
