# SPDX-License-Identifier: Apache-2.0
"""A byte-level BPE vocabulary of any size: no text was read for it, but it costs as much to load."""
import json
import random

from geometry import special_count

LONGEST = 16  # characters of a token
QWEN_PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
                r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def byte_characters():
    """The 256 bytes as the printable characters that GPT-2 writes them as, in its order."""
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    others = [b for b in range(256) if b not in printable]
    return [chr(b) for b in printable] + [chr(256 + i) for i in range(len(others))]


def ascii_letters_first(seed):
    """Bytes, the likeliest in words first, for merges that look like a language's."""
    likely = "etaoinshrdlucmfwypvbgkjqxzETAOINSHRDLUCMFWYPVBGKJQXZ0123456789.,-_'\"()"
    characters = byte_characters()
    rest = [c for c in characters if c not in likely and c != "Ġ"]
    random.Random(seed).shuffle(rest)
    return ["Ġ", *likely, *rest]


class Vocabulary:
    """tokens [g.tokens] in the order of their ids, the last of them special; merges, best first."""

    def __init__(self, g, seed):
        self.g = g
        self.special = special_count(g)
        plain = g.tokens - self.special
        self.tokens, self.merges = byte_characters(), []
        draw, known, parts = random.Random(seed).random, set(self.tokens), ascii_letters_first(seed)
        while len(self.tokens) < plain:
            left = parts[int(len(parts) * draw() ** 3)]
            right = parts[int(len(parts) * draw() ** 3)]
            token = left + right
            if token in known or len(token) > LONGEST or "Ġ" in right:
                continue
            known.add(token)
            parts.append(token)
            self.tokens.append(token)
            self.merges.append((left, right))
        names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + [f"<|extra_{i}|>" for i in range(self.special)]
        self.tokens += names[:self.special]

    def is_special(self, i):
        return i >= len(self.tokens) - self.special

    def gguf_tokens(self):
        """Ids that no token has are called [PADn], as llama.cpp's converter does."""
        return self.tokens + [f"[PAD{i}]" for i in range(len(self.tokens), self.g.vocab)]

    def added(self):
        return [{"id": i, "content": self.tokens[i], "single_word": False, "lstrip": False, "rstrip": False,
                 "normalized": False, "special": True}
                for i in range(len(self.tokens) - self.special, len(self.tokens))]

    def write_json(self, path):
        """tokenizer.json, laid out as HF does: one token and each half of a merge on a line."""
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
        split = {"type": "Split", "pattern": {"Regex": QWEN_PATTERN}, "behavior": "Isolated", "invert": False}
        qwen = self.g.family != "gpt2"
        document = {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": self.added(),
            "normalizer": {"type": "NFC"} if qwen else None,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, {**byte_level, "use_regex": False}]}
            if qwen else {**byte_level, "use_regex": True},
            "post_processor": {**byte_level, "use_regex": False}, "decoder": {**byte_level, "use_regex": False},
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                      "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                      "vocab": {t: i for i, t in enumerate(self.tokens) if not self.is_special(i)},
                      "merges": [list(m) for m in self.merges]},
        }
        path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
