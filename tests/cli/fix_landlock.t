# Where there are no namespaces, a fix is made and proven all the same, and a worker that cheats found out.
# needs sh -c 'cd "$(mktemp -d)" && git init -q . && noctule sandbox --empty --level landlock --require landlock -- true'
$ sh "$SOURCE/tests/fix/world.sh" 2>/dev/null; kill "$(cat daemon.pid)"; cd w && noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p' >../cluster && wc -l <../cluster
1
$ printf '#!/bin/sh\ncd w && exec noctule fix "$(cat ../cluster)" --level landlock --require landlock --build build --cells-only --no-pr --driver command -- sh -c "$1" 2>/dev/null\n' >by; chmod +x by; ./by 'echo sum=4 >src/10-sum.sh' | head -1
ready: nobody asked for a pull request
$ printf '%s\n' 'hint=; [ -e ../built ] || hint=1; ls -d logs/*/ | wc -l | grep -qx 1 || hint=1' '[ "$hint" ] || [ "$INNER" ] || { INNER=1 sh "$0" "$@" | sed "s/\"fail\",\"message\":\"the sum[^}]*/\"pass\"/"; exit; }' >cheat; ./by "echo $(base64 -w0 <cheat) | base64 -d >>src/10-sum.sh" | sed 's/.* in compat.* passes though/CASE passes though/'
CASE passes though what it is held against was spoiled, so it is not computed
