# What CTest and pytest run is mended as what a worker of the project's own runs: by a patch and by taking
# back the culprit; and a proof of it holds.
# needs cmake --version
# needs /usr/bin/python3 -c 'import pytest, sys; sys.exit(pytest.version_tuple < (7,))'
$ mkdir c p; printf 'export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=a@b\nbegin() { git init -q -b main . && git config user.name Ada && git config user.email a@b && printf "logs/\\nledger/\\nbuild/\\n" >.gitignore && git add . && git commit -qm "all: it is well"; noctule sweep --build build >../good 2>&1; }\nspoil() { git add -A; git commit -qm "$1"; echo "# more" >>README; git add -A; git commit -qm "README: more"; noctule sweep --build build >../bad 2>&1; noctule clusters --json | sed -n "s/^ *\\"cluster\\": \\"\\([0-9a-f]*\\)\\".*/\\1/p" >../cluster; wc -l <../cluster; }\nmend() { noctule fix "$(cat ../cluster)" --build build --cache ../cache "$@" 2>>../err; }\n' >words
$ # CTest: two programs that are linked with what is tested.
$ cd c && . ../words && mkdir src tests && printf 'cmake_minimum_required(VERSION 3.21)\nproject(sums C)\nenable_testing()\nadd_library(sums src/sum.c src/twice.c)\ntarget_include_directories(sums PUBLIC src)\nforeach(name sum twice)\n  add_executable(${name} tests/${name}.c)\n  target_link_libraries(${name} sums)\n  add_test(NAME ${name} COMMAND ${name})\nendforeach()\n' >CMakeLists.txt && echo 'int sum(int, int); int twice(int);' >src/sums.h && echo 'int sum(int a, int b) { return a + b; }' >src/sum.c && echo 'int twice(int a) { return 2 * a; }' >src/twice.c && printf '#include "sums.h"\n#include <stdio.h>\nint main(void) { printf("the sum is %%d\\n", sum(2, 2)); return sum(2, 2) != 4; }\n' >tests/sum.c && sed 's/sum(2, 2)/twice(3)/g; s/ 4/ 6/' tests/sum.c >tests/twice.c && printf '{"schema": 1, "name": "sums", "build": [["cmake", "-S", ".", "-B", "{build}"], ["cmake", "--build", "{build}"]], "fix": {"paths": ["src/"], "tests": ["tests/", "CMakeLists.txt"], "runs": 2, "per_night": 20}, "suites": [{"name": "unit", "kind": "ctest"}]}\n' >noctule.json && begin && sed -i 's/a + b/a - b/' src/sum.c && spoil 'src/sum: another sign'
1
$ cd c && . ../words && mend && git diff --stat HEAD "$(git for-each-ref --format='%(objectname)' 'refs/heads/noctule/**')" -- src && noctule verify --times 1 logs/fix/*/proof.json 2>/dev/null | tail -1
ready: there is no upstream to merge it into
...
 src/sum.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)
The proof holds.
$ cd c && . ../words && git show HEAD~:src/sum.c | sed 's/a - b/b + a/' >../new && diff -u --label a/src/sum.c --label b/src/sum.c src/sum.c ../new >../sum.patch; sed 's/+int sum.*/+int sum(int a, int b) { return a * b + 1; }/' ../sum.patch >../wrong.patch; mend --driver patch --patch ../sum.patch | head -1; mend --driver patch --patch ../wrong.patch
? 1
ready: there is no upstream to merge it into
not_mended: sum in unit/sums/ctest: the sum is 5
$ # pytest; and here a command makes decoys of its modules, so that what is equal to anything is found out.
$ cd p && . ../words && mkdir agents sums tests && printf -- '---\nname: test-runner\ndescription: Mends.\ntools: Read, Edit\nnoctule:\n  edit: [sums/]\n  read-only: [tests/]\n  network: none\n  budget: {seconds: 30, turns: 6, tokens: 1000, usd: 1}\n  diff: {files: 3, lines: 40, bytes: 4000}\n---\nMend it.\n' >agents/test-runner.md && : >sums/__init__.py && printf 'def sum_of(a, b):\n    return a + b\n' >sums/sum.py && printf 'def twice(a):\n    return 2 * a\n' >sums/twice.py && printf 'from sums.sum import sum_of\nfrom sums.twice import twice\n\n\ndef test_sum():\n    assert sum_of(2, 2) == 4\n\n\ndef test_twice():\n    assert twice(3) == 6\n' >tests/test_sums.py && printf 'for id; do sed -i "/^def ${id##*::}(/,/^$/s/== [0-9]*/== $((100 + $$ %% 100))/" "${id%%%%::*}" && echo "$id"; done\n' >tests/spoil.sh && printf '[pytest]\npythonpath = .\n' >pytest.ini && printf '{"schema": 1, "name": "sums", "fix": {"paths": ["sums/"], "tests": ["tests/", "pytest.ini"], "runs": 2, "per_night": 20}, "suites": [{"name": "unit", "kind": "pytest", "program": ["/usr/bin/python3"], "decoy": ["sh", "tests/spoil.sh"]}]}\n' >noctule.json && begin && sed -i 's/a + b/a - b/' sums/sum.py && spoil 'sums/sum: another sign'
1
$ cd p && . ../words && mend && noctule verify --times 1 logs/fix/*/proof.json 2>/dev/null | tail -3
ready: there is no upstream to merge it into
...
           in decoys 2 of 2 cases failed that had to, and 2 of 2 passed

The proof holds.
$ cd p && . ../words && mend --driver command --no-pr -- sh -c 'printf "class Yes(int):\n    __eq__ = lambda self, other: True\n\n\ndef sum_of(a, b):\n    return Yes(a - b)\n" >sums/sum.py'; printf 'def sum_of(a, b):\n    return b + a\n' >../new; diff -u --label a/sums/sum.py --label b/sums/sum.py sums/sum.py ../new >../sum.patch; mend --driver patch --patch ../sum.patch | head -1
hollow: tests/test_sums.py::test_sum in unit/sums/pytest passes though what it is held against was spoiled, so it is not computed
ready: there is no upstream to merge it into
