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
$ # What says which cases pass is not a fix's to change, though it lies where a fix may change things.
$ cd w && sed -i 's|, "src/20-worker.sh"\]|]|; s|"schema": 1,|"schema": 1, "failure_rules": ["src/rules.json"],|; s|"{build}/worker", "check"|"sh", "src/wrap.sh", "{build}/worker", "check"|' noctule.json && echo 'exec "$@"' >src/wrap.sh && sed "s/\"build\\./\"own./" "$SOURCE/orchestrator/parse/rules/build.json" >src/rules.json && git add -A && git commit -qm 'noctule: rules and a wrapper' && noctule sweep --build build >/dev/null 2>&1; noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p' | head -1 >../cluster
$ printf '#!/bin/sh\ncd w && exec noctule fix "$(cat ../cluster)" --build build --cells-only --no-pr --base HEAD --driver command -- sh -c "$1"\n' >by; chmod +x by; ./by 'sed -i s/5/4/ src/10-sum.sh; echo "#" >>src/wrap.sh' 2>/dev/null; ./by 'sed -i s/5/4/ src/10-sum.sh; echo >>src/rules.json' 2>/dev/null
? 1
refused: edits_judge src/wrap.sh: a fix does not change what says which cases pass
refused: edits_judge src/rules.json: a fix does not change what says which cases pass
$ # A worker that is built is open to a fix where nothing of its sources is closed: that is said.
$ cd w && sed -i 's|"sh", "src/wrap.sh", ||' noctule.json && git commit -qam 'noctule: as it was' && noctule fix "$(cat ../cluster)" --build build --no-pr --base good --driver command -- true 2>&1 | grep -c 'the workers of compat are built from fix.paths'
1
$ cd w && noctule sweep --build build --sandbox --level limits 2>&1 | tail -n 1
~ .*the sandbox of workers reaches the level "limits" and "namespaces" is required
$ kill "$(cat daemon.pid)"
