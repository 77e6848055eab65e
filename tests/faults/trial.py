# SPDX-License-Identifier: Apache-2.0
"""One fault tried: built, swept, and what the sweep says it is."""
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time

BUILD_S, SWEEP_S, GRACE_S = 900, 900, 10
SOUND, ANSWERED = 0, (0, 1)  # exit codes of noctule sweep: nothing is red; it ran


class Broken(Exception):
    """The sweep itself did not work, which says nothing of the fault."""


def only_one(path):
    """The lock of a folder, open; Broken while a run or what it has left behind holds it."""
    lock = open(path, "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise Broken("another run is at work in %s, or a build that it began; wait for its end" % (
            os.path.dirname(path))) from error
    return lock


def _end(child):
    """Ends the child and all that it has begun. noctule ends its workers when it is asked to. Signals
    wait from now on, until the next child is begun."""
    Signals.held = True
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, sign)
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            break
    child.wait()


class Signals:
    """Those that end a program. While a child is begun and nobody knows of it yet they have to wait."""

    held, late = False, None

    @classmethod
    def see(cls, number, frame):
        cls.late = cls.late or number
        if not cls.held:
            cls.let()

    @classmethod
    def let(cls):
        cls.held = False
        if cls.late:
            sys.exit(128 + cls.late)


def end_on_signals():
    """They leave by way of a program's `finally`, too."""
    for sign in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(sign, Signals.see)


def _run(argv, seconds, cwd, lock=None):
    """(exit code, stdout, stderr); the code is None when time ran out. Whatever ends the wait, no
    process of it is left. The lock is held as long as one lives, also when this program is killed."""
    Signals.held = True
    with subprocess.Popen(argv, cwd=cwd, text=True, errors="replace", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                          pass_fds=[lock.fileno()] if lock else []) as child:
        try:
            Signals.let()
            out, err = child.communicate(timeout=seconds)
            return child.returncode, out, err
        except subprocess.TimeoutExpired:
            _end(child)
            out, err = child.communicate()
            return None, out, err
        except BaseException:
            _end(child)
            raise


def _told(cluster):
    """What the cluster says of its cause: the diagnosis, or that there is none."""
    said = dict(cluster.get("diagnosis") or {})
    said.setdefault("kind", "none")
    said.setdefault("message", cluster["message"])
    said["case"] = cluster["primary"]["case"]
    return said


class Trial:
    """A checkout of its own, whose sources are put right again behind each fault."""

    def __init__(self, tree, noctule, jobs, lock=None):
        self.tree, self.noctule, self.jobs, self.lock = tree, noctule, jobs, lock
        self.folder = os.path.join(tree, "build/release")

    def build(self):
        argv = ["cmake", "--build", "--preset", "release", "-j", str(self.jobs), "--target", "noctule-engine"]
        code, out, err = _run(argv, BUILD_S, self.tree, self.lock)
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
        code, out, err = _run([self.noctule, *argv, "--json"], SWEEP_S, self.tree, self.lock)
        if code != 0:
            raise Broken("noctule %s: exit %s: %s" % (" ".join(argv), code, err.strip()[-300:]))
        return json.loads(out)

    def judge(self, backend, dtype="f32"):
        """One sweep without history, and its clusters, the largest first."""
        shutil.rmtree(os.path.join(self.tree, "logs"), ignore_errors=True)
        argv = [self.noctule, "sweep", "--no-build", "--build", self.folder, "--workers", str(self.jobs)]
        for option, value in (("--backend", backend), ("--dtype", dtype)):
            argv += [option, value] if value != "all" else []
        code, out, err = _run(argv, SWEEP_S, self.tree, self.lock)
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
