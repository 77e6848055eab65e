#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# format.sh ROOT: every source is laid out as .clang-format says. Only version 14 lays it out so.
cd "$1" || exit 2
command -v clang-format-14 >/dev/null || { echo "clang-format-14 is not installed"; exit 77; }
find engine orchestrator tests examples -name '*.[ch]' 2>/dev/null | xargs -n 1 sh -c '
    clang-format-14 --dry-run -Werror "$0" >/dev/null 2>&1 || { echo "$0: make format lays it out"; exit 1; }'
