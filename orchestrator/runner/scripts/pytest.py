# SPDX-License-Identifier: Apache-2.0
# Runs pytest as a worker: python3 -c THIS EVENTS CASES [ARGUMENTS OF PYTEST].
#
# EVENTS is the descriptor that takes a line of JSON per event; CASES that of a file with a list of
# ids in JSON, null (all) or false (none: only their names are wanted). One process runs many tests,
# so each is announced before it begins: if the process dies, that one was it.
import hashlib
import importlib.util
import json
import os
import sys

LOG_BYTES = 96 << 10  # of a case: its beginning and its end
ID_LONG, ID_KEPT = 240, 220  # orchestrator/runner/caseid.h


def fit(text):
    """What JSON and UTF-8 can hold of a text."""
    return str(text).encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def first_line(text):
    for line in fit(text).splitlines():
        if line.strip():
            return line.strip()[:500]
    return ""


def without(prefix, text):
    return text[len(prefix) :] if text.startswith(prefix) else text


def skip_reason(longrepr):
    """Of (FILE, LINE, "Skipped: WHY"), or of what a plugin made instead."""
    return without("Skipped: ", first_line(longrepr[2] if isinstance(longrepr, tuple) else longrepr))


def shortened(log):
    return log if len(log) <= LOG_BYTES else log[: LOG_BYTES // 2] + "\n… left out …\n" + log[-LOG_BYTES // 2 :]


class Ids:
    """The id of a case out of the name of a test; the rules are those of caseid.h."""

    def __init__(self):
        self.taken = set()

    def make(self, name):
        name = fit(name) or "(no name)"
        made = []
        for at, c in enumerate(name):
            edge = at in (0, len(name) - 1)
            odd = c < " " or c == "\x7f" or (c == " " and edge) or (c == "-" and at == 0)
            made.append("\\x%02x" % ord(c) if odd else c)
        made = "".join(made)
        if len(made.encode()) > ID_LONG:
            kept = made.encode()[:ID_KEPT].decode("utf-8", "ignore")
            made = kept + "~" + hashlib.sha256(name.encode()).hexdigest()[:16]
        count, one = 2, made
        while one in self.taken:
            one, count = "%s (%d)" % (made, count), count + 1
        self.taken.add(one)
        return one


class Worker:
    def __init__(self, events, wanted):
        self.events = events
        self.pid = os.getpid()
        self.listing = wanted is False
        self.wanted = None if self.listing or wanted is None else set(wanted)
        self.ids = {}  # of an item, by its identity
        self.items = []  # keeps them alive
        self.broken = {}  # id → (status, message, log) of what could not be collected
        self.collected = set()  # names of what could
        self.reports = []
        self.done = 0

    def say(self, event, **what):
        self.events.write(json.dumps(dict(event=event, **what)) + "\n")
        self.events.flush()

    # ---- what there is ----

    def pytest_cmdline_main(self, config):
        self.root = str(getattr(config, "rootpath", None) or config.rootdir)

    def pytest_configure(self, config):
        # Dots and summaries are no case's log.
        try:
            config.get_terminal_writer()._file = open(os.devnull, "w")
        except AttributeError:
            pass

    def pytest_internalerror(self, excrepr):
        print(fit(excrepr), file=sys.stderr)

    def pytest_collection(self, session):
        """Of few cases only the files are read that hold them. pytest takes what stands behind a [ in
        an argument for parameters of a test, so the folder that we are in is named by a dot."""
        here = str(session.config.invocation_params.dir)
        if session.config.args == [here]:
            session.config.args = ["."]
        files = {name.split("::")[0] for name in self.wanted or () if "::" in name}
        paths = [os.path.relpath(os.path.join(self.root, name), here) for name in sorted(files)]
        if not self.wanted or not all("::" in name for name in self.wanted):
            return
        if all("[" not in path and os.path.isfile(os.path.join(here, path)) for path in paths):
            session.config.args = paths

    def pytest_collectreport(self, report):
        if report.outcome == "passed":
            self.collected.add(report.nodeid)
            return
        if report.outcome == "skipped":
            self.broken[report.nodeid or "."] = ("na", skip_reason(report.longrepr), "")
            return
        self.broken[report.nodeid or "."] = ("error", self.message_of(report), fit(report.longreprtext))

    def pytest_collection_finish(self, session):
        ids = Ids()
        broken = {ids.make(name): why for name, why in self.broken.items()}
        self.broken = broken
        kept = []
        for item in session.items:
            made = ids.make(item.nodeid)
            self.ids[id(item)] = made
            self.items.append(item)
            if self.wanted is None or made in self.wanted:
                kept.append(item)
        known = set(self.ids.values()) | set(broken) | self.collected
        if self.wanted is not None:
            session.items[:] = kept
            for name in sorted(self.wanted - known):
                print('there is no test "%s" here' % name, file=sys.stderr)
        if self.listing:
            self.say("plan", schema=1, cases=list(broken) + [self.ids[id(item)] for item in session.items])

    def pytest_runtestloop(self, session):
        """What could not be collected comes first; what can be again has passed."""
        if self.listing:
            return
        for name, (status, message, log) in self.broken.items():
            if self.wanted is None or name in self.wanted:
                self.say("started", case=name)
                self.give(name, status, message, log)
        for name in sorted((self.wanted or set()) & self.collected - set(self.broken)):
            self.say("started", case=name)
            self.give(name, "pass", "", "")

    # ---- what became of it ----

    def give(self, case, status, message, log):
        what = {"case": case, "status": status}
        if status in ("pass", "xpass"):
            what["compared"] = 1
        if status != "pass":
            what["reason" if status == "na" else "message"] = fit(message) or "pytest does not say why"
        if log:
            what["log"] = shortened(fit(log))
        self.say("result", **what)
        self.done += 1

    def message_of(self, report):
        """"FILE:LINE: WHAT", of where it happened; else the first line that says anything."""
        crash = getattr(report.longrepr, "reprcrash", None)
        if crash is None:
            lines = [l for l in fit(report.longreprtext).splitlines() if l.startswith("E ") and l[1:].strip()]
            return first_line(lines[-1][1:] if lines else report.longreprtext)
        path = os.path.relpath(crash.path, self.root) if crash.path else ""
        if path.startswith(".."):
            path = os.path.basename(crash.path)
        what = first_line(crash.message)
        if what == "AssertionError":  # an assert that pytest did not rewrite says no more
            lines = [l[1:] for l in fit(report.longreprtext).splitlines() if l.startswith(">")]
            what += ": " + first_line(lines[-1]) if lines else ""
        return "%s:%s: %s" % (fit(path), crash.lineno, what)

    def judge(self, reports):
        """Status and message of all that one test reported."""
        bad = [r for r in reports if r.outcome == "failed"]
        if bad:
            first = bad[0]
            return ("fail" if first.when == "call" else "error"), self.message_of(first)
        for r in reports:
            if r.outcome == "skipped" and hasattr(r, "wasxfail"):
                why = without("reason: ", r.wasxfail)
                return "xfail", "the test is marked xfail" + (": " + first_line(why) if why else "")
        for r in reports:
            if r.outcome == "skipped":
                return "na", skip_reason(r.longrepr)
        if any(hasattr(r, "wasxfail") for r in reports):
            return "xpass", "the test is marked xfail, and it passed"
        if any(r.when == "call" and r.outcome == "passed" for r in reports):
            return "pass", ""
        return "error", "pytest reported nothing of the test"

    def log_of(self, reports):
        parts = [r.longreprtext for r in reports if r.outcome == "failed"]
        for title, text in reports[-1].sections if reports else ():
            parts.append("---- %s ----\n%s" % (title, text))
        return "\n".join(fit(p).rstrip("\n") for p in parts) + "\n" if parts else ""

    def pytest_runtest_logreport(self, report):
        if report.outcome != "rerun":
            self.reports.append(report)

    def run_one(self, item):
        """Around pytest's own run of a test."""
        case = self.ids[id(item)]
        self.reports = []
        self.say("started", case=case)
        outcome = yield
        if os.getpid() != self.pid:
            os._exit(1)  # a child of the test came back from it: the session is its parent's
        reports, self.reports = self.reports, []
        if outcome.excinfo is not None:
            why = "%s ended the whole run: %s" % (outcome.excinfo[0].__name__, first_line(outcome.excinfo[1]))
            self.give(case, "error", why, self.log_of(reports))
        else:
            self.give(case, *self.judge(reports), self.log_of(reports))


def main():
    events = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")
    os.set_inheritable(events.fileno(), False)
    with os.fdopen(int(sys.argv[2]), encoding="utf-8") as file:
        wanted = json.load(file)
    try:
        import pytest
    except ImportError:
        sys.exit(
            "there is no pytest for %s: install the package python3-pytest, or name a Python that has "
            'one as "program" of the suite' % sys.executable
        )
    hook = pytest.hookimpl
    Worker.pytest_cmdline_main = hook(tryfirst=True)(Worker.pytest_cmdline_main)
    Worker.pytest_collection = hook(tryfirst=True)(Worker.pytest_collection)
    Worker.pytest_collection_finish = hook(tryfirst=True)(Worker.pytest_collection_finish)
    Worker.pytest_runtestloop = hook(tryfirst=True)(Worker.pytest_runtestloop)
    Worker.pytest_configure = hook(trylast=True)(Worker.pytest_configure)
    Worker.pytest_runtest_protocol = hook(hookwrapper=True, tryfirst=True)(Worker.run_one)
    worker = Worker(events, wanted)
    sys.path[0] = os.getcwd()  # as python3 -m pytest has it
    arguments = sys.argv[3:] + ["--continue-on-collection-errors", "--maxfail=0", "--color=no"]
    if worker.listing:
        arguments.append("--collect-only")
    if importlib.util.find_spec("xdist") and "PYTEST_DISABLE_PLUGIN_AUTOLOAD" not in os.environ:
        arguments += ["-n", "0"]
    sys.argv[:] = ["pytest"] + arguments
    code = int(pytest.main(arguments, plugins=[worker]))
    if code in (2, 3, 4):
        sys.exit(code)
    if not worker.listing:
        worker.say("done", cases=worker.done)


main()
