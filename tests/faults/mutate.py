# SPDX-License-Identifier: Apache-2.0
"""Faults made by rule from whatever the source is today. See README.md."""
import random
import re
from collections import namedtuple

import source

Site = namedtuple("Site", "file function line kind begin end before after")

_SWAPS = {"+": "-", "-": "+", "*": "+", "/": "*"}
_RELATIONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
_DTYPES = {"DTYPE_BF16": "DTYPE_F16", "DTYPE_F16": "DTYPE_BF16", "DTYPE_Q8_0": "DTYPE_Q4_0",
           "ROPE_HALF": "ROPE_INTERLEAVED"}
_FACTORS = ("eps", "norm_eps", "scale", "attention", "slack")
KINDS = ("operator", "relation", "off-by-one", "constant", "stride", "dtype", "condition",
         "factor", "dropped-term")


def _is_binary(text, tok):
    """clang-format puts a space on both sides of what has two operands, and of nothing else."""
    return text[tok.begin - 1:tok.begin] in (" ", "\n") and text[tok.end:tok.end + 1] in (" ", "\n")


def _term_end(toks, i):
    """Behind the operand that begins at toks[i], when it is a name or number with members, indices
    and arguments only; None for any other."""
    if toks[i].kind not in ("name", "number"):
        return None
    depth, i = 0, i + 1
    while i < len(toks):
        text = toks[i].text
        if text in ("(", "["):
            depth += 1
        elif text in (")", "]"):
            if depth == 0:
                return i
            depth -= 1
        elif depth == 0 and text in ("->", "."):
            i += 1
        elif depth == 0:
            return i if text in (";", ",", "+", "-") else None
        i += 1
    return None


def _condition_end(toks, i):
    depth = 0
    for at in range(i, len(toks)):
        depth += {"(": 1, ")": -1}.get(toks[at].text, 0)
        if depth == 0:
            return at
    return None


def _edits(text, toks, i):
    """(kind, begin, end, after) of what can go wrong at toks[i]."""
    tok = toks[i]
    before = toks[i - 1].text if i else ""
    after = toks[i + 1].text if i + 1 < len(toks) else ""
    if tok.text in _SWAPS and _is_binary(text, tok):
        yield "operator", tok.begin, tok.end, _SWAPS[tok.text]
    if tok.text in _RELATIONS:
        yield "relation", tok.begin, tok.end, _RELATIONS[tok.text]
    if tok.text in ("+", "-") and _is_binary(text, tok) and i + 1 < len(toks):
        end = _term_end(toks, i + 1)
        if end is not None:
            yield "dropped-term", toks[i - 1].end, toks[end - 1].end, ""
    if tok.kind == "number" and before == "[" and i > 1 and toks[i - 2].text in ("stride", "shape"):
        yield "stride", tok.begin, tok.end, str(int(tok.text) ^ 1)
    elif tok.kind == "number" and re.fullmatch(r"\d+", tok.text):
        yield "off-by-one", tok.begin, tok.end, str(int(tok.text) + 1)
    elif tok.kind == "number" and "." in tok.text and not tok.text.startswith("0x"):
        yield "constant", tok.begin, tok.end, "(%s * 1.5%s)" % (
            tok.text, "f" if tok.text[-1] in "fF" else "")
    if tok.text in _DTYPES:
        yield "dtype", tok.begin, tok.end, _DTYPES[tok.text]
    if tok.text in _FACTORS and before in ("->", ".") and after in (")", ";", "+", "-", "*", ","):
        yield "factor", tok.end, tok.end, " * 2"
    if tok.text == "if" and after == "(":
        end = _condition_end(toks, i + 1)
        if end is not None:
            begin, stop = toks[i + 1].begin, toks[end].end
            yield "condition", begin, stop, "(!%s)" % text[begin:stop]


def sites(text, file, function=None):
    """All faults that can be made in the file, or in one function of it, in their order."""
    out = []
    toks = source.tokens(text)
    for name, (begin, end) in sorted(source.functions(text).items(), key=lambda f: f[1]):
        if function not in (None, name):
            continue
        body = [t for t in toks if begin <= t.begin < end]
        for i in range(len(body)):
            for kind, at, stop, after in _edits(text, body, i):
                out.append(Site(file, name, source.line_of(text, at), kind, at, stop,
                                text[at:stop], after))
    return out


def pick(all_sites, seed, count):
    """count of them, the same for the same seed and sources; kinds in turn, so that the frequent
    ones leave room for the others."""
    rng = random.Random(seed)
    kinds = {kind: [s for s in all_sites if s.kind == kind] for kind in KINDS}
    for found in kinds.values():
        rng.shuffle(found)
    out = []
    while len(out) < count and any(kinds.values()):
        for kind in KINDS:
            if kinds[kind] and len(out) < count:
                out.append(kinds[kind].pop())
    return out


def apply(text, site):
    return text[:site.begin] + site.after + text[site.end:]
