#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# killed.sh NOCTULE TESTS SOURCE FOLDER [KILLS]: the loop of noctule fix is killed with -9 at KILLS
# (100) random moments, with all that it started, and taken up again each time. Afterwards no
# commit that was ever pushed is lost, there is one pull request, the audit's chain holds, and the
# same command finishes what was begun.
set -eu
noctule=$(realpath "$1") tests=$(realpath "$2") SOURCE=$(realpath "$3")
folder=$(realpath -m "$4") kills=${5:-100}
export SOURCE SECONDS_MAX=3000 PATH="$(dirname "$noctule"):$PATH"
command -v python3 >/dev/null || { echo "killed: there is no python3"; exit 77; }
[ -x "$tests/forge_server" ] || { echo "killed: there is no forge_server"; exit 1; }
rm -rf "$folder" && mkdir -p "$folder/tmp" && cd "$folder"
export TMPDIR="$folder/tmp"
sh "$SOURCE/tests/fix/world.sh" 2>world.err || { cat world.err; exit 1; }
trap 'kill "$(cat "$folder/daemon.pid")" 2>/dev/null || :' EXIT
git --git-dir up.git config core.logAllRefUpdates always
cd w
cluster=$(noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p')
exec python3 - "$cluster" "$kills" "$folder" <<'END'
import json, os, random, signal, subprocess, sys, time

cluster, kills, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
seed = int(os.environ.get("SEED", time.time_ns() % 1000000))
random.seed(seed)
print("seed", seed)
env = dict(os.environ, GITHUB_TOKEN="sesame")
line = ["noctule", "fix", cluster, "--build", "build", "--cache", "../cache"]


def fail(text):
    print("killed:", text)
    print(open("../said").read()[-3000:])
    sys.exit(1)


def start(fresh):
    said = open("../said", "w")
    return subprocess.Popen(line + (["--fresh"] if fresh else []), env=env, stdout=said, stderr=said,
                            start_new_session=True)


def git(*words, where="."):
    return subprocess.run(["git", "-C", where, *words], check=True, capture_output=True, text=True).stdout


# How long it takes when nobody kills it; the first of all.
began = time.monotonic()
if start(False).wait() != 0:
    fail("it does not end well by itself")
whole = time.monotonic() - began
print(f"undisturbed {whole:.2f} s")

killed = finished = 0
fresh = True
while killed < kills:
    child = start(fresh)
    try:
        code = child.wait(random.uniform(0, 1.1 * whole))
        if code != 0:
            fail(f"it ended with {code}")
        finished += 1
        fresh = True
    except subprocess.TimeoutExpired:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        killed += 1
        fresh = False
print(f"killed {killed} times, and finished {finished} times between")

if start(False).wait() != 0:
    fail("the same command does not finish")
if "opened: pull request 1," not in open("../said").read():
    fail("another pull request, or none")

audit = subprocess.run(["noctule", "audit", "verify"], capture_output=True, text=True)
if audit.returncode or " 0 faults" not in audit.stdout:
    fail("the audit is broken: " + audit.stdout + audit.stderr)
pulls = open("../pulls").read().split("\n")
if len([p for p in pulls if p]) != 1:
    fail(f"{len(pulls) - 1} pull requests")

# Whatever any branch of the remote was ever at must still be held by a reference here.
seen = set()
for at, _, files in os.walk("../up.git/logs"):
    for name in files:
        for text in open(os.path.join(at, name)):
            seen |= set(text.split(" ")[:2])
seen.discard("0" * 40)
held = set(git("rev-list", "--all").split())
lost = seen - held
if lost or len(seen) < 2:
    fail(f"of {len(seen)} published commits {len(lost)} are lost: {sorted(lost)[:3]}")
print(f"{len(seen)} commits were published, each is held; {audit.stdout.strip()}")

if git("status", "--short") or len(git("worktree", "list").split("\n")) != 2:
    fail("the checkout is not as it was: " + git("status", "--short") + git("worktree", "list"))
left = [name for name in os.listdir("../tmp") if name.startswith("noctule-tree-")]
if left:
    fail(f"trees are left: {left}")
record = [json.load(open(os.path.join(at, "fix.json"))) for at, _, files in os.walk("logs/fix")
          if "fix.json" in files]
if [r["outcome"] for r in record] != ["opened"]:
    fail(f"records: {record}")
END
