#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh NOCTULE TESTS SOURCE FOLDER: the story of a bad night. In a clone of SOURCE a faulty kernel is
# committed on top of five innocent commits. One sweep must say what broke, as one cluster with the
# right stage and op, and one bisection of that cluster must name the commit and no other. Then the
# commit is taken back, proven with a negative control, and offered as a pull request of one commit
# to a forge on loopback; after the merge the next sweep must call what failed fixed, and name the
# pull request that did it.
#
# The engine is built with little optimisation and for one level, once for the sweeps, once for the
# bisection and three times for the proof, each from nothing; all other builds are incremental. The
# fault is a row of tests/faults/table.json, FAULT, which says what the diagnosis has to be.
set -eu
noctule=$(realpath "$1") tests=$(realpath "$2") source=$(realpath "$3") folder=$(realpath -m "$4")
here=$(realpath "$(dirname "$0")")
fault=${FAULT:-native-rms-eps}
for tool in git cmake ninja python3; do
    command -v $tool >/dev/null || { echo "story: there is no $tool"; exit 77; }
done
git -c safe.directory='*' -C "$source" rev-parse -q --verify HEAD >/dev/null 2>&1 ||
    { echo "story: $source is not a git repository"; exit 77; }
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@localhost
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@localhost
# Two noctules at work: the one of this build, in the clone's own history and folders.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX || :
# Where compilers are behind a ccache, the builds of the clone and of the bisection are alike to it.
export CCACHE_BASEDIR="$folder" CCACHE_NOHASHDIR=1
rm -rf "$folder"
mkdir -p "$folder"
git -c safe.directory='*' clone -q "$source" "$folder/clone"
cd "$folder/clone"
git config user.name Ada && git config user.email ada@localhost
git checkout -qB main
git clone -q --bare . "$folder/up.git"
"$tests/forge_server" "$folder" 3000 >"$folder/server.log" 2>&1 </dev/null &
trap "kill $! 2>/dev/null || :" EXIT
while [ ! -s "$folder/port" ]; do sleep 0.1; done
forge=http://127.0.0.1:$(cat "$folder/port")
git remote set-url origin "$forge/git/up.git"
began=$(date +%s)

fail() {
    echo "story: $*" >&2
    for log in "$folder"/*.out; do
        echo "--- $log" >&2
        tail -n 25 "$log" >&2
    done
    exit 1
}
commit() {
    git add -A
    git diff --cached --quiet && fail "nothing to commit: $1"
    git commit -qm "$1"
}
step() { echo "$(($(date +%s) - began)) s: $*"; }
# The value of a member of --json, which is one a line; the first that has the name.
member() { sed -n "s/^ *\"$1\": \"\\{0,1\\}\\([^\",]*\\)\"\\{0,1\\},\\{0,1\\}\$/\\1/p" "$2" | head -n 1; }

# ---- a narrower noctule.json, so that a night has minutes ----

cat >noctule.json <<END
{
  "schema": 1, "name": "noctule-engine",
  "git": {"own": ["noctule/**"],
    "forge": {"kind": "github", "api": "$forge/github", "repo": "up/engine"}},
  "rules": [{"kind": "subject", "form": "file"}, {"kind": "width", "subject": 70, "body": 70},
            {"kind": "prose"}, {"kind": "one-commit"}, {"kind": "paths", "read_only": ["tests/**"]}],
  "fix": {"paths": ["engine/"], "tests": ["tests/"], "limits": ["engine/check/"], "runs": 2},
  "build": [
    ["cmake", "-S", ".", "-B", "{build}", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
     "-DCMAKE_C_FLAGS_RELEASE=-O1", "-DNOCTULE_LEVELS=plain"],
    ["cmake", "--build", "{build}", "--target", "noctule-engine"]
  ],
  "bisect": {"inputs": ["engine", "cmake", "CMakeLists.txt"], "keep": ["{build}/noctule-engine"]},
  "suites": [{
    "name": "compat", "kind": "noctule-check", "fixtures": "tests/models/*/cases.json",
    "command": ["{build}/noctule-engine", "check", "{fixture}", "--backend", "{backend}",
                "--dtype", "{dtype}", "--threads", "1"],
    "decoy": "goldens",
    "diagnose": ["{build}/noctule-engine", "diagnose", "{fixture}", "--case", "{case}",
                 "--backend", "{backend}", "--dtype", "{dtype}", "--threads", "1", "--json"],
    "diagnose_limit": {"cases": 3, "seconds": 60},
    "axes": {"backend": ["cpu", "cpu-native"], "dtype": ["f32"]},
    "time_limit": {"default_s": 120, "floor_s": 60, "factor": 20, "startup_s": 120}
  }]
}
END
commit 'noctule.json: fewer variants'
"$noctule" sweep --build build >"$folder/good.out" 2>&1 || fail "the sweep of a sound engine ends with $?"
step "a sweep of a sound engine: $(grep -m 1 ' cases: ' "$folder/good.out")"

# ---- five innocent commits and a guilty one ----

echo 'It sets out early in the night.' >>README.md
commit 'README: when it sets out'
sed -i '1a /* What is squared here is summed in double. */' engine/backend/cpu/norm.c
commit 'cpu/norm: say what is summed'
printf '%s\n' '/* SPDX-License-Identifier: Apache-2.0 */' '#include "engine/base/night.h"' '' \
    'int night_hours(void) {' '    return 8;' '}' >engine/base/night.c
