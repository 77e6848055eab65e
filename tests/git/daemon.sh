#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# daemon.sh FOLDER: serves the repositories below FOLDER by git's own daemon on a free port of
# loopback, for at most five minutes; prints the URL, and its process into FOLDER/daemon.pid.
set -eu
folder=$(cd "$1" && pwd)
for try in 1 2 3 4 5 6 7 8 9; do
    port=$((20000 + ($$ * 7 + try * 1009) % 40000))
    timeout 300 git daemon --listen=127.0.0.1 --port=$port --reuseaddr --export-all \
        --enable=receive-pack --base-path="$folder" "$folder" >"$folder/daemon.log" 2>&1 </dev/null &
    echo $! >"$folder/daemon.pid"
    for wait in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        kill -0 $! 2>/dev/null || break
        repo=$(basename "$(ls -d "$folder"/*.git | head -n 1)")
        if git ls-remote "git://127.0.0.1:$port/$repo" >/dev/null 2>&1; then
            echo "git://127.0.0.1:$port"
            exit 0
        fi
        sleep 0.1
    done
    kill $! 2>/dev/null || true
done
echo "no port was free" >&2
exit 1
