#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tidy.sh ROOT [ARCHIVE…]: what a reader would otherwise have to remember. Prints one line per
# fault; exit 1 when there is one. tests/tidy_test.sh shows that each check can fail.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$1" || exit 2
shift
export LC_ALL=C
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

# The files of the project: git's when this is a checkout, else everything but what a build made.
if [ -e .git ]; then
    git -c safe.directory='*' ls-files -co --exclude-standard | while IFS= read -r f; do
        [ -f "$f" ] && [ ! -L "$f" ] && printf '%s\n' "$f"
    done
else
    find . -type f ! -path './build*' ! -path './logs/*' | sed 's|^\./||'
fi | sort >"$tmp/files"
sources() { grep -E '^(engine|orchestrator|tests|examples)/.*\.[ch]$' "$tmp/files"; }
texts() { grep -E '\.(c|h|cmake|sh|awk|t|md|json|in)$|^(scripts|hooks|\.ci)/|(CMakeLists.txt|Makefile)$' "$tmp/files" |
    grep -vE '^tests/(models|fuzz/corpus|.*/data)/|^scripts/fixtures/.*\.json$'; }
scripts() { grep -E '\.(cmake|sh|awk|py)$|CMakeLists.txt$|Makefile$|^(scripts|hooks|\.ci)/[a-z-]*$' "$tmp/files"; }

{
    : >"$tmp/edges"
    sources | xargs -r awk -v EDGES="$tmp/edges" -f "$here/tidy.awk"
    # Between the orchestrator's folders any order is right that has no way back.
    tsort "$tmp/edges" 2>&1 >/dev/null | sed -n 's/^tsort: \([a-z]*\/\)/layers: a loop of includes through \1/p'

    # docs/map.md says what each folder is for, and of no folder that is not there.
    sed -n 's/^| `\(engine\|orchestrator\)\/\([a-z]*\)` | [^|]*[a-z][^|]*|.*/\1\/\2/p' docs/map.md | sort >"$tmp/map"
    sources | sed -n 's/^\(engine\|orchestrator\)\/\([a-z]*\)\/.*/\1\/\2/p' | sort -u >"$tmp/folders"
    comm -13 "$tmp/map" "$tmp/folders" | sed 's/^/docs\/map.md: no row says what is in /'
    comm -23 "$tmp/map" "$tmp/folders" | sed 's/^/docs\/map.md: there is no folder /'

    texts | while IFS= read -r f; do
        [ -s "$f" ] && [ -n "$(tail -c 1 "$f")" ] && echo "$f: no newline at the end"
    done
    scripts | while IFS= read -r f; do
        head -n 2 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$f: no SPDX line at the top"
    done
    scripts | grep -v '^tests/tidy' | xargs -r grep -nwE 'TODO|FIXME|XXX|HACK' /dev/null |
        sed 's/$/: a leftover: finish it or file it/'

    # An exported name starts with the noun of its file or folder, or of a struct or enum that its
    # header defines, or is the file's row (cmd_sweep).
    for archive; do
        nm -g --defined-only "$archive" 2>/dev/null | awk '
            /\.o:$/ { stem = $0; sub(/\.(c|cu)\.o:$/, "", stem); next }
            $2 ~ /^[TDBRC]$/ && $3 !~ /^(__|x(calloc|aligned|realloc|strdup|strndup)$)/ { print stem, $3 }'
    done | sort -u >"$tmp/exports"
    sources | grep '\.h$' | xargs -r awk '/^(struct|enum) [a-z0-9_]+ \{/ {
        stem = FILENAME; sub(/.*\//, "", stem); sub(/\.h$/, "", stem); sub(/_.*/, "", $2); print stem, $2 }' >"$tmp/nouns"
    sources | awk -v EXPORTS="$tmp/exports" -v NOUNS="$tmp/nouns" '
        { n = split($0, p, "/"); stem = p[n]; sub(/\.[ch]$/, "", stem); nouns[stem] = nouns[stem] " " p[n - 1] }
        function fits(name, noun,   one) {
            one = noun; sub(/s$/, "", one)
            return name == noun || index(name, noun "_") == 1 || index(name, one "_") == 1
        }
        END {
            while ((getline < NOUNS) > 0) nouns[$1] = nouns[$1] " " $2
            while ((getline < EXPORTS) > 0) {
                noun = $1; sub(/_.*/, "", noun) # json_get.c holds verbs of json
                if ($1 ~ /_table$/ || $2 ~ ("_" $1 "$") || fits($2, noun)) continue
                if ($2 ~ /^native_/) continue # once per level: see kernels/level.h
                n = split(nouns[$1], f, " "); ok = 0
                for (i = 1; i <= n; i++) ok = ok || fits($2, f[i])
                if (!ok) print $1 ".c: exports " $2 ", which names another noun"
            }
        }'
} >"$tmp/faults"
cat "$tmp/faults"
[ ! -s "$tmp/faults" ] && echo "tidy: $(sources | wc -l) sources, no fault"
