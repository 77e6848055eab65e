# Suites of kinds that are built in, swept as code that nobody trusts: the checkout and the build are
# only read, and there is no file without a name but those that had one.
# needs /usr/bin/python3 -c 'import pytest, sys; sys.exit(pytest.version_tuple < (7,))'
$ chmod 711 .. && mkdir c p && cp -r "$SOURCE/tests/cli/data/kinds/ctest/." c && cp -r "$SOURCE/tests/cli/data/kinds/pytest/." p && for d in c p; do (cd $d && git init -q -b main . && git config user.name a && git config user.email a@b && printf 'build/\nlogs/\n' >.gitignore && git add . && git commit -qm 'all: first'); done
$ cd c && cmake -S . -B build >/dev/null && cmake --build build >/dev/null && noctule sweep --sandbox --no-build --case bad --case good 2>/dev/null | grep -E '^[0-9]+ cases'; ls build/Testing
? 2
2 cases: 1 passed, 1 failed, 0 not applicable, 0 infra, 0 missing, 0 flaky
! ls: cannot access 'build/Testing': No such file or directory
$ cd p && noctule sweep --sandbox --case 'tests/test_add*' 2>/dev/null | grep -E '^[0-9]* cases'
1 cases: 1 passed, 0 failed, 0 not applicable, 0 infra, 0 missing, 0 flaky
