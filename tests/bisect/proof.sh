#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# proof.sh NOCTULE SOURCE FOLDER: real bisections of this repository. In a clone of SOURCE a fault
# is planted some commits back, and every commit that came after it is put on top again; noctule
# bisect must name it. The engine is built without the instruction sets that the cell does not use,
# which takes most of the time. Prints the table of docs/bisect.md; fails when a culprit is wrong, less than
# ten builds were made, or the checkout that it was asked in, the clone, is not what it was.
set -eu
noctule=$(realpath "$1") source=$(realpath "$2") folder=$(realpath -m "$3")
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@localhost
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@localhost
rm -rf "$folder/clone" "$folder/cache"
mkdir -p "$folder"
sum() { { git status --porcelain; cat .git/HEAD .git/index; git ls-files -z | xargs -0 sha256sum; } | sha256sum; }
git -c safe.directory='*' clone -q --no-hardlinks "$source" "$folder/clone"
cd "$folder/clone"
head=$(git rev-parse HEAD)

# plant BACK MORE FILE SED: the fault goes in BACK commits before the head; the good end lies MORE
# commits before that.
plant() {
    git checkout -q -B planted "$head~$1"
    git tag -f good "HEAD~$2" >/dev/null
    sed -i "$4" "$3"
    git diff --quiet && { echo "proof: nothing was planted in $3" >&2; exit 1; }
    git commit -qam "${3%.c}: tidy up"
    git tag -f planted-fault >/dev/null
    git cherry-pick --allow-empty --keep-redundant-commits "planted-fault~1..$head" >/dev/null 2>&1 ||
        { echo "proof: the commits after $head~$1 do not apply on $3" >&2; exit 1; }
    sed -i 's/"-DCMAKE_BUILD_TYPE=Release"/"-DNOCTULE_LEVELS=plain", &/' noctule.json
    git commit -qam 'noctule.json: one level is built' # the bad end, which says how all are built
}
field() { sed -n "s/^  \"$1\": \"\\{0,1\\}\\([^\",]*\\).*/\\1/p" "$folder/answer.json" | head -n 1; }

echo '| planted in | commits | builds | runs | s | status | revert | culprit |'
echo '|:--|--:|--:|--:|--:|:--|:--|:--|'
builds=0 wrong=0
# find CELL CASE FILE
find() {
    rc=0
    before=$(sum)
    began=$(date +%s)
    "$noctule" bisect --build build/release --cache "$folder/cache" --cell "$1" --case "$2" --fresh \
        --good good --bad planted --json >"$folder/answer.json" || rc=$?
    [ $rc -le 1 ] || exit $rc
    [ "$(sum)" = "$before" ] || { echo "proof: the checkout was changed" >&2; exit 1; }
    found=$(sed -n '/"culprit"/,/}/s/.*"commit": "\([0-9a-f]*\)".*/\1/p' "$folder/answer.json")
    right=right
    [ "$found" = "$(git rev-parse planted-fault)" ] || { right=wrong; wrong=$((wrong + 1)); }
    made=$(($(field builds) + $(field unbuildable)))
    builds=$((builds + made))
    echo "| \`$3\` | $(field commits) | $made | $(field runs) | $(($(date +%s) - began)) | $(field status) | $(field revert) | $right |"
}

plant 30 20 engine/backend/cpu/norm.c '/^static void rms_norm/,/^}/s/+ params->eps/+ 1.01 * size_of_nothing(params->eps)/; s/^static void rms_norm/static double size_of_nothing(double eps) {\n    return eps + 0.01;\n}\n\n&/'
find compat/qwen3/cpu/f32 qwen3/final_logits.one engine/backend/cpu/norm.c
plant 12 40 engine/backend/cpu/rope.c 's/cosine\[i\] = cos(/cosine[i] = 1e-3 + cos(/'
find compat/llama/cpu/f32 llama/final_logits.one engine/backend/cpu/rope.c
plant 45 8 engine/backend/cpu/norm.c 's/(in\[0\]\[i\] - mean)/(in[0][i] - 0.999 * mean)/'
find compat/gpt2/cpu/f32 gpt2/final_logits.one engine/backend/cpu/norm.c
echo
echo "$builds builds in all, $wrong culprits wrong; files, index and head of the checkout stayed as they were."
[ "$builds" -ge 10 ] && [ "$wrong" -eq 0 ]
