#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""faults_test.py ROOT [COMPILER]: the table fits today's sources, stale rows are refused, and what
the mutator makes still is C."""
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import mutate  # noqa: E402
import report  # noqa: E402
import source  # noqa: E402
import table  # noqa: E402
import trial  # noqa: E402

ROOT, COMPILER = sys.argv[1], (sys.argv[2:] or ["gcc"])[0]
MIXED = """#define TWICE(x) ((x) + (x))
/* int comment(void) { return 1 + 2; } */
static int one(const int *a, int n) {
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * 2 + n;
    return sum > 9 ? sum - 1 : 0;
}
int NATIVE(two)(double scale) {
    const char *s = "a + b";
    if (s[0] == 'x')
        return (int)(0.5 * scale);
    return 0;
}
"""


# Builds for a minute, by a process that the builder began.
STOPPED = """
import os, sys
sys.path.insert(0, sys.argv[1])
import trial
trial.end_on_signals()
folder = sys.argv[2]
work = trial.Trial(folder, "noctule", 1, trial.only_one(os.path.join(folder, "lock")))
script = "sleep 60 & echo $! >/proc/%d/fd/1; wait" % os.getpid()
work.build = lambda: trial._run(("sh", "-c", script), 60, folder, work.lock)
work.run("f.c", "wrong", "cpu", "f32")
"""


def is_alive(pid):
    """Also false of one that has ended and that nobody has asked for."""
    for _ in range(100):
        try:
            with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
                if f.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return False
        except FileNotFoundError:
            return False
        time.sleep(0.02)
    return True


def is_c(text, folder):
    path = os.path.join(folder, "fault.c")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    argv = [COMPILER, "-std=gnu11", "-fsyntax-only", "-w", "-I", ROOT, path]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


class Faults(unittest.TestCase):
    def test_rows_apply(self):
        rows = table.load()
        self.assertGreaterEqual(len(rows), 60)
        for row in rows:
            text = table.read(ROOT, row["file"])
            self.assertNotEqual(table.apply(text, row), text, row["id"])

    def test_rows_stay_c(self):
        with tempfile.TemporaryDirectory() as folder:
            rows = [r for r in table.load() if "/native/" not in r["file"]][::8]
            for row in rows:
                text = table.apply(table.read(ROOT, row["file"]), row)
                self.assertTrue(is_c(text, folder), row["id"])

    def test_stale_rows_are_refused(self):
        row = {"id": "x", "file": "f.c", "function": "one", "before": "sum", "after": "sun"}
        self.assertRaisesRegex(table.Stale, "4 times.*table.json", table.place, MIXED, row)
        row["before"] = "i < m"
        self.assertRaisesRegex(table.Stale, "0 times", table.place, MIXED, row)
        row["function"] = "gone"
        self.assertRaisesRegex(table.Stale, "no function gone", table.place, MIXED, row)
        self.assertRaisesRegex(table.Stale, "not there", table.read, ROOT, "engine/none.c")

    def test_functions_and_tokens(self):
        found = source.functions(MIXED)
        self.assertEqual(sorted(found), ["NATIVE(two)", "one"])
        kinds = {(s.kind, s.before, s.after) for s in mutate.sites(MIXED, "f.c")}
        for expected in (("operator", "*", "+"), ("relation", "<", "<="), ("dropped-term", " + n", ""),
                         ("constant", "0.5", "(0.5 * 1.5)"), ("off-by-one", "1", "2"),
                         ("condition", "(s[0] == 'x')", "(!(s[0] == 'x'))")):
            self.assertIn(expected, kinds)
        # Pointers, strings, comments and macros are no sites.
        self.assertEqual(1, sum(s.before == "*" for s in mutate.sites(MIXED, "f.c", "one")))
        self.assertFalse([s for s in mutate.sites(MIXED, "f.c") if s.line < 3])

    def test_mutator_stays_c(self):
        """Not every fault compiles, but nearly all do, and the same seed makes the same ones."""
        files = ("engine/backend/cpu/norm.c", "engine/nn/block.c", "engine/token/bpe.c", "engine/run/truncate.c")
        found = [s for f in files for s in mutate.sites(table.read(ROOT, f), f)]
        picked = mutate.pick(found, 7, 12)
        self.assertEqual(picked, mutate.pick(found, 7, 12))
        self.assertNotEqual(picked, mutate.pick(found, 8, 12))
        with tempfile.TemporaryDirectory() as folder:
            built = [is_c(mutate.apply(table.read(ROOT, s.file), s), folder) for s in picked]
        self.assertGreaterEqual(sum(built), 11)

    def test_a_stopped_run_leaves_nothing_behind(self):
        """What it began is ended, the fault is taken out, and only then another run may begin."""
        with tempfile.TemporaryDirectory() as folder:
            source_file, lock = os.path.join(folder, "f.c"), os.path.join(folder, "lock")
            with open(source_file, "w", encoding="utf-8") as f:
                f.write("right")
            with subprocess.Popen((sys.executable, "-c", STOPPED, HERE, folder), text=True,
                                  stdout=subprocess.PIPE) as run:
                built_by = int(run.stdout.readline())
                with open(source_file, encoding="utf-8") as f:
                    self.assertEqual("wrong", f.read())
                self.assertRaisesRegex(trial.Broken, "another run", trial.only_one, lock)
                run.send_signal(signal.SIGTERM)
                self.assertEqual(128 + signal.SIGTERM, run.wait(60))
            self.assertFalse(is_alive(built_by))
            with open(source_file, encoding="utf-8") as f:
                self.assertEqual("right", f.read())
            trial.only_one(lock).close()

    def test_judgement(self):
        record = {"built": True, "failed": {"llama": 2}, "causes": ["a"], "diagnoses": [
            {"kind": "kernel", "op": "rope", "stage": "q_rope"}],
            "expect": {"kind": ["kernel"], "op": ["rope"], "stage": ["attention"]}}
        self.assertEqual(report.judge(record), {"built": True, "detected": True, "part": True,
                                                "stage": False, "op": True, "single": True})
        self.assertEqual(report.judge(dict(record, failed={})), {"built": True, "detected": False})
        self.assertEqual(report.judge({"built": False}), {"built": False})

    def test_page(self):
        """Chosen and made are counted apart; a miss says why where the table knows."""
        told = {"built": True, "causes": ["a"], "file": "f.c", "line": 3, "function": "one", "kind": "constant",
                "before": "1", "after": "2", "tree": "t"}
        right = dict(told, id="r", failed={"llama": 1}, expect={"kind": ["kernel"]},
                     diagnoses=[{"kind": "kernel", "case": "c"}])
        wrong = dict(right, id="w", diagnoses=[{"kind": "graph", "case": "c", "message": "said"}])
        unseen = dict(told, id="u", failed={}, diagnoses=[], causes=[])
        rows = [{"id": "r", "note": "not shown"}, {"id": "w", "note": "for this"}, {"id": "x"}]
        page = report.write([right, wrong, unseen], rows)
        self.assertIn("Of the 3 chosen faults 2 were tried, and 1 made by rule", page)
        self.assertIn("| detected | 2 of 2 (100.0 %) | 0 of 1 (0.0 %) |", page)
        self.assertIn("| right part of the engine | 1 of 2 (50.0 %) | none to judge |", page)
        self.assertIn("causes named: a. c: said *Why:* for this", page)
        self.assertIn("- **u** (detected)", page)
        self.assertNotIn("not shown", page)
        site = {k: unseen[k] for k in ("file", "function", "before", "after")}
        page = report.write([unseen], rows, [dict(site, equivalent=True, why="none can tell")])
        self.assertIn("- **u**: `1` became `2` in one: none can tell", page)
        self.assertIn("| detected | none to judge | none to judge |", page)
        page = report.write([unseen], rows, [dict(site, equivalent=False, why="a reason")])
        self.assertIn("| detected | none to judge | 0 of 1 (0.0 %) |", page)
        self.assertIn("*Why:* a reason", page)


unittest.main(argv=sys.argv[:1])
