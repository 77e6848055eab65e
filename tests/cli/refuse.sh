#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# refuse.sh STATUS PART COMMAND…: holds COMMAND to how bad input is refused: soon, with little
# memory, exit code STATUS, nothing on stdout, and one sentence on stderr that has PART in it
# (behind a wrong command line, one more that points to --help). Says what is not so.
set -u
status=$1 part=$2 seconds=5
shift 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# Soon is in the processor's time, which other tests do not take away. A sanitizer maps
# terabytes and is slow.
if grep -qE '__(asan|tsan)_init' "$(command -v "$1")"; then
    seconds=30
else
    ulimit -v 2097152 # KiB
fi
ulimit -t "$seconds"
timeout -s KILL 120 "$@" >"$tmp/out" 2>"$tmp/err"
got=$?
failed=0
fault() { printf '%s\n' "$1"; failed=1; }
[ "$got" = "$status" ] || fault "exit status $got, not $status"
[ -s "$tmp/out" ] && fault "stdout is: $(head -c 200 "$tmp/out")"
grep -qF -- "$part" "$tmp/err" || fault "stderr lacks: $part"
[ "$(grep -cv '^Try "' "$tmp/err")" = 1 ] || fault "stderr is not one sentence"
[ "$(wc -c <"$tmp/err")" -le 600 ] || fault "the sentence is too long"
[ $failed = 0 ] || head -c 2000 "$tmp/err"
exit $failed
