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
$ # The forge deletes the branch of what was merged; the same cause may come again.
$ b=$(git --git-dir up.git for-each-ref --format='%(refname)' 'refs/heads/noctule/**'); git --git-dir up.git update-ref -d "$b"; cd w; sed -i 's/=4/=5/' src/10-sum.sh; git commit -qam 'src/sum: another sum again'; git push -q origin main; cd ..; ./night --update 2>/dev/null | grep '^opened'; git --git-dir up.git for-each-ref --format='%(refname)' | wc -l
opened: pull request 1, http://forge/pull
2
$ # What a person adds to our branch is not pushed over, whoever fetched it meanwhile.
$ git clone -q up.git eve; cd eve; git config user.name Eve; git config user.email eve@localhost; git switch -q "$(git branch -r | sed -n 's|.*origin/\(noctule/fix/.*\)|\1|p')"; echo '# looks right' >>src/10-sum.sh; git commit -qam 'src/sum: a word'; git push -q; git switch -q main; echo '# more' >>src/10-rest.sh; git commit -qam 'src/rest: more'; git push -q; cd ..; ./night --update 2>/dev/null | grep -E '^(opened|taken)'
~ taken: origin/noctule/fix/[0-9a-f]+ holds [0-9a-f]+ by Eve
$ cd w; env -u GITHUB_TOKEN noctule fix "$(noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p')" --build build
? 2
! there is no token: set $GITHUB_TOKEN
$ cd w; git config --unset user.email; git config --unset user.name; HOME=$PWD GITHUB_TOKEN=sesame noctule fix "$(noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p')" --build build --fresh 2>said; grep -c 'git does not know who commits' said; git config user.name Ada; git config user.email ada@localhost
1
$ git --git-dir up.git update-ref refs/heads/main "$(git --git-dir up.git for-each-ref --format='%(objectname)' 'refs/heads/noctule/**')"; cd w; git fetch -q; git reset -q --hard origin/main
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
