#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The runner of transcripts passes what is so and fails what is not.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
failed=0
try() { # WANTED-STATUS TRANSCRIPT
    printf "$2\n" >"$tmp/a.t"
    sh "$here/run.sh" "$tmp/a.t" "$here" /bin >"$tmp/out" 2>&1
    got=$?
    [ "$got" = "$1" ] || { printf 'status %s, not %s, for:\n%s\n' "$got" "$1" "$2"; cat "$tmp/out"; failed=1; }
}
try 0 '# a comment\n$ echo a; echo b\na\nb\n$ true'
try 1 '$ echo a; echo b\na'
try 1 '$ echo a\na\nb'
try 1 '$ echo a\nb'
try 1 '$ echo'
try 0 '$ echo; echo a\n\na'
try 0 '$ exit 3\n? 3'
try 1 '$ exit 3'
try 1 '$ true\n? 1'
try 0 '$ echo abc >&2; echo out\nout\n! bc'
try 1 '$ echo abc >&2\n! bd'
try 0 '$ seq 5\n1\n...\n5'
try 0 '$ seq 5\n...'
try 0 '$ true\n...'
try 0 '$ printf "1\\\\n9\\\\n2\\\\n9\\\\n3\\\\n"\n...\n9\n3'
try 1 '$ seq 5\n1\n...\n4'
try 0 '$ echo 17 ms\n~ [0-9]+ ms'
try 1 '$ echo 17 ms!\n~ [0-9]+ ms'
try 0 '$ touch here\n$ ls\nhere'
try 0 '$ test -d "$SOURCE" && pwd | grep -c tmp\n1'
try 77 '# needs false\n$ true'
try 0 '# needs true\n$ true'
try 1 '# needs true\n$ false'
try 1 'text\n$ true'
try 1 '# nothing'
exit "$failed"