printf '%s\n' '/* SPDX-License-Identifier: Apache-2.0 */' '/* night: how long it is. */' \
    '#pragma once' '' 'int night_hours(void);' >engine/base/night.h
commit 'base/night: how long it is'
sed -i '1a /* Each kernel of this file is compiled once per level. */' engine/backend/native/kernels/norm.c
commit 'native/norm: say how often it is compiled'
sed -i '1a /* The first token is the likeliest. */' engine/run/sampler.c
commit 'run/sampler: say which comes first'
python3 -B - "$here/../faults" "$fault" "$PWD" >"$folder/row" <<'END' || fail "the fault cannot be planted"
import sys
sys.path.insert(0, sys.argv[1])
import os
import table
row = next(r for r in table.load() if r["id"] == sys.argv[2])
text = table.apply(table.read(sys.argv[3], row["file"]), row)
with open(os.path.join(sys.argv[3], row["file"]), "w", encoding="utf-8") as f:
    f.write(text)
for key in ("kind", "stage", "op"):
    print(key, *row["expect"][key])
END
commit 'native/norm: one addition less'
guilty=$(git rev-parse HEAD)
git push -q origin main
git log --format='   %h %s' -n 7

# ---- the night ----

rc=0
"$noctule" sweep --build build >"$folder/bad.out" 2>&1 || rc=$?
[ $rc -eq 1 ] || fail "the sweep of a faulty engine ends with $rc and not with 1"
step "a sweep of the faulty one: $(grep -m 1 ' cases: ' "$folder/bad.out")"
"$noctule" clusters --json >"$folder/clusters.out" || fail "there are no clusters"
count=$(grep -c '^ *"cluster":' "$folder/clusters.out") || :
[ "$count" -eq 1 ] || fail "one fault has $count clusters"
cluster=$(member cluster "$folder/clusters.out")
"$noctule" cluster "$cluster" --json >"$folder/cluster.out" || fail "no cluster $cluster"
told=
while read -r key right; do
    said=$(member "$key" "$folder/cluster.out")
    case " $right " in *" $said "*) ;; *) fail "the $key is \"$said\" and should be $right" ;; esac
    [ -n "$said" ] || fail "the cluster has no $key"
    told="${told:+$told, }$key $said"
done <"$folder/row"
step "one cluster, $(echo "$cluster" | cut -c1-12), $(member cases "$folder/cluster.out") cases in" \
    "$(member cells "$folder/cluster.out") cells: $told"

# ---- the morning ----

"$noctule" bisect "$cluster" --build build --cache "$folder/cache" --json >"$folder/bisect.out" \
    2>"$folder/words.out" || fail "the bisection ends with $?"
found=$(sed -n '/"culprit"/,/}/s/.*"commit": "\([0-9a-f]*\)".*/\1/p' "$folder/bisect.out")
[ "$found" = "$guilty" ] || fail "the culprit is \"$found\" and should be $guilty"
status=$(member status "$folder/bisect.out") revert=$(member revert "$folder/bisect.out")
[ "$status" = confirmed ] || fail "the culprit is $status"
[ "$revert" = passes ] || fail "without it, on top, the case $revert"
step "the culprit of $(member commits "$folder/bisect.out") commits, $status, without it the case" \
    "$revert: $(git log --format='%h %s' -n 1 "$found")"

# ---- the change ----

GITHUB_TOKEN=sesame "$noctule" fix "$cluster" --build build --cache "$folder/cache" --json \
    >"$folder/fix.out" 2>"$folder/fixing.out" || fail "the fix ends with $?"
[ "$(member outcome "$folder/fix.out")" = opened ] || fail "there is no pull request"
pull=$(member number "$folder/fix.out") change=$(member commit "$folder/fix.out")
proof=logs/fix/$(member id "$folder/fix.out")/proof.json
[ "$(git --git-dir "$folder/up.git" rev-list --count "main..$change")" = 1 ] ||
    fail "the pull request is not of one commit"
git diff --quiet "$guilty~1" "$change" -- engine/ || fail "the change is not the guilty commit taken back"
"$noctule" verify "$proof" --no-run >"$folder/verify.out" 2>&1 || fail "the proof does not hold"
step "pull request $pull of one commit: $(git log --format='%h %s' -n 1 "$change")"
sed -n 's/.*\(\*\*[0-9]* cases.*\)/   \1/p' "$(dirname "$proof")/proof.md"

# ---- the next night ----

git --git-dir "$folder/up.git" update-ref refs/heads/main "$change"
"$noctule" git fetch >"$folder/fetch.out" 2>&1 && "$noctule" git rebase >>"$folder/fetch.out" 2>&1 ||
    fail "the merge cannot be fetched"
"$noctule" sweep --build build >"$folder/next.out" 2>&1 || fail "the sweep after the merge ends with $?"
grep -q "$(member cases "$folder/cluster.out") fixed" "$folder/next.out" || fail "nothing is fixed"
entry=$(sed -n 's/^ledger  *//p' "$folder/next.out")
grep -q "\[#$pull\]" "$entry" && grep -q "$change" "$entry" && grep -q "$(echo "$cluster" | cut -c1-12)" "$entry" ||
    fail "the ledger does not say which pull request did it"
"$noctule" audit verify >"$folder/audit.out" 2>&1 || fail "the audit is broken"
step "the next night: $(grep -m 1 '^Since' "$folder/next.out")"
cd /
rm -rf "$folder"
