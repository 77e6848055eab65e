# A suite of kind pytest: each way in which a test ends; what kills the process, leaves it, ends the
# run or hangs costs its own case and no other; what cannot be collected is a red case and not a
# silence; names as pytest has them; then what a sweep is for: compare, bisect, expectations.
# needs /usr/bin/python3 -c 'import pytest, sys; sys.exit(pytest.version_tuple < (7,))'
$ cp -r "$SOURCE/tests/cli/data/kinds/pytest/." . && git init -q -b main . && git config user.name a && git config user.email a@b && printf 'logs/\nout\nerr\nagain\n' >.gitignore && git add . && git commit -qm 'all: first'
$ noctule sweep >out 2>err; echo $?; sed -n '/^[0-9]* cases/p; /^fail /p; /^crash /p; /^error /p; /^xpass /p' out
1
28 cases: 13 passed, 12 failed, 2 not applicable, 0 infra, 0 missing, 0 flaky, 1 xfail, 0 xfail_other, 1 xpass
error     unit/sums/pytest  tests/test_broken.py: ModuleNotFoundError: No module named 'no_such_module'
fail      unit/sums/pytest  tests/test_sum.py::TestMore::test_method: tests/test_sum.py:94: KeyError: 'k'
fail      unit/sums/pytest  tests/test_sum.py::test_bad: tests/test_sum.py:17: AssertionError: the sum
crash     unit/sums/pytest  tests/test_sum.py::test_crash: the worker was killed by SIGSEGV in the case
fail      unit/sums/pytest  tests/test_sum.py::test_fake: tests/test_sum.py:83: assert False
fail      unit/sums/pytest  tests/test_sum.py::test_forked: tests/test_sum.py:89: AssertionError: the child failed
error     unit/sums/pytest  tests/test_sum.py::test_leave: the worker ended in the case, with exit status 0
fail      unit/sums/pytest  tests/test_sum.py::test_names[[q]]: tests/test_sum.py:22: AssertionError: assert '[q]' != '[q]'
error     unit/sums/pytest  tests/test_sum.py::test_setup: tests/test_sum.py:47: RuntimeError: no fixture
error     unit/sums/pytest  tests/test_sum.py::test_stop: Exit ended the whole run: enough
error     unit/sums/pytest  tests/test_sum.py::test_teardown: tests/test_sum.py:57: RuntimeError: too late
xpass     unit/sums/pytest  tests/test_sum.py::test_xpass: the test is marked xfail, and it passed
fail      unit/sums/pytest  tests/test_sum.py::test_xpass_strict: [XPASS(strict)] known
$ git status --short; noctule show unit/sums/pytest tests/test_sum.py::test_bad | sed -n '/^Last lines/,$p' | tail -n 8; for c in tests/test_sum.py::test_skip tests/test_absent.py tests/test_sum.py::test_xfail; do noctule show unit/sums/pytest $c | grep -E '^(verdict|message)'; done
?? ledger/
  E       AssertionError: the sum
  E       assert (2 + 2) == 5
  
  tests/test_sum.py:17: AssertionError
  ---- Captured stdout call ----
  about to add
  ---- Captured stderr call ----
  to stderr
verdict     na
message     no gpu here
verdict     na
message     could not import 'no_such_module': No module named 'no_such_module'
verdict     xfail
message     the test is marked xfail: known
$ cp -r "$SOURCE/tests/cli/data/kinds/pytest" 'a\b [1]' && (cd 'a\b [1]' && git init -q . && noctule plan | tail -n 1); rm -r 'a\b [1]'
1 cells, 28 cases
$ HANG=1 noctule sweep --case '*test_hang' --case '*test_last' 2>/dev/null | grep -E '^2 cases|^timeout'
2 cases: 1 passed, 1 failed, 0 not applicable, 0 infra, 0 missing, 0 flaky
timeout   unit/sums/pytest  tests/test_sum.py::test_hang: no result within 3.0 s  – new_failure
$ noctule show unit/sums/pytest tests/test_sum.py::test_crash | sed -n 's|^reproduce *||p' >again; sh again 2>/dev/null
? 139
{"event": "started", "case": "tests/test_sum.py::test_crash"}
$ noctule sweep --case 'tests/test_add*' >/dev/null 2>&1; sed -i 's/a + b/a - b/' sums.py && git commit -qam 'sums: another' && git tag culprit && echo >other && git add other && git commit -qm 'other: one' && noctule sweep --case 'tests/test_add*' >/dev/null 2>&1; noctule compare | sed -n 2p; noctule bisect --cell unit/sums/pytest --case tests/test_add.py::test_add 2>/dev/null | sed "s/$(git rev-parse --short=12 culprit)/CULPRIT/" | grep -E '^(culprit|status)'
new_failure    unit/sums/pytest  tests/test_add.py::test_add  pass → fail  tests/test_add.py:6: assert 0 == 4
~ culprit     CULPRIT  [0-9-]+  a: sums: another
status      confirmed: it failed in 3 of 3 runs, its parent passed in 3 of 3
$ noctule expect update --owner zoë --issue 1 --expires 9999-12-31 --case 'tests/test_add*' --write >/dev/null 2>&1; noctule sweep --case 'tests/test_add*' 2>/dev/null | grep -E '^[0-9]* cases'
1 cases: 0 passed, 0 failed, 0 not applicable, 0 infra, 0 missing, 0 flaky, 1 xfail, 0 xfail_other, 0 xpass
$ sed -i 's/python3"/python3", "-S", "-E"/' noctule.json && PYTHONPATH= noctule plan
? 1
...
~ .*there is no pytest for .*: install the package python3-pytest, or name a Python that has one as "program" of the suite
1 cells, 0 cases
