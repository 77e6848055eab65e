# A night without anybody: sweep, fix, pull request; the next night after the merge finds it fixed.
$ sh "$SOURCE/tests/fix/world.sh" 2>/dev/null; printf '#!/bin/sh\ncd w && GITHUB_TOKEN=sesame exec noctule pipeline --build build --cache ../cache "$@"\n' >night; chmod +x night
$ ./night --update --dry-run -- --cells-only 2>/dev/null | grep -E '^(ready|[0-9]+ of)'; git --git-dir up.git for-each-ref --format='%(refname)'
ready: only shown
~ 1 of 1 causes in [0-9a-f-]+ have a proven change
refs/heads/main
$ ./night --update 2>/dev/null | grep -E '^(opened|[0-9a-f]{12}  4|[0-9]+ of)'
~ [0-9a-f]+  4 cases in 4 cells: the sum is 5, not 4
opened: pull request 1, http://forge/pull
~ 1 of 1 causes in [0-9a-f-]+ have a proven change
$ ./night --no-sweep 2>/dev/null | grep -c '^opened: pull request 1,'; grep -c '^> POST /github/repos/up/engine/pulls$' requests
1
1
$ git --git-dir up.git update-ref refs/heads/main "$(git --git-dir up.git for-each-ref --format='%(objectname)' 'refs/heads/noctule/**')"; ./night --update 2>/dev/null | grep -E '^(Since|Nothing)'
~ Since .*: 4 fixed, 4 still_passing
~ Nothing is red in [0-9a-f-]+[.]
$ echo 'nobody is there' >w/logs/fix/STOP; ./night
? 130
! nobody is there
$ rm w/logs/fix/STOP; cd w; echo 'product=7' >src/10-product.sh; git commit -qam 'src/product: another'; GITHUB_TOKEN=sesame noctule pipeline --build build --cache ../cache --no-pr -- --driver command -- true 2>/dev/null | tail -n 4
~ [0-9a-f]+  2 cases in 2 cells: the product is 7, not 6
refused: nothing: nothing was changed

~ 0 of 1 causes in [0-9a-f-]+ have a proven change
$ if command -v systemd-analyze >/dev/null; then cp "$SOURCE"/scripts/units/noctule-pipeline.* . && sed -i 's|%h/engine/build/release/noctule|/bin/true|; s|%h/engine|/|' noctule-pipeline.service && systemd-analyze verify ./noctule-pipeline.timer ./noctule-pipeline.service 2>&1 | grep noctule-pipeline; fi; grep -q '^ExecStart=.* pipeline --update$' "$SOURCE"/scripts/units/noctule-pipeline.service && echo shipped
shipped
$ kill "$(cat daemon.pid)"
