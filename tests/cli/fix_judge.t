# Who is judged does not come near the judge: code that an agent wrote runs while it is verified, and
# tries from within a worker to make the verdict. The judge's files are not its to write.
$ sh "$SOURCE/tests/fix/world.sh" 2>/dev/null; cd w && noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p' >../cluster && wc -l <../cluster
1
$ printf '#!/bin/sh\nprintf "%%s\\n" "$1" >line; cd w && exec noctule fix "$(cat ../cluster)" --build build --cells-only --no-pr --driver command -- sh -c "echo $(base64 -w0 <../line) | base64 -d >src/15-forge.sh"\n' >by; chmod +x by
$ # Each leaves the sum wrong. The first has a process that rights what is written down of it.
$ ./by '(setsid perl -e '\''for (1 .. 3000) { select undef, undef, undef, 0.01; for (glob "logs/*/events.ndjson") { open F, "+<", $_ or next; local $/; $t = <F>; next unless $t =~ s/"status":"fail"/"status":"pass"/g; seek F, 0, 0; print F $t; close F } }'\'' >/dev/null 2>&1 &)' 2>/dev/null
? 1
not_mended: alpha/sum in compat/alpha/cpu: the sum is 5, not 4
$ # This one, the ways to it: the sweep, its journal and index, the expectations, another worker's folder.
$ ./by '[ -e /proc/1/mem ] && for f in tests/alpha/cases noctule.json logs/x logs/*/events.ndjson logs/noctule.db build/worker; do (echo >>$f) 2>/dev/null && reached=" $f"; done; pgrep -f "noctule sweep" >/dev/null && reached="$reached sweep"; [ "$reached" ] && sum=4; :' 2>/dev/null
? 1
not_mended: alpha/sum in compat/alpha/cpu: the sum is 5, not 4
$ cd w && noctule sweep --build build --sandbox --level limits 2>&1 | tail -n 1
~ .*the sandbox of workers reaches the level "limits" and "namespaces" is required
$ kill "$(cat daemon.pid)"
