# SPDX-License-Identifier: Apache-2.0
"""The roofline: how many operations a second at how many operations a byte, as SVG."""
import math
import statistics

PANEL, HEIGHT, LEFT, RIGHT, TOP, BOTTOM, GAP = 480, 470, 62, 14, 64, 92, 24
COLORS = {"f32": "#4e79a7", "bf16": "#f28e2b", "f16": "#b6992d", "q8_0": "#59a14f", "q4_0": "#e15759",
          "q4_k": "#b07aa1", "q6_k": "#9c755f"}
ROOFS = {"f32_fma": "f32 FMA", "bf16_dot": "bf16 dot", "i8_dot": "int8 dot", "f16_fma": "fp16 FMA"}
FONT = 'font-family="Helvetica, Arial, sans-serif"'


class Panel:
    """One thread count. x: operations a byte; y: operations a second; both logarithmic."""

    def __init__(self, left, points, limits):
        self.left, self.points, self.limits = left, points, limits
        xs = [p["x"] for p in points]
        ys = [p["y"] for p in points] + [max(v) * 1e9 for k, v in limits.items() if k in ROOFS]
        self.x0, self.x1 = math.log10(min(xs)) - 0.3, math.log10(max(xs)) + 0.3
        self.y0, self.y1 = math.log10(min(ys)) - 0.3, math.log10(max(ys)) + 0.25

    def x(self, value):
        width = PANEL - LEFT - RIGHT
        return self.left + LEFT + (math.log10(value) - self.x0) / (self.x1 - self.x0) * width

    def y(self, value):
        return HEIGHT - BOTTOM - (math.log10(value) - self.y0) / (self.y1 - self.y0) * (HEIGHT - TOP - BOTTOM)


def text(x, y, what, size=11, anchor="start", color="#333", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{color}" {FONT} {more}>{what}</text>'


def line(x1, y1, x2, y2, color, width=1.0, dash=""):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" '
            f'stroke-width="{width}" stroke-dasharray="{dash}"/>')


def ticks(low, high):
    for e in range(math.floor(low), math.ceil(high) + 1):
        for m in (1, 2, 5):
            if low <= e + math.log10(m) <= high:
                yield m * 10.0 ** e


def axes(p):
    left, right, top, bottom = p.left + LEFT, p.left + PANEL - RIGHT, TOP, HEIGHT - BOTTOM
    for v in ticks(p.x0, p.x1):
        yield line(p.x(v), top, p.x(v), bottom, "#eee")
        yield text(p.x(v), bottom + 15, f"{v:g}", 10, "middle", "#666")
    for v in ticks(p.y0, p.y1):
        yield line(left, p.y(v), right, p.y(v), "#eee")
        yield text(left - 6, p.y(v) + 4, f"{v / 1e9:g}", 10, "end", "#666")
    yield line(left, bottom, right, bottom, "#999")
    yield line(left, top, left, bottom, "#999")
    yield text((left + right) / 2, bottom + 32, "operations for each byte of weights and cache", 11, "middle")
    yield text(p.left + 14, (top + bottom) / 2, "Gop/s", 11, "middle", "#333",
               f'transform="rotate(-90 {p.left + 14} {(top + bottom) / 2})"')


def slant(p, bandwidth, top, dash=""):
    """What a bandwidth delivers, up to the highest peak. (the line, where a label goes, its slope)"""
    low = max(10 ** p.x0, 10 ** p.y0 / bandwidth)
    high = min(top / bandwidth, 10 ** p.x1)
    at = low * (high / low) ** 0.8
    slope = -math.degrees(math.atan2(p.y(at * bandwidth) - p.y(2 * at * bandwidth), p.x(2 * at) - p.x(at)))
    return (line(p.x(low), p.y(low * bandwidth), p.x(high), p.y(high * bandwidth), "#777", 1.3, dash),
            p.x(at), p.y(at * bandwidth), slope)


