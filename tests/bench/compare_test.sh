#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# compare_test.sh SOURCE BIN: scripts/bench/compare runs this engine and peers that say what they
# are told to, and writes tables whose figures follow from that.
set -eu
PATH=$2:$PATH
compare=$1/scripts/bench/compare
command -v python3 >/dev/null || { echo "there is no python3"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
failed=0
fail() { echo "$1"; failed=1; }
has() { grep -qE -- "$2" "$1" || { fail "$1 lacks: $2"; sed 's/^/    /' "$1"; }; }

mkdir -p models/tiny
ln -s "$1/tests/models/qwen3" models/tiny/f32
# A peer: NAME PREFILL DECODE. It writes down how it was called.
peer() {
    cat >"$1" <<END
#!/bin/sh
echo "\$*" >>$tmp/$1.calls
echo left behind >left
cat <<JSON
noise before it
[{"n_prompt": 8, "n_gen": 0, "avg_ts": $2}, {"n_prompt": 0, "n_gen": 4, "avg_ts": $3}]
JSON
END
    chmod +x "$1"
}
peer fast 200 50
peer slow 100 20
peer ik 400 60
printf '#!/bin/sh\necho broken >&2\nexit 3\n' >broken && chmod +x broken
printf '#!/bin/sh\nexec sleep 0.01\n' >cli && chmod +x cli

options="--models models --rows tiny:f32 --engine $2/noctule-engine --engine-option=--mib=8 -t 1 -p 8 -n 4"
"$compare" run out.json $options --llama a=./fast,./cli --llama z=./slow --ik ./ik,./cli -r 3 --note 'peers are scripts' 2>log ||
    { fail "run: $?"; cat log; }
[ "$(wc -l <fast.calls)" = 3 ] || fail "the better build was not called in every round"
[ "$(wc -l <slow.calls)" = 2 ] || fail "the slower build was not left out after two rounds"
has fast.calls '^-m .*/models/tiny/tiny-F32.gguf -t 1 -p 8 -n 4 -r 1 -o json$'
has ik.calls '-rtr 1$'

printf '<!-- begin %s -->\nold\n<!-- end %s -->\n' speed speed targets targets start start lookup lookup limits limits how how >doc.md
echo '![roofs](roofline.png)' >>doc.md
"$compare" start start.json $options --llama a=./fast,./cli --llama z=./slow --ik ./ik,./cli -r 2 2>log || { fail "start: $?"; cat log; }
echo "one two three one two three one two" >said
"$compare" lookup lookup.json $options -r 2 --text said --bytes 200 --guess 3 2>log || { fail "lookup: $?"; cat log; }
"$compare" write doc.md out.json start.json lookup.json || fail "write: $?"
has doc.md '^\| tiny \| f32 \| 1 \| pp8 \| [0-9.]+ \([0-9.]+–[0-9.]+\) \| [01]\.[0-9]+ \| 200\.0 \(200\.0–200\.0\) a \|'
has doc.md '^\| tiny \| f32 \| 1 \| tg4 .* 50\.0 \(50\.0–50\.0\) a \|.* 60\.0 \(60\.0–60\.0\) rtr [01] \|'
has doc.md '^\| tiny \| f32 \| 1 \| [0-9]+ \| [0-9]+ \| [0-9]+ \| [0-9]+ \| [0-9]+ \| [0-9]+ \| [0-9]+ \| [0-9]+ \|$'
has doc.md '^\| tiny \| f32 \| 1 \| pp8 \| [0-9.]+ [^ ]+ 0\.7 \| [0-9.]+ [^ ]+ 1\.15 \| [0-9.]+ [^ ]+ 1\.15 \|$'
has doc.md '^\| tiny \| f32 \| 1 \| 200 bytes of said \| [0-9]+ \+ 3 \| [0-9.]+ \(.*\) \| [0-9.]+ \(.*\) \| \*\*[0-9.]+\*\* \| [0-9]+ of [0-9]+ \| [0-9.]+ \|$'
has doc.md '^\| memory \| GB/s \| [0-9.]+ \([0-9.]+–[0-9.]+\) \|$'
has doc.md '^- peers are scripts$'
has doc.md '^- llama.cpp a: .*/fast, sha256 [0-9a-f]{16}$'
has doc.md 'commit [0-9a-f]{10}'
grep -q '^old$' doc.md && fail "what stood between the marks is still there"
python3 -c 'import xml.dom.minidom; xml.dom.minidom.parse("roofline.svg")' || fail "the picture is no XML"

# A page has what it has marks for; a table that has rows has its place.
mkdir other && printf '<!-- begin %s -->\n<!-- end %s -->\n' speed speed targets targets limits limits how how >other/doc.md
"$compare" write other/doc.md out.json || fail "write without marks that nothing was measured for: $?"
has other/doc.md '^\| tiny \| f32 \| 1 \| pp8 '
[ "$(ls other)" = doc.md ] || fail "there is a picture that the page does not show"
"$compare" write other/doc.md out.json start.json 2>log && fail "a table without a place is lost"
has log 'no marks for start'

[ -e left ] && fail "what a program leaves where it runs stays"

# What a table says follows from the single measurements.
python3 - <<'END' || failed=1
import json, re, statistics
data = json.load(open("out.json"))
ours = [m["rate"] for m in data["measurements"] if m["family"] == "noctule" and m["kind"] == "prefill"]
assert len(ours) == 3, ours
row = next(l for l in open("doc.md") if "| pp8 |" in l).split(" | ")
ratio = float(row[8].strip("*"))
assert abs(ratio - statistics.median(ours) / 200) <= 0.005 * max(1, ratio), (ratio, ours)
assert 0 < float(row[5]) <= 1.2, row
END

# Rounded prompts are ours alone: a peer gets the same file as ever.
ln -s "$1/tests/models/qwen3" models/tiny/bf16
"$compare" run fast.json $(echo "$options" | sed 's/tiny:f32/tiny:bf16-fast/') --llama a=./fast -r 1 2>log ||
    { fail "a row of rounded prompts: $?"; cat log; }
has fast.json '"noctule noctule tiny bf16-fast .*/bf16 --fast -t 1 '
tail -1 fast.calls | grep -q '^-m .*/tiny-BF16.gguf -t 1 ' || fail "the peer got something else: $(tail -1 fast.calls)"

# A peer that fails is left out and named; a document without marks is refused.
"$compare" run broken.json $options --llama b=./broken -r 2 2>log || fail "a broken peer ended the run"
"$compare" write doc.md broken.json || fail "write without peers: $?"
has doc.md '^- left out: llama.cpp b, tiny f32: .*broken'
echo nothing >bare.md
"$compare" write bare.md out.json 2>log && fail "wrote without marks"
has log 'no marks for speed'
"$compare" run x.json --models models --rows tiny:q3 --engine "$2/noctule-engine" 2>log && fail "took an unknown format"
has log 'there is no format q3'
exit $failed
