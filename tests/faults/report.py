# SPDX-License-Identifier: Apache-2.0
"""docs/faults.md from the records of trials; nobody writes it by hand."""

HEAD = """# Planted faults

Written by `make faults` (tests/faults/run); do not edit. Each fault is a small change of one source
file, chosen in `tests/faults/table.json` or made by rule from a seed. The engine is built with it,
and `noctule sweep` runs all families on one backend and dtype (cpu and f32, where the table names no
other) with no history, its failures explained as noctule.json says; when that sees nothing, the whole
sweep is run, as `make sweep` does. *Detected*: a case is red.
*Causes*: the clusters of the run, as `noctule clusters` lists them; the rest is said of the largest.
*Part*: the kind of its diagnosis is right. *Stage* and *op*: right, where the fault has one.
`tests/faults/README.md` tells more.

"""


def _outcome(value, allowed):
    return None if not allowed else value in allowed


def judge(record):
    """What was right about it: a dict of True, False or None for "does not apply"."""
    if not record["built"]:
        return {"built": False}
    found = bool(record["failed"])
    out = {"built": True, "detected": found}
    if not found or "expect" not in record:
        return out
    first = (record["diagnoses"] or [{"kind": "none"}])[0]
    expect = record["expect"]
    out["part"] = _outcome(first["kind"], expect.get("kind"))
    out["stage"] = _outcome(first.get("stage"), expect.get("stage"))
    out["op"] = _outcome(first.get("op"), expect.get("op"))
    out["single"] = len(record["causes"]) == 1
    return out


def _share(judged, key):
    votes = [j[key] for j in judged if j.get(key) is not None]
    if not votes:
        return "none to judge"
    return "%d of %d (%.1f %%)" % (sum(votes), len(votes), 100.0 * sum(votes) / len(votes))


def _cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def _said(diagnosis):
    place = " ".join(str(diagnosis[k]) for k in ("op", "stage") if diagnosis.get(k))
    return (diagnosis["kind"] + " " + place).strip()


def _expected(record):
    expect = record.get("expect", {})
    return "; ".join("/".join(expect[k]) for k in ("kind", "op", "stage") if k in expect)


def _row(record, verdict):
    word = {True: "yes", False: "**no**", None: "–"}
    cells = [record["id"], "%s:%s" % (record["file"], record["line"]), record["kind"]]
    if not verdict["built"]:
        cells += ["does not build", "", "", "", "", ""]
    else:
        cells += [word[verdict["detected"]] + (
            " (%d)" % sum(record["failed"].values()) if verdict["detected"] else "")]
        cells += [word[verdict.get(k)] for k in ("part", "stage", "op")]
        cells += [len(record["causes"]), _said(record["diagnoses"][0]) if record["diagnoses"] else ""]
    return "| " + " | ".join(_cell(c) for c in cells) + " |"


def _miss(record, verdict, note):
    wrong = [k for k in ("detected", "part", "stage", "op", "single") if verdict.get(k) is False]
    if not wrong:
        return None
    text = "- **%s** (%s): `%s` became `%s` in %s." % (
        record["id"], ", ".join(wrong), record["before"].replace("\n", " "),
        record["after"].replace("\n", " "), record["function"] or record["file"])
    if verdict["detected"]:
        text += " Expected %s; causes named: %s." % (
            _expected(record), "; ".join(record["causes"]) or "none")
        text += " " + " ".join("%s: %s" % (d["case"], d.get("message", "")) for d in record["diagnoses"][:1])
    return text + (" *Why:* " + note if note else "")


def _site(record):
    return tuple(record.get(k) for k in ("file", "function", "before", "after"))


def write(records, rows, made=()):
    """The whole page. rows: those of the table. made: what is known of faults that were made by rule and
    not seen; an equivalent one gives the same results for any input, and is not counted."""
    notes = {row["id"]: row.get("note", "") for row in rows}
    known = {_site(m): m for m in made}
    for r in records:
        if "expect" not in r and _site(r) in known:
            notes[r["id"]] = known[_site(r)]["why"]
    judged = [judge(r) for r in records]
    tried = [(r, j) for r, j in zip(records, judged) if j["built"]]
    same = [r for r, j in tried if "expect" not in r and not j["detected"] and known.get(_site(r), {}).get("equivalent")]
    built = [(r, j) for r, j in tried if r not in same]
    chosen = [j for r, j in built if "expect" in r]
    made = [j for r, j in built if "expect" not in r]
    out = [HEAD]
    out.append("Of the %d chosen faults %d were tried, and %d made by rule, on one state of the engine and its "
               "fixtures (%s); %d of these built.\n" % (
                   len(rows), sum("expect" in r for r in records), sum("expect" not in r for r in records),
                   ", ".join(sorted({r["tree"] for r in records})) or "none", len(tried)))
    out += ["| | chosen | made by rule |", "|---|---|---|"]
    for title, key in (("detected", "detected"), ("right part of the engine", "part"),
                       ("right stage", "stage"), ("right op", "op"), ("one cause", "single")):
        out.append("| %s | %s | %s |" % (title, _share(chosen, key), _share(made, key)))
    misses = [m for m in (_miss(r, j, notes.get(r["id"])) for r, j in built) if m]
    out += ["", "## Misses", ""] + (misses or ["None."])
    if same:
        out += ["", "## Equivalent", ""]
        out += ["- **%s**: `%s` became `%s` in %s: %s" % (r["id"], r["before"], r["after"], r["function"], notes[r["id"]])
                for r in same]
    out += ["", "## All", "", "| fault | place | what | detected (cases) | part | stage | op | causes "
            "| first explanation |", "|---|---|---|---|---|---|---|---|---|"]
    out += [_row(r, j) for r, j in zip(records, judged)]
    return "\n".join(out) + "\n"
