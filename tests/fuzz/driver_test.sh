#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# driver_test.sh CC: the driver finds a crash, an overflowing stack, a hang, a slow input and a
# hungry one in a target that has each of them, names the input and saves it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
cat >"$tmp/target.c" <<'END'
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static int deep(volatile char *above, int n) {
    volatile char frame[4096];
    frame[0] = *above;
    return n == 0 ? 0 : deep(frame, n - 1) + frame[0];
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char kind = size == 5 ? (char)data[4] : 0;
    volatile char c = 0;
    clock_t begin = clock();
    if (kind == 'c')
        abort();
    if (kind == 's')
        return deep(&c, 1 << 20);
    while (kind == 'h')
        c++;
    while (kind == 'w' && clock() - begin < CLOCKS_PER_SEC / 5)
        c++;
    char *hungry = malloc(100 << 20);
    if (kind == 'm' && hungry)
        memset(hungry, 1, 100 << 20);
    free(hungry);
    return 0;
}
END
"$1" -O0 -std=c11 -D_GNU_SOURCE "$tmp/target.c" "$here/driver.c" -o "$tmp/target" || exit 1
failed=0
try() { # CORPUS-TEXT WANTED-STATUS WANTED-TEXT [SAVED-INPUT]
    rm -rf "$tmp/corpus" "$tmp/target.crash"
    mkdir "$tmp/corpus"
    [ -z "$1" ] || printf '%s' "$1" >"$tmp/corpus/sample"
    out=$("$tmp/target" 100 64 "$tmp/corpus" 2>&1)
    got=$?
    [ "$got" = "$2" ] || { echo "\"$1\": status $got, not $2"; failed=1; }
    case $out in *"$3"*) ;; *) echo "\"$1\": \"$out\" lacks \"$3\""; failed=1 ;; esac
    [ -z "${4-}" ] || [ "$(cat "$tmp/target.crash")" = "$4" ] || { echo "\"$1\": the input was not saved"; failed=1; }
}
try '....c' 1 'crashes: ' '....c'
try '....g' 1 'sample with bit 2 of byte 4 flipped, saved as' '....c'
try '....c....' 1 'sample cut at byte 5, saved as' '....c'
try '....s' 1 'crashes: ' '....s'
try '....h' 1 'hangs: ' '....h'
try '....w' 1 'takes too many milliseconds' '....w'
try '....m' 1 'takes too much memory' '....m'
try '....' 0 '37 inputs'
try '' 1 'the corpus is empty'
exit "$failed"
