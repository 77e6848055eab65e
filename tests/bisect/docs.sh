#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs.sh NAME FILE: puts stdin between the lines <!-- NAME --> and <!-- end --> of FILE, all or
# nothing.
set -eu
text=$(mktemp)
trap 'rm -f "$text"' EXIT
cat >"$text"
[ -s "$text" ] && grep -q "^<!-- $1 -->\$" "$2" || { echo "docs.sh: nothing to put into $2" >&2; exit 1; }
awk -v NAME="<!-- $1 -->" -v TEXT="$text" '
    inside && $0 == "<!-- end -->" { inside = 0 }
    !inside { print }
    $0 == NAME { inside = 1; while ((getline line < TEXT) > 0) print line }' "$2" >"$2.new"
mv "$2.new" "$2"
