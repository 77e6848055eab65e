# SPDX-License-Identifier: Apache-2.0
"""Tables and the picture for docs/performance.md, from the results of `compare`."""
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile

import lookup
import roofline
import targets

PEERS = ("llama.cpp", "ik_llama.cpp")


class Row:
    """One test of one model: every program's rates, by round."""

    def __init__(self, key):
        self.model, self.weights, self.threads, self.kind, self.tokens, self.depth, self.kv = key
        self.rates, self.fractions = {}, {}  # (family, name) → {round: rate}; {round: fraction}, ours
        self.limit, self.bytes, self.operations = "", 0.0, 0.0

    def add(self, m):
        self.rates.setdefault((m["family"], m["name"]), {})[m["round"]] = m["rate"]
        if m["family"] == "noctule":
            self.fractions[m["round"]] = m["fraction"]
            self.limit, self.bytes, self.operations = m["limit"], m["bytes"], m["operations"]

    def test(self):
        name = f"{'pp' if self.kind == 'prefill' else 'tg'}{self.tokens}" + (f" @ d{self.depth}" if self.depth else "")
        return name + (f", cache {self.kv}" if self.kv else "")

    def best(self, family):
        """The variant of the family with the highest median, or None."""
        names = [n for n in self.rates if n[0] == family]
        return max(names, key=lambda n: statistics.median(self.rates[n].values()), default=None)

    def median(self, program):
        return statistics.median(self.rates[program].values())

    def fraction(self, program):
        """Of the limit as it was in each round, which is what our own fraction says of it."""
        ours = self.rates[self.best("noctule")]
        of = [r / (ours[i] / self.fractions[i]) for i, r in self.rates[program].items() if i in ours]
        return statistics.median(of) if of else None

    def ratio(self, program):
        """How much faster we are, round by round."""
        ours = self.rates[self.best("noctule")]
        of = [ours[i] / r for i, r in self.rates[program].items() if i in ours]
        return statistics.median(of) if of else None


def rows_of(results):
    """A row measured again later replaces the earlier one."""
    rows = {}
    for data in results:
        fresh = {}
        for m in data["measurements"]:
            key = (m["model"], m["weights"], m["threads"], m["kind"], m["tokens"], m["depth"], m.get("kv"))
            fresh.setdefault(key, Row(key)).add(m)
        rows.update(fresh)
    return [r for r in rows.values() if r.best("noctule")]


def cell(row, program):
    values = row.rates[program].values()
    return f"{row.median(program):.1f} ({min(values):.1f}–{max(values):.1f})"


def number(x, digits=2):
    return "" if x is None else f"{x:.{digits}f}"


def speed_table(rows):
    there = [f for f in PEERS if any(r.best(f) for r in rows)]
    head = ["model", "weights", "threads", "test", "noctule", "of limit"]
    for f in there:
        head += [f, "of limit", "ratio"]
    head.append("limit")
    lines = [head, [":--", ":--", "--:", ":--"] + ["--:"] * (len(head) - 5) + [":--"]]
    for r in rows:
        ours = r.best("noctule")
        line = [r.model, r.weights, str(r.threads), r.test(), cell(r, ours), number(r.fraction(ours))]
        for f in there:
            p = r.best(f)
            line += [f"{cell(r, p)} {p[1]}", number(r.fraction(p)), f"**{number(r.ratio(p))}**"] if p else ["", "", ""]
        lines.append(line + [r.limit])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def start_table(results):
    groups = {}
    for data in results:
        fresh = {}
        for s in data.get("starts", []):
            row = fresh.setdefault((s["model"], s["weights"], s["threads"]), {})
            row.setdefault(s["family"], {}).setdefault(s["name"], []).append((s["seconds"] * 1e3, s["rss"] / 2**20))
        groups.update(fresh)
    families = [f for f in ("noctule", "noctule, kept", *PEERS) if any(f in g for g in groups.values())]
    lines = [["model", "weights", "threads"] + [f + w for f in families for w in (" ms", " MiB")],
             [":--", ":--", "--:"] + ["--:"] * (2 * len(families))]
    for (model, weights, threads), g in groups.items():
        line = [model, weights, str(threads)]
        for f in families:
            variants = g.get(f, {}).values()
            best = min(variants, key=lambda v: statistics.median(x[0] for x in v), default=None)
            line += [f"{statistics.median(x[i] for x in best):.0f}" for i in (0, 1)] if best else ["", ""]
        lines.append(line)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) if groups else ""


