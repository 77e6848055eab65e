#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# world.sh [local | github | gitlab | gitea [fork]]: a bare repository up.git, a checkout `w` of it with
# rules, and a second writer's checkout `other`; by its path, by git http-backend beside a forge of
# that kind, or by git's daemon. fork: `w` is a checkout of me.git, whose `upstream` is up.git.
set -eu
export GIT_CONFIG_GLOBAL=/dev/null
git init -q -b main --bare up.git
forge=
upstream=
[ -z "${2:-}" ] || upstream=', "upstream": "upstream/main"'
case ${1:-daemon} in
local) url=$PWD/up.git ;;
daemon) url=$("$SOURCE/tests/git/daemon.sh" .)/up.git ;;
*)
    "$(dirname "$(command -v noctule)")/tests/forge_server" "$PWD" >server.log 2>&1 </dev/null &
    echo $! >daemon.pid
    while [ ! -s port ]; do sleep 0.05; done
    url=http://127.0.0.1:$(cat port)/git/up.git
    forge=', "forge": {"kind": "'$1'", "api": "http://127.0.0.1:'$(cat port)/$1'", "repo": "up/engine"}'
    ;;
esac
git init -q -b main seed
cd seed
git config user.name Ada && git config user.email ada@example.org
cat >noctule.json <<END
{"schema": 1, "git": {"own": ["noctule/**"]$upstream$forge},
 "rules": [{"kind": "subject", "form": "file"}, {"kind": "paths", "read_only": ["tests/**"]},
           {"kind": "one-commit", "level": "warning"}]}
END
printf '1\n2\n3\n' >a && echo b >b
git add . && git commit -qm 'noctule.json: the rules'
git remote add origin "$url" && git push -q origin main
cd ..
for who in w other; do
    git clone -q "$url" $who
    git -C $who config user.name $who && git -C $who config user.email $who@example.org
done
[ "${2:-}" ] || exit 0
git clone -q --bare up.git me.git
git -C w remote rename origin upstream
git -C w remote add origin "${url%up.git}me.git"
