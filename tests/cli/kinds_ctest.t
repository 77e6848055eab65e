# A suite of kind ctest: each way in which a test ends, names that CMake allows, two of one name; what a
# test says is found in colours, too, and amid more than CTest keeps; what is left out has its reason; a
# log is what the test wrote and nothing of ctest; the command of a case repeats it; a build folder
# without tests, and a ctest that is not there, are one red case.
$ cp -r "$SOURCE/tests/cli/data/kinds/ctest/." . && git init -q -b main . && git config user.name a && git config user.email a@b && printf 'build/\nlogs/\n' >.gitignore && git add . && git commit -qm 'all: first'
$ noctule sweep >out 2>err; echo $?; sed -n '/cases:/p; /^fail /p; /^crash /p; /^error /p; /^timeout /p' out
1
26 cases: 5 passed, 19 failed, 2 not applicable, 0 infra, 0 missing, 0 flaky
crash     unit/sums/ctest  abort: it was killed by SIGABRT
error     unit/sums/ctest  absent: ctest did not run it: Unable to find executable: /no/such/program
fail      unit/sums/ctest  bad: the sum is 5, not 4
fail      unit/sums/ctest  coloured: foo.c:3: error: wrong
crash     unit/sums/ctest  crash: it was killed by SIGSEGV
fail      unit/sums/ctest  flood: b.c:2: error: check B failed
fail      unit/sums/ctest  good (2): another
crash     unit/sums/ctest  killed_37: it was killed by signal 37
crash     unit/sums/ctest  killed_BUS: it was killed by SIGBUS
crash     unit/sums/ctest  killed_HUP: it was killed by SIGHUP
crash     unit/sums/ctest  killed_PIPE: it was killed by SIGPIPE
crash     unit/sums/ctest  killed_TERM: it was killed by SIGTERM
fail      unit/sums/ctest  odd [x] "q" ü {case}: <testcase name=odd>
fail      unit/sums/ctest  says ***Skipped when empty: it failed and printed nothing
fail      unit/sums/ctest  silent: it failed and printed nothing
timeout   unit/sums/ctest  slow: it took longer than its own TIMEOUT
fail      unit/sums/ctest  two\x0alines: second
fail      unit/sums/ctest  unity: /there/x.c:47:digits:FAIL: Expected 65 Was 66
fail      unit/sums/ctest  worded: A=b
$ noctule show unit/sums/ctest skip | grep -E '^(verdict|message)'; noctule show unit/sums/ctest off | grep -E '^(verdict|message)'
verdict     na
message     the test says that it is to be skipped: no gpu here
verdict     na
message     the test is DISABLED
$ noctule show unit/sums/ctest bad | sed -n '/^Last lines/,$p'
~ Last lines of .*unit.sums.ctest.log:
  at line 3
  the sum is 5, not 4
$ noctule show unit/sums/ctest crash | sed -n 's|^reproduce *||p' >again; grep -c 'noctule worker ctest --dir=build --case' again; sh again 2>/dev/null | grep -c '"status":"crash".*"signal":11'
1
1
$ sed -n '/^| Program under test/p' ledger/0001-*.md
| Program under test | not hashed: a word for PATH starts it |
$ mkdir 'a [1]*' && git archive HEAD | tar -x -C 'a [1]*' && cd 'a [1]*' && cmake -S . -B build >/dev/null && noctule plan | tail -n 1
1 cells, 26 cases
$ noctule worker ctest --dir=build --arg=-R --arg='^(bad|skip|slow)$' --arg=-E --arg=slow 2>/dev/null | sed -n 's/.*"case":"\([a-z]*\)","status":"\([a-z]*\)".*/\1 \2/p'
bad fail
skip na
$ mkdir empty && cd empty && echo '{"schema":1,"name":"e","suites":[{"name":"unit","kind":"ctest","dir":"."}]}' >noctule.json && noctule plan
? 1
...
~ .*holds no CTestTestfile.cmake; configure it.*
1 cells, 0 cases
$ cd empty && printf 'cmake_minimum_required(VERSION 3.21)\nproject(e LANGUAGES NONE)\nenable_testing()\n' >CMakeLists.txt && cmake -S . -B . >/dev/null && noctule sweep 2>/dev/null | grep -E '^1 cases|^error'
1 cases: 0 passed, 1 failed, 0 not applicable, 0 infra, 0 missing, 0 flaky
~ error     unit/e/ctest  e/list_cases: .*ctest has no tests here
$ cd empty && sed -i 's/"dir":"."/"dir":".","program":["ctest-of-mine"]/' noctule.json && noctule plan
? 1
...
~ .*there is no program ctest-of-mine: install the package cmake, or name another as "program" of the suite
1 cells, 0 cases
