#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# subject.sh FOLDER BIN: makes a scripted subject there and sweeps it once: one case passes, one
# fails, one passes after a while when `slow` is there.
set -eu
cd "$1"
mkdir -p fixtures/alpha
cat >noctule.json <<'END'
{"schema": 1, "name": "scripted",
 "rules": [{"kind": "subject", "form": "file"}],
 "suites": [{"name": "s", "kind": "noctule-check", "fixtures": "fixtures/*",
             "command": ["./worker", "{fixture}", "{backend}"], "axes": {"backend": ["cpu"]}}]}
END
cat >worker <<'END'
#!/bin/sh
printf '{"event":"plan","schema":1,"cases":["alpha/good","alpha/bad","alpha/slow"]}\n'
[ "${3-}" = --list ] && exit
n=0 failed=0
for c in good bad slow; do
    [ "${3-}" = --case ] && [ "$4" != "alpha/$c" ] && continue
    n=$((n + 1)) s=pass m=
    [ $c = bad ] && s=fail m='it is bad' failed=1
    [ $c = slow ] && [ -e slow ] && { echo $$ >pid; sleep 30; }
    printf '{"event":"started","case":"alpha/%s"}\n' $c
    echo "words of $c" >&2
    printf '{"event":"result","case":"alpha/%s","status":"%s","compared":1,"message":"%s"}\n' $c $s "$m"
done
printf '{"event":"done","cases":%d}\n' $n
exit $failed
END
chmod +x worker
git init -q .
printf 'logs/\nslow\npid\n' >.gitignore
git add -A
git -c user.name=n -c user.email=n@example.org commit -qm 'all: first'
"$2/noctule" sweep || [ $? = 1 ]
