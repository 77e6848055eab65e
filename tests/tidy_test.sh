#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every check of tidy.sh can fail: each sample below breaks one rule, and tidy.sh must name it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
failed=0 samples=0
spdx='/* SPDX-License-Identifier: Apache-2.0 */'

fresh() { # a small tree that has no fault
    rm -rf "$tmp/tree"
    mkdir -p "$tmp/tree/engine/base" "$tmp/tree/engine/tensor" "$tmp/tree/orchestrator/store" \
        "$tmp/tree/orchestrator/git" "$tmp/tree/scripts" "$tmp/tree/engine/backend/cpu" "$tmp/tree/engine/graph"
    cd "$tmp/tree" || exit 2
    printf '%s\nint buf_len(void);\n' "$spdx" >engine/base/buf.h
    printf '%s\n#include "engine/base/buf.h"\nint tensor_len(void) { return buf_len(); }\n' "$spdx" >engine/tensor/tensor.c
    printf '# SPDX-License-Identifier: Apache-2.0\n' >scripts/setup
    mkdir docs
    printf '| `engine/%s` | what it is for | `a.h` |\n' base tensor >docs/map.md
}
add() { mkdir -p "$(dirname "$1")"; { echo "$spdx"; printf "$2\n"; } >"$1"; } # FILE LINES
complains() { # TEXT [ARCHIVE]: tidy must exit 1 and say TEXT
    samples=$((samples + 1))
    text=$1; shift
    if out=$(sh "$here/tidy.sh" "$tmp/tree" "$@"); then
        echo "passed, though it should say: $text"; failed=1
    elif ! printf '%s' "$out" | grep -qF -- "$text"; then
        echo "did not say: $text"; printf '%s\n' "$out" | sed 's/^/    /'; failed=1
    fi
    fresh
}

fresh
sh "$here/tidy.sh" "$tmp/tree" || { echo "the clean tree has faults"; failed=1; }
fresh; add engine/base/up.c '#include "engine/tensor/tensor.h"'; complains 'engine/base/up.c:2: layers: engine/base may not'
add engine/format/a.c '#include "engine/token/b.h"'; complains 'engine/format may not include engine/token/b.h'
add engine/backend/cpu/a.c '#include "engine/backend/cuda/b.h"'; complains 'backend cpu may not include'
add engine/backend/a.c '#include "engine/backend/cpu/b.h"'; complains 'the backend interface may not include'
add engine/graph/a.c '#include "engine/engine.h"'; complains 'engine/graph may not include engine/engine.h'
add engine/base/a.c '#include "orchestrator/git/b.h"'; complains 'the engine never sees the orchestrator'
add orchestrator/git/a.c '#include "engine/run/model.h"'; complains 'the orchestrator sees engine/base only'
add orchestrator/git/a.c '#include "orchestrator/cmd/b.h"'; complains 'nothing includes a command'
add orchestrator/git/a.c '#include "orchestrator/store/b.h"'
add orchestrator/store/b.c '#include "orchestrator/git/a.h"'; complains 'a loop of includes through orchestrator/'
add engine/base/a.c '#include "buf.h"'; complains 'include by the path from the root'
add engine/base/a.c '#include <sqlite3.h>'; complains '<sqlite3.h> belongs in orchestrator/store/'
add tests/orchestrator/git/a_test.c '#include <sqlite3.h>'; complains '<sqlite3.h> belongs in'
add orchestrator/git/a.c 'int a;'; complains 'docs/map.md: no row says what is in orchestrator/git'
sed -i '/tensor/s/| [a-z ]* |/| |/' docs/map.md; complains 'docs/map.md: no row says what is in engine/tensor'
rm engine/tensor/tensor.c; complains 'docs/map.md: there is no folder engine/tensor'
add engine/base/a.c 'int a; // leftover'; complains 'engine/base/a.c:2: a // comment'
add engine/base/a.c '/* TO''DO later */'; complains 'a leftover: finish it'
echo '# FIX''ME' >>scripts/setup; complains 'scripts/setup:2:# FIX''ME: a leftover'
add engine/base/a.c 'int\ta;'; complains 'a tab'
add engine/base/a.c 'int a; '; complains 'a blank at the end'
add engine/base/a.c "/* $(printf '%098d' 0) */"; complains 'columns wide, over 100'
add engine/base/a.c "int a[] = {\n    {\"$(printf '%0160d' 0)\"},\n};"; complains 'columns wide, over 160'
for call in strcpy strcat sprintf gets strtok gmtime localtime atoi atof alloca; do
    add engine/base/a.c "int a(void) { return (int)$call(b); }"; complains "banned call: $call()"
