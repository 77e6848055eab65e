#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# world.sh: a subject that a fix can be made for. A bare repository up.git behind git http-backend
# and a forge (as tests/git/world.sh), and a checkout `w` of it that was swept when all was well and
# again after a bad commit among innocent ones: src/10-sum.sh says 5 where tests want 4. Tags: good,
# culprit. What judges is tests/ and limits/; tests/spoil.sh makes its decoys.
set -eu
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@localhost
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@localhost
git init -q -b main --bare up.git
"$(dirname "$(command -v noctule)")/tests/forge_server" "$PWD" "${SECONDS_MAX:-300}" >server.log 2>&1 </dev/null &
echo $! >daemon.pid
while [ ! -s port ]; do sleep 0.05; done
url=http://127.0.0.1:$(cat port)/git/up.git
git init -q -b main w
cd w
git config user.name Ada && git config user.email ada@localhost
git remote add origin "$url"
mkdir -p src tests/alpha tests/beta limits agents
cat >noctule.json <<END
{
  "schema": 1, "name": "scratch",
  "build": [["sh", "build.sh", "{build}"]],
  "bisect": {"inputs": ["src", "build.sh"], "keep": ["{build}/worker"]},
  "git": {"own": ["noctule/**"],
    "forge": {"kind": "github", "api": "http://127.0.0.1:$(cat ../port)/github", "repo": "up/engine"}},
  "rules": [{"kind": "subject", "form": "file"}, {"kind": "width", "subject": 70, "body": 70},
            {"kind": "prose"}, {"kind": "one-commit"},
            {"kind": "paths", "read_only": ["tests/**", "limits/**"]}],
  "fix": {"paths": ["src/"], "tests": ["tests/"], "limits": ["limits/", "src/20-worker.sh"], "runs": 2, "per_night": 50},
  "suites": [{
    "name": "compat", "kind": "noctule-check", "fixtures": "tests/*/cases",
    "command": ["{build}/worker", "check", "{fixture}", "--backend", "{backend}"],
    "decoy": ["sh", "tests/spoil.sh", "{fixture}"],
    "axes": {"backend": ["cpu", "fast"]},
    "time_limit": {"default_s": 20, "floor_s": 5, "factor": 3, "startup_s": 20}
  }]
}
END
cat >build.sh <<'END'
set -eu
mkdir -p "$1"
cat src/*.sh >"$1/worker"
sh -n "$1/worker"
chmod +x "$1/worker"
END
printf 'sum 4\nproduct 6\n' >tests/alpha/cases
printf 'sum 4\nrest 1\n' >tests/beta/cases
cat >tests/spoil.sh <<'END'
file=$1/cases; shift
for c; do sed "s/^${c#*/} .*/&$((1 + $$ % 9))/" "$file" >new && cat new >"$file" && rm new && echo "$c"; done
END
echo 0 >limits/tolerance
echo '#!/bin/sh' >src/00-shell.sh
for pair in sum=4 product=6 rest=1; do echo "$pair" >"src/10-${pair%=*}.sh"; done
cat >src/20-worker.sh <<'END'
shift; fixture=$1; shift; cases=; list=; family=${fixture##*/}
while [ $# -gt 0 ]; do case $1 in --backend) shift;; --case) shift; cases="$cases $1";; --list) list=1;; esac; shift; done
quoted=; all=
while read -r c want; do quoted="$quoted${quoted:+,}\"$family/$c\""; all="$all $family/$c"; done <"$fixture/cases"
echo "{\"event\":\"plan\",\"schema\":1,\"cases\":[$quoted]}"
[ "$list" ] && exit 0
read -r slack <limits/tolerance
for c in ${cases:-$all}; do
  echo "{\"event\":\"started\",\"case\":\"$c\"}"
  name=${c#*/}
  want=$(sed -n "s/^$name //p" "$fixture/cases")
  eval "got=\$$name"
  off=$((got - want)); [ $off -ge 0 ] || off=$((-off))
  result="\"event\":\"result\",\"case\":\"$c\",\"ms\":1,\"compared\":1,\"type\":\"t\""
  if [ $off -le "$slack" ]; then echo "{$result,\"status\":\"pass\"}"
  else echo "{$result,\"status\":\"fail\",\"message\":\"the $name is $got, not $want\"}"; fi
done
echo '{"event":"done","cases":1}'
END
cat >agents/test-runner.md <<'END'
---
name: test-runner
description: Mends what fails.
tools: Read, Grep, Glob, Edit, Write, mcp__noctule__run_case
noctule:
  edit: [src/]
  read-only: [tests/, limits/, agents/, noctule.json]
  network: model
  budget: {seconds: 30, turns: 6, tokens: 1000, usd: 1, output-bytes: 100000}
  diff: {files: 3, lines: 40, bytes: 4000}
---
Mend it.
END
cat >agents/reviewer.md <<'END'
---
name: reviewer
description: Reads a change.
tools: Read, Grep, Glob
noctule:
  edit: []
  read-only: [src/, tests/, limits/, agents/]
  network: model
  budget: {seconds: 30, turns: 6, tokens: 100000, usd: 1, output-bytes: 100000}
---
Read it.
END
printf 'logs/\nledger/\nbuild/\n' >.gitignore
commit() { git add -A && git commit -qm "$1"; }
commit 'src/worker: it answers'
git tag good
noctule sweep --build build >/dev/null
echo '# how it is read' >>src/00-shell.sh && commit 'src/shell: how it is read'
sed -i 's/=4/=5/' src/10-sum.sh && commit 'src/sum: another sum'
git tag culprit
echo '# what is left' >>src/10-rest.sh && commit 'src/rest: what is left'
git push -q origin main
noctule sweep --build build >/dev/null || :
