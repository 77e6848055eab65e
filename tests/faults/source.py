# SPDX-License-Identifier: Apache-2.0
"""C as tokens and functions: as much of the language as a fault needs to find its place."""
import re
from collections import namedtuple

Token = namedtuple("Token", "kind text begin end")

# Whatever matches none of these is one character of punctuation.
_PATTERN = re.compile(r"""
    (?P<space>\s+)
  | (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<directive>(?<![^\n])[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<string>"(?:\\.|[^"\\\n])*")
  | (?P<char>'(?:\\.|[^'\\\n])*')
  | (?P<number>(?:0[xX][0-9a-fA-F.]+(?:[pP][+-]?\d+)?|\d*\.?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)[fFuUlL]*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<punct>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)
""", re.VERBOSE | re.DOTALL)


def tokens(text):
    """All that the compiler sees; no white space, comments or directives."""
    out = []
    for match in _PATTERN.finditer(text):
        if match.lastgroup not in ("space", "comment", "directive"):
            out.append(Token(match.lastgroup, match.group(), match.start(), match.end()))
    return out


def _open_of(toks, close):
    """The index of the parenthesis that the one at close ends; -1 without one."""
    depth = 0
    for i in range(close, -1, -1):
        depth += {")": 1, "(": -1}.get(toks[i].text, 0)
        if depth == 0:
            return i
    return -1


def _name_before(toks, close):
    """The function whose parameters end at close: f of f(…), or NATIVE(f) of NATIVE(f)(…)."""
    begin = _open_of(toks, close)
    if begin > 0 and toks[begin - 1].kind == "name":
        return toks[begin - 1].text
    if begin > 1 and toks[begin - 1].text == ")" and toks[begin - 2].kind == "name":
        return "%s(%s)" % (toks[_open_of(toks, begin - 1) - 1].text, toks[begin - 2].text)
    return None


def functions(text):
    """name → (begin, end) of its body, braces included."""
    toks, out, depth, name, begin = tokens(text), {}, 0, None, 0
    for i, tok in enumerate(toks):
        if tok.text == "{":
            if depth == 0:
                name = _name_before(toks, i - 1) if i and toks[i - 1].text == ")" else None
                begin = tok.begin
            depth += 1
        elif tok.text == "}":
            depth -= 1
            if depth == 0 and name:
                out[name] = (begin, tok.end)
    return out


def line_of(text, at):
    return text.count("\n", 0, at) + 1