done
printf 'int a;\n' >engine/base/a.c; complains 'engine/base/a.c:1: the first line is the SPDX line'
printf 'x\n' >scripts/run; complains 'scripts/run: no SPDX line'
printf '%s\nint a;' "$spdx" >engine/base/a.c; complains 'engine/base/a.c: no newline at the end'
add engine/base/a.c "$(printf '%0500d' 0 | sed 's/0/int a;\\n/g')"; complains 'over 500 a file is two nouns'
add engine/base/dead.h 'int dead_a(void);'; complains 'engine/base/dead.h: no other file includes'
add engine/base/own.h 'int own_a(void);'
add engine/base/own.c '#include "engine/base/own.h"'; complains 'engine/base/own.h: no other file includes'
add engine/base/a.c 'int b_len(void); int b_len(void) { return 1; }'
cc -c -o a.c.o engine/base/a.c && ar rc a.a a.c.o && rm a.c.o && complains 'a.c: exports b_len' "$tmp/tree/a.a"

# What looks like a fault and is none.
add engine/base/a.c 'static const char *const u = "https://x strcpy(a)"; /* see https://x, atoi() */'
printf 'static int b[] = {\n    {"%s"},\n};\n' "$(printf 'x%.0s' $(seq 140))" >>engine/base/a.c
printf '/* %s */\n' "$(printf '…%.0s' $(seq 90))" >>engine/base/a.c
sh "$here/tidy.sh" "$tmp/tree" || { echo "complained without need"; failed=1; }

# The other three checks of the tree, each on a tree that passes and then does not.
fresh
cp "$here/../.clang-format" "$here/../.clang-tidy" .
both() { # CHECK ARGUMENTS…: passes now, and fails once spoil has run
    samples=$((samples + 1))
    "$here/$@" >"$tmp/out" 2>&1
    status=$?
    [ "$status" = 77 ] && return
    [ "$status" = 0 ] || { echo "$1 fails on a sound tree"; cat "$tmp/out"; failed=1; }
    spoil
    "$here/$@" >"$tmp/out" 2>&1 && { echo "$1 passes on a spoilt tree"; failed=1; }
}
printf '[\n{\n  "directory": "%s",\n  "command": "cc -I. -o a.o -c %s/engine/base/a.c",\n  "file": "%s/engine/base/a.c"\n}\n]\n' \
    "$PWD" "$PWD" "$PWD" >compile_commands.json
rm -r engine/tensor
add engine/base/a.c 'int a_first(const int *p);\n\nint a_first(const int *p) {\n    return p[0];\n}'
spoil() { echo 'int  a;' >>engine/base/a.c; }
both format.sh "$PWD"
spoil() { echo 'size_t buf_size(void);' >>engine/base/buf.h; }
both headers.sh "$PWD" "$PWD" cc
spoil() { echo 'int a_none(void); int a_none(void) { return a_first((const int *)0); }' >>engine/base/a.c; }
both clang_tidy.sh "$PWD" "$PWD"
echo "$samples samples"
[ "$samples" -ge 39 ] || { echo "fewer samples than there are checks"; failed=1; }
exit "$failed"
