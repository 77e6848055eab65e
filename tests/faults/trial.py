# SPDX-License-Identifier: Apache-2.0
"""One fault tried: built, swept, diagnosed."""
import json
import os
import subprocess
import time

FAMILIES = ("llama", "qwen2", "qwen3", "gpt2", "bert")
PASSED = ("pass", "na", "skip", "xfail")
BUILD_S, CHECK_S, DIAGNOSE_S = 900, 180, 90
# Causes are counted over so many cases: the first that fails of each family, then others.
DIAGNOSED = 5


def _run(argv, seconds, cwd):
    """(exit code, stdout, stderr); the code is None when time ran out."""
    try:
        done = subprocess.run(argv, cwd=cwd, timeout=seconds, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        out = late.stdout or b""
        return None, out.decode(errors="replace") if isinstance(out, bytes) else out, ""


def _events(text):
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def check(tree, engine, family, backend):
    """[(case, status)] of what does not pass, in the fixture's order."""
    argv = [engine, "check", "tests/models/" + family, "--backend", backend, "--dtype", "f32"]
    code, out, _ = _run(argv, CHECK_S, tree)
    failed, open_case, ended = [], None, False
    for event in _events(out):
        if event.get("event") == "started":
            open_case = event["case"]
        elif event.get("event") == "result":
            open_case = None
            if event["status"] not in PASSED:
                failed.append((event["case"], event["status"]))
        ended = ended or event.get("event") == "done"
    if not ended:
        failed.append((open_case or family + "/", "timeout" if code is None else "crash"))
    return failed


def diagnose(tree, engine, case, backend):
    family, name = case.split("/", 1)
    argv = [engine, "diagnose", "tests/models/" + family, "--case", name, "--backend", backend,
            "--dtype", "f32", "--json"]
    code, out, err = _run(argv, DIAGNOSE_S, tree)
    for event in _events(out):
        if event.get("event") == "diagnosis":
            return event
    why = "no answer in %d s" % DIAGNOSE_S if code is None else "exit %s: %s" % (code, err.strip()[-200:])
    return {"case": case, "kind": "none", "message": why}


def _sample(failed):
    """The first of each family, then whatever is left, spread."""
    first = [cases[0][0] for cases in failed.values() if cases]
    rest = [case for cases in failed.values() for case, _ in cases[1:]]
    room = DIAGNOSED - len(first)
    step = max(1, len(rest) // room) if room > 0 else 1
    return [case for case in first + (rest[::step][:room] if room > 0 else [])
            if not case.endswith("/")]


def cause(diagnosis):
    """What makes two diagnoses one cluster, as the orchestrator has it: level suffixes aside."""
    kernel = ".".join(diagnosis.get("kernel", "").split(".")[:2])
    return "%s %s %s" % (diagnosis["kind"], diagnosis.get("op", ""), kernel)


class Trial:
    """A checkout of its own, whose sources are put right again behind each fault."""

    def __init__(self, tree, jobs):
        self.tree, self.jobs = tree, jobs
        self.engine = os.path.join(tree, "build/release/noctule-engine")

    def build(self):
        argv = ["cmake", "--build", "--preset", "release", "-j", str(self.jobs), "--target", "noctule-engine"]
        code, out, err = _run(argv, BUILD_S, self.tree)
        return code == 0, (out + err)[-400:]

    def run(self, file, text, backend):
        """The record of one fault; `text` is the file's with the fault in it."""
        path, begin = os.path.join(self.tree, file), time.time()
        with open(path, encoding="utf-8") as f:
            right = f.read()
        try:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            built, log = self.build()
            record = {"built": built} if built else {"built": False, "log": log}
            if built:
                record.update(self.judge(backend))
        finally:
            with open(path, "w", encoding="utf-8") as f:
                f.write(right)
        record["seconds"] = round(time.time() - begin, 1)
        return record

    def judge(self, backend):
        failed = {family: check(self.tree, self.engine, family, backend) for family in FAMILIES}
        diagnoses = [diagnose(self.tree, self.engine, case, backend) for case in _sample(failed)]
        return {
            "backend": backend,
            "failed": {family: len(cases) for family, cases in failed.items() if cases},
            "statuses": sorted({status for cases in failed.values() for _, status in cases}),
            "diagnoses": diagnoses,
            "causes": sorted({cause(d) for d in diagnoses}),
        }
