# A suite of kind gtest: each way in which a test ends, each in a process of its own.
# needs echo '#include <gtest/gtest.h>' | g++ -E -x c++ - -o /dev/null
$ cp -r "$SOURCE/tests/cli/data/kinds/gtest/." . && printf 'build/\nlogs/\n' >.gitignore
$ noctule sweep >out 2>err; echo $?; sed -n '/^[0-9]* cases/p; /^fail /p; /^crash /p; /^error /p' out
1
16 cases: 5 passed, 9 failed, 2 not applicable, 0 infra, 0 missing, 0 flaky
fail      unit/sums/gtest  All/Small.Is/2: sum_test.cc:58: Expected: (GetParam()) < (3), actual: 3 vs 3
crash     unit/sums/gtest  First.Is: outside of the test: sum_test.cc:48: Expected equality of these values: 1 2 no first
crash     unit/sums/gtest  Last.Is: outside of the test: sum_test.cc:53: Failed no last
fail      unit/sums/gtest  Sum.Bad: sum_test.cc:14: Expected equality of these values: 5 2 + 2 Which is: 4 of two
crash     unit/sums/gtest  Sum.Crash: it was killed by SIGSEGV
fail      unit/sums/gtest  Sum.Fake: sum_test.cc:27: Failed really
crash     unit/sums/gtest  Sum.Late: no check failed, but it ended with exit status 23
error     unit/sums/gtest  Sum.Leave: it ended with exit status 0 and left no result
fail      unit/sums/gtest  Sum.RecordsAndFails: sum_test.cc:43: Failed all the same
$ for c in Sum.Skip Sum.DISABLED_Off; do noctule show unit/sums/gtest $c | grep -E '^(verdict|message)'; done
verdict     na
message     no gpu here
verdict     na
message     the test is DISABLED_
$ noctule show unit/sums/gtest Sum.Bad | grep -c 'Which is: 4$'
1
$ mv build/sum_test build/other; noctule plan
? 1
...
~ .*there is no program build/sum_test: build it \("build" of noctule.json\), or name another as "program" of the suite
1 cells, 0 cases
$ printf '#!/bin/sh\necho Sum.\necho "  Good"\n' >build/sum_test; chmod +x build/sum_test; noctule plan
? 1
...
~ .*did not list its tests to a file, as programs of GoogleTest 1.10 and later do: it ended with exit status 0: Good
1 cells, 0 cases
