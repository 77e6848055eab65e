#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh FILE.t SOURCE BIN…: runs the commands of a transcript in an empty folder, with the BIN
# folders in PATH and the checkout's root in $SOURCE, and compares what they do:
#
#     # before the first command: what the transcript shows
#     # needs COMMAND      there, too: without its success the transcript is skipped (77)
#     $ command            a line for sh; the folder stays the same from command to command
#     ? 2                  its exit status, when not 0
#     ! text               a part of its stderr; without one, stderr is not looked at
#     anything else        its stdout, line by line, where
#     ~ regular expression stands for one line, and
#     ...                  for any number of lines
set -u
file=$1 SOURCE=$2
shift 2
for bin; do PATH=$bin:$PATH; done
export PATH SOURCE LC_ALL=C.UTF-8
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/work" "$tmp/steps"

# steps/NNN.cmd .status .out .err, one set per command.
awk -v dir="$tmp/steps" '
    /^\$ / { step = sprintf("%s/%03d", dir, ++n); print substr($0, 3) > (step ".cmd")
             printf "" > (step ".out"); printf "" > (step ".err"); print 0 > (step ".status"); next }
    !n { if ($0 !~ /^#/ && $0 != "") { print "line " NR " stands before the first command" > (dir "/malformed") } next }
    /^\? /  { close(step ".status"); print substr($0, 3) > (step ".status"); next }
    /^! /   { print substr($0, 3) > (step ".err"); next }
    { print > (step ".out") }' "$file"
[ -e "$tmp/steps/malformed" ] && { cat "$tmp/steps/malformed"; exit 1; }
[ -e "$tmp/steps/001.cmd" ] || { echo "$file holds no command"; exit 1; }

needs=$(sed -n '/^\$ /q; s/^# needs //p' "$file")
[ -z "$needs" ] || sh -c "$needs" >/dev/null 2>&1 </dev/null || { echo "skipped: this fails here: $needs"; exit 77; }

failed=0
fault() { printf '%s\n    $ %s\n' "$1" "$(cat "$step.cmd")"; failed=1; }
for cmd in "$tmp"/steps/*.cmd; do
    step=${cmd%.cmd}
    (cd "$tmp/work" && sh "$cmd" >"$step.got" 2>"$step.goterr" </dev/null)
    status=$?
    if [ "$status" != "$(cat "$step.status")" ]; then
        fault "exit status $status, not $(cat "$step.status")"
        cat "$step.goterr"
    fi
    while IFS= read -r part; do
        grep -qF -- "$part" "$step.goterr" || { fault "stderr lacks: $part"; cat "$step.goterr"; }
    done <"$step.err"
    # Greedy with a way back: ... takes as few lines as let the rest match.
    awk -v want="$step.out" '
        { got[++g] = $0 }
        function same(w, g) {
            if (substr(line[w], 1, 2) == "~ ") return got[g] ~ ("^(" substr(line[w], 3) ")$")
            return got[g] == line[w]
        }
        END {
            while ((getline text < want) > 0) line[++w] = text
            i = 1; j = 1; star = 0
            while (j <= g) {
                if (i <= w && line[i] == "...") { star = i++; from = j }
                else if (i <= w && same(i, j)) { i++; j++ }
                else if (star) { i = star + 1; j = ++from }
                else break
            }
            while (i <= w && line[i] == "...") i++
            if (i <= w || j <= g) {
                if (j <= g) print "stdout line " j " is: " got[j]
                else print "stdout ends before: " line[i]
                exit 1
            }
        }' "$step.got" >"$step.diff" || { fault "$(cat "$step.diff")"; echo "  all of stdout:"; sed 's/^/    /' "$step.got"; }
done
exit "$failed"
