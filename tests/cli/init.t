# What tests a project is read from its files; what is there already stays.
$ noctule init
? 2
! says here what tests this project
$ mkdir 'my project' && cp -r "$SOURCE/tests/cli/data/kinds/ctest/." 'my project' && cd 'my project' && rm noctule.json && touch pytest.ini setup.py && noctule init
! noctule plan
{
  "schema": 1,
  "name": "my_project",
  "build": [
    ["cmake", "-S", ".", "-B", "{build}"],
    ["cmake", "--build", "{build}"]
  ],
  "suites": [
    {"name": "ctest", "kind": "ctest"},
    {"name": "pytest", "kind": "pytest"}
  ]
}
$ cd 'my project' && cmake -S . -B build >/dev/null && noctule plan --cell ctest/my_project/ctest --build build | tail -n 1
1 cells, 26 cases
$ cd 'my project' && echo mine >noctule.json && noctule init
? 2
! stays as it is
$ cd 'my project' && cat noctule.json
mine
$ mkdir .rust && cd .rust && touch Cargo.toml pyproject.toml CMakeLists.txt && noctule init 2>/dev/null | grep -E 'name|--no-run'
  "name": "_rust",
    ["cargo", "test", "--no-run"]
    {"name": "ctest", "kind": "ctest"},
    {"name": "cargo", "kind": "cargo"},
    {"name": "pytest", "kind": "pytest"}
