#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes checkpoints of any geometry with random weights, to measure speed with.

    random_model.py qwen2.5-0.5b /tmp/models --formats bf16 gguf-bf16 gguf-q8_0

writes OUT/NAME/bf16/{model.safetensors,config.json,tokenizer.json}, OUT/NAME/NAME-BF16.gguf and so
on. Files of one name and seed hold the same weights, rounded to each format, so that two programs
with readers of their own compute the same thing. Vectors (norms, biases) are rounded to bf16 before
all else and are the same numbers everywhere. Needs numpy, and the package gguf for GGUF; the
formats that it cannot write are llama-quantize's: --quantize Q4_K_M --llama-quantize PATH.
"""
import argparse
import dataclasses
import hashlib
import json
import pathlib
import subprocess
import sys

import numpy as np

from geometry import FAMILIES, PRESETS, Geometry, add_gguf_keys, config_of, tensors_of
from vocabulary import Vocabulary

BLOCK = 1 << 22  # elements drawn and written at once
HF_NAMES = {"f32": "float32", "bf16": "bfloat16", "f16": "float16"}
GGUF_FORMATS = ("f32", "bf16", "f16", "q8_0", "q4_0")
ALL_FORMATS = list(HF_NAMES) + ["gguf-" + f for f in GGUF_FORMATS]


def to_bf16(x):
    bits = x.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def encode(x, dtype):
    return {"f32": lambda: x, "bf16": lambda: to_bf16(x), "f16": lambda: x.astype(np.float16)}[dtype]()


def blocks(t, seed):
    """The rows of a tensor, f32, a block at a time: the same whoever asks."""
    key = hashlib.sha256(f"{seed} {t.gguf}".encode()).digest()
    draw = np.random.Generator(np.random.Philox(int.from_bytes(key[:16], "little")))
    columns = t.shape[-1]
    rows = t.shape[0] if len(t.shape) == 2 else 1
    step = max(1, BLOCK // columns)
    for begin in range(0, rows, step):
        x = draw.standard_normal((min(step, rows - begin), columns), dtype=np.float32)
        x = x * np.float32(t.spread) + np.float32(t.mean)
        if len(t.shape) == 1:
            x = (to_bf16(x).astype(np.uint32) << 16).view(np.float32)
        yield x


def write_tensor(out, t, seed, dtype):
    if t.transposed:
        whole = np.concatenate([encode(x, dtype) for x in blocks(t, seed)])
        np.ascontiguousarray(whole.T).tofile(out)
        return
    for x in blocks(t, seed):
        encode(x, dtype).tofile(out)


def write_safetensors(path, tensors, seed, dtype):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for t in tensors:
        size = int(np.prod(t.shape)) * (4 if dtype == "f32" else 2)
        shape = list(reversed(t.shape)) if t.transposed else list(t.shape)
        header[t.hf] = {"dtype": dtype.upper(), "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for t in tensors:
            write_tensor(out, t, seed, dtype)


def write_folder(folder, g, vocabulary, seed, dtype):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config_of(g, HF_NAMES[dtype]), indent=2) + "\n")
    vocabulary.write_json(folder / "tokenizer.json")
    write_safetensors(folder / "model.safetensors", tensors_of(g), seed, dtype)


def add_vocabulary(writer, gguf, vocabulary):
    tokens = vocabulary.gguf_tokens()
    kinds = [gguf.TokenType.UNUSED if i >= len(vocabulary.tokens) else gguf.TokenType.CONTROL
             if vocabulary.is_special(i) else gguf.TokenType.NORMAL for i in range(len(tokens))]
    end = len(vocabulary.tokens) - vocabulary.special
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2" if vocabulary.g.family == "gpt2" else "qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([f"{a} {b}" for a, b in vocabulary.merges])
    writer.add_bos_token_id(end)
    writer.add_eos_token_id(end)
    writer.add_add_bos_token(False)


def write_gguf(path, g, vocabulary, seed, dtype):
    import gguf
    kind = gguf.GGMLQuantizationType[dtype.upper()]
    file_type = {"f32": 0, "f16": 1, "bf16": 32, "q8_0": 7, "q4_0": 2}[dtype]
    tensors = tensors_of(g)
    writer = gguf.GGUFWriter(path, g.family)
    writer.add_name(path.stem)
    add_gguf_keys(writer, g)
    writer.add_file_type(file_type)
    writer.add_quantization_version(2)
    add_vocabulary(writer, gguf, vocabulary)
    # As llama.cpp's converter: vectors stay f32, and so do learned positions.
    kinds = [kind if len(t.shape) == 2 and t.gguf != "position_embd.weight" else
             gguf.GGMLQuantizationType.F32 for t in tensors]
    for t, k in zip(tensors, kinds):
        of, size = gguf.GGML_QUANT_SIZES[k]
        writer.add_tensor_info(t.gguf, t.shape, np.dtype(np.float32), int(np.prod(t.shape)) // of * size, raw_dtype=k)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    out = writer.fout[0]
    for t, k in zip(tensors, kinds):
        writer.write_padding(out, out.tell())
        for x in blocks(t, seed):
            gguf.quantize(x, k).tofile(out)
    writer.write_padding(out, out.tell())
    writer.state = gguf.gguf_writer.WriterState.WEIGHTS
    writer.close()


def quantize(program, folder, name, kind, threads):
    """KIND, or KIND-pure: every matrix in that one format, the table of tokens too."""
    base, pure = kind.removesuffix("-pure"), kind.endswith("-pure")
    options = ["--pure", "--token-embedding-type", base.lower()] if pure else []
    out, whole = folder / f"{name}-{kind}.gguf", folder / f"{name}-F32.gguf"
    if not whole.exists():
        raise ValueError(f"{whole} is not there: --formats gguf-f32 makes it")
    subprocess.run([program, *options, whole, out, base, str(threads)], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return out


def geometry(args):
    values = dict(PRESETS[args.preset])
    values.update({f.name: v for f in dataclasses.fields(Geometry) if (v := getattr(args, f.name)) is not None})
    values["tokens"] = min(values["tokens"], values["vocab"])
    g = Geometry(**values)
    g.check()
    g.check_blocks(args.formats)
    return g


def parse(argv):
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("preset", choices=PRESETS)
    p.add_argument("out", type=pathlib.Path)
    p.add_argument("--name", help="of the files (the preset's; needed with another --family)")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--formats", nargs="+", choices=ALL_FORMATS, default=[], metavar="FORMAT",
                   help="any of: " + ", ".join(ALL_FORMATS) + " (q8_0, q4_0: every matrix)")
    p.add_argument("--quantize", nargs="+", default=[], metavar="KIND",
                   help="by llama-quantize from the file of gguf-f32: Q4_0, Q4_K_M, Q6_K, Q6_K-pure …")
    p.add_argument("--llama-quantize", default="llama-quantize", help="the program")
    p.add_argument("--threads", type=int, default=2, help="of llama-quantize")
    for f in dataclasses.fields(Geometry):
        choices = dict(choices=list(FAMILIES)) if f.name == "family" else {}
        p.add_argument("--" + f.name.replace("_", "-"), type=f.type,
                       help="instead of the preset's", **choices)
    args = p.parse_args(argv)
    if not args.formats and not args.quantize:
        p.error("there is nothing to write; name --formats or --quantize")
    if args.family not in (None, PRESETS[args.preset]["family"]) and not args.name:
        p.error(f"a {args.family} is no {args.preset}; name its files with --name")
    return args


def main(argv):
    args = parse(argv)
    g, name = geometry(args), args.name or args.preset
    folder = args.out / name
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = Vocabulary(g, args.seed)
    for f in args.formats:
        if f.startswith("gguf-"):
            path = folder / f"{name}-{f[5:].upper()}{'-pure' if f == 'gguf-q4_0' else ''}.gguf"
            write_gguf(path, g, vocabulary, args.seed, f[5:])
        else:
            path = folder / f
            write_folder(path, g, vocabulary, args.seed, f)
        print(path, flush=True)
    for kind in args.quantize:
        print(quantize(args.llama_quantize, folder, name, kind, args.threads), flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (ValueError, OSError, subprocess.CalledProcessError) as e:
        sys.exit(f"random_model: {e}")