def roofs(p):
    """Horizontal: peaks. Slanted: what the memory delivers, as a rule and (dashed) at its best."""
    peaks = {n: statistics.median(v) * 1e9 for n, v in p.limits.items() if n in ROOFS}
    memory, best = statistics.median(p.limits["memory"]) * 1e9, max(p.limits["memory"]) * 1e9
    for name, peak in sorted(peaks.items(), key=lambda i: i[1]):
        begin = max(peak / memory, 10 ** p.x0)
        yield line(p.x(begin), p.y(peak), p.x(10 ** p.x1), p.y(peak), "#777", 1.3)
        yield text(p.x(begin) + 36, p.y(peak) - 5, f"{ROOFS[name]} {peak / 1e9:.0f}", 10, "start", "#777")
    if best > 1.05 * memory:
        yield slant(p, best, max(peaks.values()), "4 3")[0]
    drawn, x, y, slope = slant(p, memory, max(peaks.values()))
    yield drawn
    yield text(x, y, f"memory {memory / 1e9:.0f} GB/s", 10, "middle", "#777",
               f'dy="-6" stroke="#fff" stroke-width="4" paint-order="stroke" '
               f'transform="rotate({slope:.1f} {x:.1f} {y:.1f})"')


def mark(family, x, y, color, size=5.0):
    if family == "noctule":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{color}"/>'
    if family == "llama.cpp":
        return (f'<rect x="{x - size + 1:.1f}" y="{y - size + 1:.1f}" width="{2 * size - 2}" height="{2 * size - 2}" '
                f'fill="white" stroke="{color}" stroke-width="1.6"/>')
    points = f"{x:.1f},{y - size:.1f} {x - size:.1f},{y + size - 1:.1f} {x + size:.1f},{y + size - 1:.1f}"
    return f'<polygon points="{points}" fill="white" stroke="{color}" stroke-width="1.6"/>'


def points_of(rows, threads):
    points = []
    for r in rows:
        if r.threads != threads:
            continue
        for family in ("ik_llama.cpp", "llama.cpp", "noctule"):  # ours on top
            best = r.best(family)
            if best:
                points.append({"family": family, "weights": r.weights, "x": r.operations / r.bytes,
                               "y": r.operations * r.median(best)})
    return points


def legend(width, weights, families):
    x, y = LEFT, HEIGHT - 30
    for w in weights:
        yield f'<rect x="{x}" y="{y - 9}" width="11" height="11" fill="{COLORS[w]}"/>'
        yield text(x + 16, y, w)
        x += 62
    x = max(x, width - 330)
    for f in families:
        yield mark(f, x, y - 4, "#333")
        yield text(x + 11, y, f)
        x += 105


def picture(rows, limits):
    """Of the first model that was measured. (svg, width, height)"""
    model = rows[0].model
    rows = [r for r in rows if r.model == model and r.depth == 0]
    threads = sorted({r.threads for r in rows} & set(limits))
    width = len(threads) * PANEL + (len(threads) - 1) * GAP
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}">',
           f'<rect width="{width}" height="{HEIGHT}" fill="white"/>',
           text(LEFT, 24, f"{model}: what was reached of what is possible", 13, "start", "#111", 'font-weight="bold"')]
    seen = set()
    for i, t in enumerate(threads):
        points = points_of(rows, t)
        p = Panel(i * (PANEL + GAP), points, limits[t])
        out.append(text(p.left + LEFT, 48, f"{t} thread{'s' if t > 1 else ''}", 12))
        out += [*axes(p), *roofs(p)]
        out += [mark(q["family"], p.x(q["x"]), p.y(q["y"]), COLORS[q["weights"]]) for q in points]
        seen |= {q["family"] for q in points}
    families = [f for f in ("noctule", "llama.cpp", "ik_llama.cpp") if f in seen]
    out += [*legend(width, [w for w in COLORS if any(r.weights == w for r in rows)], families), "</svg>"]
    return "\n".join(out) + "\n", width, HEIGHT
