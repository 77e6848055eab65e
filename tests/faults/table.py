# SPDX-License-Identifier: Apache-2.0
"""The hand-chosen faults of table.json, and how one is planted. See README.md."""
import json
import os

import source

HERE = os.path.dirname(os.path.abspath(__file__))
FIELDS = {"id", "file", "function", "kind", "before", "after", "expect"}
EXPECT = {"kind", "stage", "op"}


class Stale(Exception):
    """A row says what is no longer so."""


def load(path=os.path.join(HERE, "table.json")):
    with open(path, encoding="utf-8") as f:
        rows = json.load(f)
    seen = set()
    for row in rows:
        lacks = FIELDS - set(row)
        unknown = set(row) - FIELDS - {"backend", "dtype", "note"} | set(row.get("expect", {})) - EXPECT
        if lacks or unknown or not row["expect"].get("kind"):
            raise Stale("%s: row %s lacks %s, has unknown %s" % (
                path, row.get("id"), sorted(lacks), sorted(unknown)))
        if row["id"] in seen:
            raise Stale("%s: two rows are called %s" % (path, row["id"]))
        seen.add(row["id"])
    return rows


def place(text, row):
    """Where `before` lies in the function, once; Stale says what to do when it does not."""
    begin, end = 0, len(text)
    where = row["file"]
    if row["function"]:
        found = source.functions(text).get(row["function"])
        if not found:
            raise Stale("%s: %s has no function %s; name the one that does its work now, or "
                        "choose another fault" % (row["id"], row["file"], row["function"]))
        begin, end = found
        where = "%s of %s" % (row["function"], row["file"])
    count = text.count(row["before"], begin, end)
    if count != 1:
        raise Stale('%s: "%s" is %d times in %s and not once; write what stands there today in '
                    'table.json' % (row["id"], row["before"], count, where))
    return text.index(row["before"], begin, end)


def apply(text, row):
    at = place(text, row)
    return text[:at] + row["after"] + text[at + len(row["before"]):]


def read(root, file):
    try:
        with open(os.path.join(root, file), encoding="utf-8") as f:
            return f.read()
    except OSError as error:
        raise Stale("%s is not there; table.json must name the file that has its work now" % file) from error
