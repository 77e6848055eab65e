#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# world.sh [local]: a bare repository up.git, a checkout `w` of it with rules, and a second writer's
# checkout `other`; served by git's daemon, or by its path.
set -eu
export GIT_CONFIG_GLOBAL=/dev/null
git init -q -b main --bare up.git
if [ "${1:-}" = local ]; then url=$PWD/up.git; else url=$("$SOURCE/tests/git/daemon.sh" .)/up.git; fi
git init -q -b main seed
cd seed
git config user.name Ada && git config user.email ada@example.org
cat >noctule.json <<'END'
{"schema": 1, "git": {"own": ["noctule/**"]},
 "rules": [{"kind": "subject", "form": "file"}, {"kind": "paths", "read_only": ["tests/**"]}]}
END
printf '1\n2\n3\n' >a && echo b >b
git add . && git commit -qm 'noctule.json: the rules'
git remote add origin "$url" && git push -q origin main
cd ..
for who in w other; do
    git clone -q "$url" $who
    git -C $who config user.name $who && git -C $who config user.email $who@example.org
done
