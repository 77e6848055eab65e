# SPDX-License-Identifier: Apache-2.0
"""What the engine is to reach, and whether a run did."""

# (weights, kind, depth) → of limit, times llama.cpp, times ik_llama.cpp: what must be, what is aimed at
TARGETS = {
    ("f32", "prefill", 0): ((0.70, 1.15, 1.15), (0.82, 1.35, 1.40)),
    ("bf16", "prefill", 0): ((0.70, 1.60, 1.70), (0.82, 1.85, 2.00)),
    ("q8_0", "prefill", 0): ((0.40, 4.00, 1.90), (0.57, 6.00, 2.75)),
    ("q4_0", "prefill", 0): ((0.40, 2.80, 1.80), (0.57, 4.00, 2.60)),
    ("f32", "decode", 0): ((0.93, 1.06, 1.00), (0.98, 1.12, 1.04)),
    ("bf16", "decode", 0): ((0.84, 1.30, 1.08), (0.92, 1.42, 1.18)),
    ("q8_0", "decode", 0): ((0.80, 1.65, 1.25), (0.94, 1.95, 1.45)),
    ("q4_0", "decode", 0): ((0.72, 1.70, 1.45), (0.86, 2.00, 1.70)),
    ("q8_0", "decode", 4096): ((0.75, 2.20, 1.40), (0.88, 2.60, 1.70)),
}
# Of a model that fits the last cache only this is asked.
IN_CACHE = {("gpt2-124m", "q4_0", "decode", 0): ((None, 1.60, None), (None, 2.20, None))}


def of(row):
    key = (row.weights, row.kind, row.depth)
    if row.model.startswith("gpt2"):
        return IN_CACHE.get((row.model, *key))
    return TARGETS.get(key)


def reached(row):
    ours = row.best("noctule")
    ratios = [row.ratio(p) if p else None for p in (row.best("llama.cpp"), row.best("ik_llama.cpp"))]
    return (row.fraction(ours), *ratios)


def cell(got, must, aim):
    if must is None or got is None:
        return ""
    mark = "★" if got >= aim else "✓" if got >= must else "✗"
    return f"{got:.2f} {mark} {must:g}"


def table(rows):
    """★ what is aimed at, ✓ what must be, ✗ less; behind it what must be."""
    lines = ["| model | weights | threads | test | of limit | × llama.cpp | × ik_llama.cpp |",
             "|:--|:--|--:|:--|:--|:--|:--|"]
    for row in rows:
        wanted = of(row)
        if wanted:
            cells = [cell(*three) for three in zip(reached(row), *wanted)]
            lines.append(f"| {row.model} | {row.weights} | {row.threads} | {row.test()} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
