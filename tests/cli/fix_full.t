# A full disk says nothing of a change: the fix does not end with an answer that stands, and the same
# line goes on when there is room.
# needs sh -c 'd=$(mktemp -d) && mount -t tmpfs -o size=400k none "$d" && umount "$d" && rmdir "$d"'
$ sh "$SOURCE/tests/fix/world.sh" 2>/dev/null; kill "$(cat daemon.pid)"; cd w && noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p' >../cluster && git diff culprit culprit~ -- src >../patch; printf '#!/bin/sh\ncd w; d=$(mktemp -d -p /var/tmp) && mount -t tmpfs -o size=$1k,mode=755 none $d || exit\nTMPDIR=$d noctule fix "$(cat ../cluster)" --build build --no-pr --driver patch --patch ../patch >../out 2>../said; echo $?; umount -l $d; rmdir $d\n' >../within; chmod +x ../within
$ ./within 64; grep -c 'No space left on device' said; ./within 400; grep -c 'is full, and then it cannot be swept' said; cat out; ./within 40000; head -1 out
2
1
2
1
0
ready: nobody asked for a pull request
$ cd w; noctule audit verify | cut -d, -f2; grep -c '"fix_ends"' logs/audit.ndjson
 0 faults
1
