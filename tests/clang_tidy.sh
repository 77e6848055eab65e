#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clang_tidy.sh ROOT BUILD [CHECKS]: the checks of .clang-tidy over the sources of both programs,
# compiled as BUILD compiles them; CHECKS are added to them, or taken away. Of what is compiled for
# each level of instructions three are read, one for each width of vectors. A source whose
# preprocessed text passed before is not read again.
set -u
cd "$1" || exit 2
export BUILD="$2" CACHE="$2/clang-tidy" CHECKS="${3:-}"
for tool in clang-14 clang-tidy-14; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
done
mkdir -p "$CACHE"
# A line per compilation: what the shell reads as its flags, a tab, the source below ROOT.
units=$(sed -n 's/^ *"command": "\(.*\)",$/\1/p' "$BUILD/compile_commands.json" |
    sed 's/\\\(.\)/\1/g; s/^[^ ]* //' |
    awk -v root="$PWD/" '
        /-DNATIVE_LEVEL=/ && !/-DNATIVE_LEVEL=(plain|avx2|avx512bf16) / { next }
        (at = index($0, " -o ")) == 0 { next }
        {
            file = $NF
            if (index(file, root) != 1) next
            file = substr(file, length(root) + 1)
            if (file ~ /^(engine|orchestrator)\//) print substr($0, 1, at - 1) "\t" file
        }' | sort -u -t"$(printf '\t')" -k2,2 -k1,1)
[ -n "$units" ] || { echo "$BUILD/compile_commands.json names no source of the programs"; exit 1; }
printf '%s\n' "$units" | xargs -d '\n' -P "$(nproc)" -n 1 sh -c '
    file=${0##*	}
    eval "set -- ${0%	*}"
    key=$({ cat .clang-tidy; echo "$CHECKS"; clang-14 "$@" -D__clang_analyzer__ -E "$file"; } 2>&1 | sha256sum | cut -c1-40)
    [ -e "$CACHE/$key" ] && exit 0
    clang-tidy-14 --quiet --checks="$CHECKS" "$file" -- "$@" -Wno-double-promotion 2>&1 | grep -vE "^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header" >"$CACHE/$key.log"
    if grep -qE "(error|warning): " "$CACHE/$key.log"; then cat "$CACHE/$key.log"; exit 1; fi
    mv "$CACHE/$key.log" "$CACHE/$key"'
