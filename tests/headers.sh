#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers.sh ROOT BUILD CC: each header compiles alone, so it includes what it needs.
set -u
cd "$1" || exit 2
packages=$(grep -oE -- '-isystem [^ "]+' "$2/compile_commands.json" | sort -u)
failed=0 count=0
for h in $(find engine orchestrator tests -name '*.h' | sort); do
    # shellcheck disable=SC2086
    printf '#include "%s"\ntypedef int something;\n' "$h" |
        "$3" -std=c11 -D_GNU_SOURCE '-DSOURCE_DIR=""' '-DBINARY_DIR=""' -Wall -Wextra -Wpedantic -Werror -I. $packages -fsyntax-only -xc - || failed=1
    count=$((count + 1))
done
echo "$count headers"
[ "$count" -gt 0 ] && exit "$failed"
