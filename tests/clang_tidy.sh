#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clang_tidy.sh ROOT BUILD: the checks of .clang-tidy over the sources of both programs. A source
# whose preprocessed text passed before is not read again.
set -u
cd "$1" || exit 2
export BUILD="$2" CACHE="$2/clang-tidy"
for tool in clang-14 clang-tidy-14; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
done
mkdir -p "$CACHE"
packages=$(grep -oE -- '-isystem [^ "]+' "$2/compile_commands.json" | sort -u)
export packages
find engine orchestrator -name '*.c' | sort | xargs -P "$(nproc)" -n 1 sh -c '
    key=$({ cat .clang-tidy; clang-14 -std=c11 -D_GNU_SOURCE -D__clang_analyzer__ -I. $packages -E "$0"; } 2>&1 | sha256sum | cut -c1-40)
    [ -e "$CACHE/$key" ] && exit 0
    clang-tidy-14 -p "$BUILD" --quiet "$0" 2>&1 | grep -vE "^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header" >"$CACHE/$key.log"
    if grep -qE "(error|warning): " "$CACHE/$key.log"; then cat "$CACHE/$key.log"; exit 1; fi
    mv "$CACHE/$key.log" "$CACHE/$key"'
