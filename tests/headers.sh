#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers.sh ROOT CC: each header compiles alone, so it includes what it needs.
cd "$1" || exit 2
failed=0 count=0
for h in $(find engine orchestrator tests -name '*.h' | sort); do
    printf '#include "%s"\ntypedef int something;\n' "$h" |
        "$2" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -I. -fsyntax-only -xc - || failed=1
    count=$((count + 1))
done
echo "$count headers"
[ "$count" -gt 0 ] && exit "$failed"