def limits_of(results):
    """{threads: {name: [values]}}, of all runs."""
    limits = {}
    for data in results:
        for one in data.get("limits", []):
            of = limits.setdefault(one["threads"], {})
            for name, value in [("memory", one["memory_gb_s"]), ("cache", one["cache_gb_s"]), *one["gop_s"].items(),
                                ("barrier", one["barrier_us"])]:
                if value:
                    of.setdefault(name, []).append(value["median"])
    return limits


def limits_table(results):
    units = {"memory": "GB/s", "cache": "GB/s", "barrier": "µs"}
    limits = limits_of(results)
    lines = ["| limit | unit | " + " | ".join(f"{t} threads" if t > 1 else "1 thread" for t in sorted(limits)) + " |",
             "|:--|:--|" + "--:|" * len(limits)]
    for name in dict.fromkeys(n for of in limits.values() for n in of):
        cells = [f"{statistics.median(v):.4g} ({min(v):.4g}–{max(v):.4g})" if (v := limits[t].get(name)) else "absent"
                 for t in sorted(limits)]
        lines.append(f"| {name} | {units.get(name, 'Gop/s')} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def without_home(text, results):
    """Paths from where the programs and models share a folder: the rest is one machine's own."""
    words = [w for data in results for c in data["commands"].values() for w in c.split() if w.startswith("/")]
    home = os.path.commonpath(words).rstrip("/") + "/" if words else ""
    return text.replace(home, "") if len(home) > 1 else text


def how(results):
    """Dates, commits, machine, versions, and every command, from a folder that holds all it names."""
    lines = []
    for data in results:
        m = data.get("machine", {})
        loads = [x["load"] for x in data["measurements"]] or [data["load"]]
        lines += [f"{data['date']}, commit {data['commit']}, {m.get('processor', 'unknown')}, {m.get('cores', '?')} cores, "
                  f"{data.get('device', 'bench')}, Linux {data['kernel']}, load {min(loads):.1f}–{max(loads):.1f}:", "",
                  "    " + data["invocation"], ""]
        for p in data["programs"]:
            lines.append(f"- {p['family']} {p['name']}: {p['version']}")
        lines += [f"- {note}" for note in data.get("notes", [])]
        for text in data.get("left_out", []):
            lines.append(f"- left out: {text}")
        lines += ["", "<details><summary>every command</summary>", ""]
        lines += [f"    {c}" for c in sorted(set(data["commands"].values()))] + ["", "</details>", ""]
    return without_home("\n".join(lines).rstrip(), results)


def put_between(text, mark, new):
    """What stands between <!-- begin MARK --> and <!-- end MARK --> becomes new."""
    pattern = re.compile(rf"(<!-- begin {mark} -->\n).*?(<!-- end {mark} -->)", re.S)
    if not pattern.search(text):
        raise ValueError(f"the document has no marks for {mark}")
    return pattern.sub(lambda m: m.group(1) + new + "\n" + m.group(2), text)


def draw(path, rows, limits):
    """The picture as SVG, and as PNG where there is a Chromium to draw it."""
    svg, width, height = roofline.picture(rows, limits)
    path.with_suffix(".svg").write_text(svg)
    browser = next((b for b in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if b), None)
    if not browser:
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                        f"--user-data-dir={folder}", f"--window-size={width},{height}", "--force-device-scale-factor=2",
                        f"--screenshot={path.with_suffix('.png').resolve()}",
                        path.with_suffix(".svg").resolve().as_uri()],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def write(document, results):
    """A page has marks for what was measured, and the picture when it shows it."""
    rows = rows_of(results)
    document = pathlib.Path(document)
    text = document.read_text()
    tables = {"speed": speed_table(rows), "targets": targets.table(rows), "start": start_table(results),
              "lookup": lookup.table(results), "limits": limits_table(results), "how": how(results)}
    for mark, new in tables.items():
        if new or f"<!-- begin {mark} -->" in text:
            text = put_between(text, mark, new)
    document.write_text(text)
    if "(roofline.png)" in text:
        draw(document.parent / "roofline", rows, limits_of(results))
