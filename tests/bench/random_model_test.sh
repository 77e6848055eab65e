#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# random_model_test.sh BIN: what scripts/bench/random_model.py writes loads and runs, is the
# same for the same seed, and holds the same weights in every format. 77 without numpy.
set -eu
PATH=$1:$PATH
python3 -c 'import numpy' 2>/dev/null || { echo "there is no numpy"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
fail() { echo "$1"; exit 1; }
export PYTHONDONTWRITEBYTECODE=1

make_model() { # FOLDER PRESET SEED FORMATS…
    out=$1 preset=$2 seed=$3; shift 3
    python3 "$(dirname "$0")/../../scripts/bench/random_model.py" "$preset" "$tmp/$out" --name tiny \
        --seed "$seed" --layers 2 --hidden 64 --heads 4 --kv-heads "$kv" --head-dim 16 \
        --intermediate 96 --vocab 700 --tokens 640 --positions 128 --formats "$@" >"$tmp/out"
}
greedy() { noctule-engine generate "$1" --ids '5 6 7' -n 12 -T 0 --no-eos 2>/dev/null; }

for preset in gpt2-124m qwen2.5-0.5b qwen3-0.6b; do
    kv=2
    [ "$preset" = gpt2-124m ] && kv=4
    make_model a "$preset" 1 f32 bf16 f16
    make_model b "$preset" 1 f32
    make_model c "$preset" 2 f32
    cmp "$tmp/a/tiny/f32/model.safetensors" "$tmp/b/tiny/f32/model.safetensors" || fail "$preset: not the same twice"
    cmp -s "$tmp/a/tiny/f32/model.safetensors" "$tmp/c/tiny/f32/model.safetensors" && fail "$preset: the seed says nothing"
    [ "$(greedy "$tmp/a/tiny/f32" | tr ' ' '\n' | sort -u | wc -l)" -ge 6 ] || fail "$preset: greedy decoding repeats itself"
    for dtype in bf16 f16; do
        # What was rounded here is what the engine rounds itself.
        noctule-engine generate "$tmp/a/tiny/f32" --dtype $dtype --ids '5 6 7' -n 12 -T 0 --no-eos >"$tmp/cast" 2>/dev/null
        greedy "$tmp/a/tiny/$dtype" | cmp - "$tmp/cast" || fail "$preset: $dtype holds other weights"
    done
    text='Hello, 2 worlds!'
    back=$(noctule-engine generate "$tmp/a/tiny/f32" "$text" -n 0 -T 0 --echo 2>/dev/null)
    [ "$back" = "$text" ] || fail "$preset: the tokenizer does not load: $back"
    rm -rf "$tmp/a" "$tmp/b" "$tmp/c"
done
kv=2
make_model e qwen2.5-0.5b-echo 1 f32
[ "$(greedy "$tmp/e/tiny/f32" | tr ' ' '\n' | sort -u | wc -l)" -eq 1 ] || fail "echo: it says something else than its last token"
python3 "$(dirname "$0")/../../scripts/bench/random_model.py" qwen2.5-0.5b "$tmp/e" --name tiny --quantize Q4_K_M \
    2>"$tmp/said" && fail "llama-quantize had nothing to read"
grep -q 'tiny-F32.gguf is not there: --formats gguf-f32 makes it' "$tmp/said" || fail "without F32: $(cat "$tmp/said")"
kv=3
make_model d qwen2.5-0.5b 1 f32 2>/dev/null && fail "4 heads share 3 key heads"
kv=2
refuse() { # WHAT IS SAID, OPTIONS…
    said=$1; shift
    python3 "$(dirname "$0")/../../scripts/bench/random_model.py" qwen3-0.6b "$tmp/r" --vocab 700 --layers 1 "$@" \
        2>"$tmp/said" >"$tmp/out" && fail "taken: $*"
    grep -q -e "$said" "$tmp/said" || fail "$*: $(cat "$tmp/said")"
    grep -q Traceback "$tmp/said" && fail "$*: $(cat "$tmp/said")"
    [ ! -e "$tmp/r" ] || fail "$*: something was written"
}
refuse 'there is nothing to write; name --formats' --hidden 64
refuse 'layers is -1; it must be at least 1' --layers -1 --formats f32
refuse 'kv-heads is 0; it must be at least 1' --kv-heads 0 --formats f32
refuse 'head-dim is 5; heads are rotated in pairs' --head-dim 5 --formats f32
refuse 'intermediate is 40; gguf-q8_0 needs a multiple of 32' --intermediate 40 --formats gguf-q8_0
refuse 'a gpt2 is no qwen3-0.6b; name its files' --family gpt2 --formats f32
exit 0
