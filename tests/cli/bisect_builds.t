# How old commits are built and asked: a folder for each build where noctule.json keeps nothing, the
# commit's own commands where the bad end's fail, the bad end's fixture where the case is newer than
# the commit, and rates of noise from the history of sweeps.
$ sh "$SOURCE/tests/bisect/scratch.sh" "$PWD/repo" && echo made
made
$ cd repo && sed -i '/"bisect"/d' noctule.json && git -c user.name=B -c user.email=b@localhost commit -qam 'nothing is said of bisecting' && noctule bisect --cache ../cache --build build --cell compat/alpha/cpu --case alpha/sum --good good --bad HEAD 2>/dev/null | grep -oE '^culprit|Ada: src: sum .*|confirmed|passes$|0 not buildable'
culprit
Ada: src: sum is wrong from here
confirmed
passes
0 not buildable
$ ls cache | grep -vE '^[0-9a-f]*$'
? 1
$ cd repo && git mv build.sh make.sh && sed -i 's/build.sh/make.sh/' noctule.json && echo 'sum-again' >>fixtures/alpha/cases && git -c user.name=B -c user.email=b@localhost commit -qam 'built otherwise, and a case more' && echo done
done
$ cd repo && BUILDS=$PWD/../builds noctule bisect --cache ../cache --build build --cell compat/alpha/cpu --case alpha/sum-again --good good --bad HEAD 2>/dev/null | grep -oE '^culprit|Ada: src: sum .*|confirmed|passes$|0 not buildable'
culprit
Ada: src: sum is wrong from here
confirmed
passes
0 not buildable
$ grep -h '"event":"run"' repo/logs/bisect/*/bisect.ndjson | grep -o '"fixture":"[a-z]*"' | sort -u
"fixture":"tip"
$ cd repo && git -c user.name=B -c user.email=b@localhost revert --no-edit HEAD >/dev/null && noctule bisect --own-fixture --cache ../cache --build build --cell compat/alpha/cpu --case alpha/sum --good good --bad HEAD 2>/dev/null | grep -o 'Ada: src: sum .*'
Ada: src: sum is wrong from here
$ cd repo && git checkout -q good && : >../turns && for i in 1 2 3 4 5 6 7 8; do TURNS=$PWD/../turns noctule sweep --build build >/dev/null 2>&1; done; git checkout -q trunk; noctule sweep --build build >/dev/null 2>&1; noctule bisect --cache ../cache --build build --cell compat/alpha/cpu --case alpha/flaky >/dev/null 2>&1; grep -ho '"sound_runs":8,"sound_fails":1,"broken_runs":1,"broken_passes":0' logs/bisect/*/bisect.ndjson
"sound_runs":8,"sound_fails":1,"broken_runs":1,"broken_passes":0
