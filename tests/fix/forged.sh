#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# forged.sh PROOF SCRIPT: prints PROOF with its change replaced by what SCRIPT does to the base, all
# figures about the patch and the tree of its receipt made right, and all those about what was run
# left as they are: a lie that only running the trees can tell. In the checkout, which is left as it
# was.
set -eu
export GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C
base=$(sed -n '/"base": {/,/}/s/.*"commit": "\(.*\)".*/\1/p' "$1")
git stash -q -u 2>/dev/null || :
at=$(git symbolic-ref -q --short HEAD || git rev-parse HEAD)
git checkout -q "$base"
sh -c "$2"
git add -A
patch=.git/forged.patch
git diff --cached --no-color --full-index >"$patch"
tree=$(git write-tree)
lines() { grep "^[$1]" "$patch" | grep -cv "^[$1][$1][$1] " || :; }
bytes=$(grep '^[-+]' "$patch" | grep -vE '^(---|[+][+][+]) ' | wc -c)
text=$(awk '{ gsub(/\\/, "&&"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); printf "%s\\n", $0 }' "$patch")
paths=$(git diff --cached --name-only | sed 's/.*/      "&",/; $s/,$//')
git reset -q --hard
git checkout -q "$at"
PATCH_TEXT=$text PATCH_PATHS=$paths awk -v tree="$tree" -v sha="$(sha256sum <"$patch" | cut -c1-64)" \
    -v added="$(lines +)" -v removed="$(lines -)" -v bytes="$bytes" '
    /^  "[a-z]*": \{$/ { section = $1 }
    section == "\"fixed\":" && /"tree":/ { $0 = "    \"tree\": \"" tree "\"" }
    section == "\"receipt\":" && /^    "tree":/ { $0 = "    \"tree\": \"" tree "\"," }
    section == "\"patch\":" && /"sha256":/ { $0 = "    \"sha256\": \"" sha "\"," }
    section == "\"patch\":" && /"added":/ { $0 = "    \"added\": " added "," }
    section == "\"patch\":" && /"removed":/ { $0 = "    \"removed\": " removed "," }
    section == "\"patch\":" && /"bytes":/ { $0 = "    \"bytes\": " bytes "," }
    section == "\"patch\":" && /"text":/ { $0 = "    \"text\": \"" ENVIRON["PATCH_TEXT"] "\"" }
    section == "\"patch\":" && /"paths":/ { print; print ENVIRON["PATCH_PATHS"]; skip = 1; next }
    skip && /\]/ { skip = 0 }
    !skip { print }' "$1"
