#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install_test.sh ROOT BUILD CMAKE CC: what is installed is enough to build a client and run it.
set -eu
root=$1 build=$2 cmake=$3 cc=$4
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$cmake" --install "$build" --prefix "$tmp/usr" >"$tmp/log"
mv "$tmp/usr" "$tmp/moved" # nothing in it may know where it was installed
prefix=$tmp/moved
"$prefix/bin/noctule" --version
"$prefix/bin/noctule-engine" --version
# The header stands alone: it includes nothing else of ours.
if grep -n '^ *# *include *"' "$prefix/include/noctule/engine.h"; then exit 1; fi
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name noctule-engine.pc)")
export PKG_CONFIG_PATH
flags=$(pkg-config --static --cflags --libs noctule-engine)
# shellcheck disable=SC2086
(cd "$tmp" && "$cc" -std=c11 -Wall -Wextra -Wpedantic -Werror "$root/examples/generate.c" -o generate $flags)
prompt="The quick brown fox"
out=$("$tmp/generate" "$root/tests/models/qwen3" "$prompt")
printf '%s\n' "$out"
[ "${#out}" -gt "${#prompt}" ] || { echo "examples/generate.c continued nothing"; exit 1; }
