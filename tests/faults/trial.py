# SPDX-License-Identifier: Apache-2.0
"""One fault tried: built, swept, and what the sweep says it is."""
import json
import os
import shutil
import subprocess
import time

BUILD_S, SWEEP_S = 900, 900
SOUND, ANSWERED = 0, (0, 1)  # exit codes of noctule sweep: nothing is red; it ran


class Broken(Exception):
    """The sweep itself did not work, which says nothing of the fault."""


def _run(argv, seconds, cwd):
    """(exit code, stdout, stderr); the code is None when time ran out."""
    try:
        done = subprocess.run(argv, cwd=cwd, timeout=seconds, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        out = late.stdout or b""
        return None, out.decode(errors="replace") if isinstance(out, bytes) else out, ""


def _told(cluster):
    """What the cluster says of its cause: the diagnosis, or that there is none."""
    said = dict(cluster.get("diagnosis") or {})
    said.setdefault("kind", "none")
    said.setdefault("message", cluster["message"])
    said["case"] = cluster["primary"]["case"]
    return said


class Trial:
    """A checkout of its own, whose sources are put right again behind each fault."""

    def __init__(self, tree, noctule, jobs):
        self.tree, self.noctule, self.jobs = tree, noctule, jobs
        self.folder = os.path.join(tree, "build/release")

    def build(self):
        argv = ["cmake", "--build", "--preset", "release", "-j", str(self.jobs), "--target", "noctule-engine"]
        code, out, err = _run(argv, BUILD_S, self.tree)
        return code == 0, (out + err)[-400:]

    def run(self, file, text, backend, dtype):
        """The record of one fault; `text` is the file's with the fault in it. What a sweep of one
        backend and dtype does not see, a whole one may: then backend and dtype are "all"."""
        path, begin = os.path.join(self.tree, file), time.time()
        with open(path, encoding="utf-8") as f:
            right = f.read()
        try:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            built, log = self.build()
            record = {"built": built} if built else {"built": False, "log": log}
            if built:
                record.update(self.judge(backend, dtype))
                if not record["failed"]:
                    record.update(self.judge("all", "all"))
        finally:
            with open(path, "w", encoding="utf-8") as f:
                f.write(right)
        record["seconds"] = round(time.time() - begin, 1)
        return record

    def _ask(self, *argv):
        code, out, err = _run([self.noctule, *argv, "--json"], SWEEP_S, self.tree)
        if code != 0:
            raise Broken("noctule %s: exit %s: %s" % (" ".join(argv), code, err.strip()[-300:]))
        return json.loads(out)

    def judge(self, backend, dtype="f32"):
        """One sweep without history, and its clusters, the largest first."""
        shutil.rmtree(os.path.join(self.tree, "logs"), ignore_errors=True)
        argv = [self.noctule, "sweep", "--no-build", "--build", self.folder, "--workers", str(self.jobs)]
        for option, value in (("--backend", backend), ("--dtype", dtype)):
            argv += [option, value] if value != "all" else []
        code, out, err = _run(argv, SWEEP_S, self.tree)
        if code not in ANSWERED:
            raise Broken("noctule sweep: exit %s: %s" % (code, (out + err).strip()[-300:]))
        failed, statuses, told, causes = {}, set(), [], []
        found = self._ask("clusters")["clusters"]
        if (code == SOUND) != (not found):
            raise Broken("the sweep ends with %s and has %d clusters" % (code, len(found)))
        for one in found:
            cluster = self._ask("cluster", one["cluster"])
            told.append(_told(cluster))
            causes.append(one["cause"])
            for member in cluster["members"]:
                failed[member["family"]] = failed.get(member["family"], 0) + 1
                statuses.add(member["verdict"])
        return {"backend": backend, "dtype": dtype, "failed": failed, "statuses": sorted(statuses),
                "diagnoses": told, "causes": causes}
