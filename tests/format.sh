#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# format.sh ROOT: every source is laid out as .clang-format says. Only version 14 lays it out so.
cd "$1" || exit 2
command -v clang-format-14 >/dev/null || { echo "clang-format-14 is not installed"; exit 77; }
# Many at once, for most of its time is its start; one by one where one of them is not.
find engine orchestrator tests examples -name '*.[ch]' 2>/dev/null | xargs -n 40 sh -c '
    clang-format-14 --dry-run -Werror "$@" >/dev/null 2>&1 && exit
    for file in "$@"; do
        clang-format-14 --dry-run -Werror "$file" >/dev/null 2>&1 || echo "$file: make format lays it out"
    done
    exit 1' sh
