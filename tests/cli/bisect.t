# A culprit inside a merged branch, one where nothing builds, one behind another failure, one that
# flickers, each found or honestly not, in a repository with merges; the checkout stays as it was.
# Of 26 commits, log2 of which is 4.7, at most 7 are built, the one with the revert included; asked
# once more afresh, nothing is built twice.
$ sh "$SOURCE/tests/bisect/scratch.sh" "$PWD/repo" && echo made
made
$ cd repo && git checkout -q good && noctule sweep --build build >/dev/null 2>&1; git checkout -q trunk && noctule sweep --build build >/dev/null 2>&1
? 1
$ cd repo && git rev-parse culprit flips other hidden hidden~1 >../ids && find . -path ./logs -prune -o -type f -print0 | sort -z | xargs -0 sha256sum >../before
$ cd repo && BUILDS=$PWD/../builds noctule bisect --cache ../cache --build build --cell compat/alpha/cpu --case alpha/sum >../sum 2>../words; echo $?; sed "s/$(git rev-parse --short=12 culprit)/CULPRIT/" ../sum
0
alpha/sum in compat/alpha/cpu: the answer is 5, not 4
~ [0-9a-f]+ good, [0-9a-f]+ bad, 26 commits between

~ culprit     CULPRIT  2023-11-1[45]  Ada: src: sum is wrong from here
~ confidence  (0[.]99[0-9]+|1[.]0000)
status      confirmed: it failed in 3 of 3 runs, its parent passed in 3 of 3
revert      without it, on top of the bad commit, the case passes
~ flake       fails in [0-9.]+ % of runs of a sound commit, passes in [0-9.]+ % of a broken one
~ work        [0-9]+ runs in [0-9.]+ s, [0-9] builds in [0-9.]+ s, 0 not buildable
...
~ diary       .*/logs/bisect/[0-9a-f]+/bisect.ndjson
$ [ "$(wc -l <builds)" -le 7 ] && echo few
few
$ cd repo && BUILDS=$PWD/../again noctule bisect --cache ../cache --build build --cell compat/alpha/cpu --case alpha/sum --fresh >/dev/null 2>&1; cat ../again
? 1
! No such file
$ cd repo && noctule bisect --build build --cache ../cache --cell compat/alpha/cpu --case alpha/sum --json | grep -E '"(answer|status|revert|commits)"'
! this was answered before
  "commits": 26,
  "answer": "culprit",
  "status": "confirmed",
  "revert": "passes",
$ cd repo && sig=$(grep -h -o '"signature":"[0-9a-f]*"' logs/bisect/*/bisect.ndjson | sort | uniq -c | sort -n | tail -n 1 | cut -d'"' -f4) && noctule bisect "$sig" --cache ../cache --build build | head -n 1
! this was answered before
alpha/sum in compat/alpha/cpu: the answer is 5, not 4
$ cd repo && noctule bisect "$(noctule clusters | sed -n 's/^\([0-9a-f]*\)  the answer is 5.*/\1/p')" --cache ../cache --build build | head -n 1
! this was answered before
alpha/sum in compat/alpha/cpu: the answer is 5, not 4
$ cd repo && noctule bisect nothing --cache ../cache --build build
? 2
! no cluster begins with "nothing", and no signature of run
$ cd repo && noctule bisect --cache ../cache --build build --cell compat/alpha/cpu --case alpha/late >../late
? 1
! skip
$ sed -n 's/^range  *//p' late; grep -c "$(sed -n 4p ids | cut -c1-12)" late
one of 4 commits, which no test can tell apart:
2
$ cd repo && noctule bisect --cache ../cache --build build --cell compat/alpha/cpu --case alpha/other >../other
? 1
! other
$ sed -n 's/^range  *//p' other; grep -c '^  0[.].* src: other is wrong from here' other
one of 7 commits, which no test can tell apart:
1
$ cd repo && noctule bisect --any --cache ../cache --build build --cell compat/alpha/cpu --case alpha/other 2>/dev/null | grep ^culprit | cut -d' ' -f10-
Ada: src: other crashes from here
$ cd repo && : >../turns && TURNS=$PWD/../turns noctule bisect --cache ../cache --build build --cell compat/alpha/cpu --case alpha/flaky 2>/dev/null | grep -E '^(culprit|status)' | cut -c13-
~ [0-9a-f]+ .*flaky is wrong from here
~ confirmed.*
$ cd repo && find . -path ./logs -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | cmp - ../before && git status --porcelain
$ cd repo && noctule bisect
? 64
! which case? Give --cell and --case, or a cluster
$ cd repo && noctule bisect --cell compat/alpha/cpu --case alpha/nothing
? 2
! no sweep has run the case "alpha/nothing"
$ cd repo && noctule bisect --build build --cell compat/alpha/cpu --case alpha/sum --good trunk --bad good
? 2
! good and bad are swapped: the bad commit, 
! lies in the history of the good one, 
$ cd repo && noctule bisect --build build --cell compat/alpha/cpu --case alpha/sum --good trunk --bad trunk
? 2
! the good and the bad commit are one, 
$ cd repo && noctule bisect --build build --cell compat/alpha/cpu --case alpha/sum --good nowhere
? 2
! there is no commit "nowhere"
$ cd repo && noctule bisect --build build --cell compat/beta/cpu --case alpha/sum --good good --bad trunk --cache ../cache
? 2
! the bad commit has no cell "compat/beta/cpu"
$ cd repo && noctule bisect --build build --cell compat/alpha/cpu --case alpha/sum --good good --bad culprit~1 --cache ../cache 2>/dev/null | grep '^not'
~ not reproduced  the case does not fail this way at .*
$ cd repo && noctule bisect --build build --cell compat/alpha/cpu --case alpha/sum --good culprit --bad trunk --cache ../cache 2>/dev/null | grep -o '^good is bad'
good is bad
