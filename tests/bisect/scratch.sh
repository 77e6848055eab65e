#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# scratch.sh FOLDER: makes a repository to bisect in: a worker put together by a build, twenty odd
# commits with merges, a stretch that cannot be built, and a culprit inside a merged branch. Tags:
# good, culprit (sum is wrong), flips (flaky is wrong), hidden (late is wrong, in the stretch).
#   alpha/sum    passes or fails, steadily     alpha/flaky  turns each seventh answer round
#   alpha/late   breaks where nothing builds   alpha/other  fails another way for a while
set -eu
mkdir -p "$1"
cd "$1"
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@localhost
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@localhost
now=1700000000
git init -q -b trunk .

commit() {
    now=$((now + 60))
    git add -A
    GIT_AUTHOR_DATE="$now +0000" GIT_COMMITTER_DATE="$now +0000" git commit -qm "$1"
}
merge() {
    now=$((now + 60))
    GIT_AUTHOR_DATE="$now +0000" GIT_COMMITTER_DATE="$now +0000" git merge -q --no-ff -m "$2" "$1"
}
note() { echo "$1" >>docs.md; commit "docs: $1"; }
code() { echo "# $1" >>src/90-end.sh; commit "src: $1"; }

cat >noctule.json <<'END'
{
  "schema": 1, "name": "scratch",
  "build": [["sh", "build.sh", "{build}"]],
  "bisect": {"inputs": ["src", "build.sh"], "keep": ["{build}/worker"]},
  "suites": [{
    "name": "compat", "kind": "noctule-check", "fixtures": "fixtures/*/cases",
    "command": ["{build}/worker", "check", "{fixture}", "--backend", "{backend}"],
    "axes": {"backend": ["cpu"]},
    "time_limit": {"default_s": 20, "floor_s": 5, "factor": 3, "startup_s": 20}
  }]
}
END
cat >build.sh <<'END'
set -eu
mkdir -p "$1"
cat src/*.sh >"$1/worker"
sh -n "$1/worker"
chmod +x "$1/worker"
[ -z "${BUILDS:-}" ] || echo x >>"$BUILDS"
END
mkdir -p src fixtures/alpha
printf 'sum\nflaky\nlate\nother\n' >fixtures/alpha/cases
echo '#!/bin/sh' >src/00-shell.sh
echo sum=4 >src/10-sum.sh
for word in flaky late other; do echo "$word=right" >src/10-$word.sh; done
cat >src/20-worker.sh <<'END'
shift; fixture=$1; shift; cases=; list=
while [ $# -gt 0 ]; do case $1 in --backend) shift;; --case) shift; cases="$cases $1";; --list) list=1;; esac; shift; done
[ "$cases" ] || for c in $(cat "$fixture/cases"); do cases="$cases alpha/$c"; done
quoted=; for c in $(cat "$fixture/cases"); do quoted="$quoted${quoted:+,}\"alpha/$c\""; done
echo "{\"event\":\"plan\",\"schema\":1,\"cases\":[$quoted]}"
[ "$list" ] && exit 0
say() { echo "{\"event\":\"result\",\"case\":\"$1\",\"status\":\"$2\",\"ms\":1,\"compared\":1,\"type\":\"t\"$3}"; }
judge() { if [ "$2" = "$3" ]; then say "$1" pass ''; else say "$1" fail ",\"message\":\"the answer is $2, not $3\""; fi; }
turn() { n=$(wc -l <"$TURNS"); echo x >>"$TURNS"; [ $((n % 7)) = 3 ]; }
for c in $cases; do
  [ -z "${SLOW:-}" ] || sleep "$SLOW"
  echo "{\"event\":\"started\",\"case\":\"$c\"}"
  case $c in
    alpha/sum*) judge $c "$sum" 4;;
    alpha/flaky) if [ "${TURNS:-}" ] && turn; then [ $flaky = right ] && flaky=wrong || flaky=right; fi; judge $c $flaky right;;
    alpha/late) judge $c $late right;;
    alpha/other) if [ $other = broken ]; then kill -SEGV $$; fi; judge $c $other right;;
    *) exit 2;;
  esac
done
echo '{"event":"done","cases":1}'
END
echo 'exit 0' >src/90-end.sh
echo logs/ >.gitignore
echo ledger/ >>.gitignore
echo build/ >>.gitignore
commit 'the worker'
git tag good
note 'how to read it'
code 'first words'
git checkout -q -b early good
code2() { echo "# $1" >>src/30-more.sh; commit "src: $1"; }
code2 'a branch'
sed -i 's/flaky=right/flaky=wrong/' src/10-flaky.sh
commit 'src: flaky is wrong from here'
git tag flips
code2 'a branch goes on'
git checkout -q trunk
merge early 'merge the early branch'
note 'why it is so'
echo 'if' >>src/80-half.sh
commit 'src: half a change'
sed -i 's/late=right/late=wrong/' src/10-late.sh
commit 'src: late is wrong from here'
git tag hidden
code 'in the middle of it'
rm src/80-half.sh
commit 'src: the other half'
note 'what it costs'
sed -i 's/other=right/other=broken/' src/10-other.sh
commit 'src: other crashes from here'
git checkout -q -b late
code2 'another branch'
sed -i 's/sum=4/sum=5/' src/10-sum.sh
commit 'src: sum is wrong from here'
git tag culprit
code2 'another branch goes on'
git checkout -q trunk
code 'meanwhile'
merge late 'merge the late branch'
sed -i 's/other=broken/other=wrong/' src/10-other.sh
commit 'src: other is wrong from here'
git tag other
for word in one two three four five six; do code "word $word"; done
note 'the end'
