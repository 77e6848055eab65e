# A suite of kind cargo: each way in which a test ends, each in a process of its own; a program that
# does not list its tests is a red case and not a silence. Rust is too large to be installed for it.
# needs cargo --version && rustc --version
$ cp -r "$SOURCE/tests/cli/data/kinds/cargo/." . && printf 'target/\nlogs/\n' >.gitignore
$ RUST_BACKTRACE=0 noctule sweep >out 2>err; echo $?; sed -n '/^[0-9]* cases/p; /^fail /p; /^crash /p; /^error /p' out
1
12 cases: 4 passed, 7 failed, 1 not applicable, 0 infra, 0 missing, 0 flaky
fail      unit/adder/cargo  adder/lib/tests::bad: lib.rs:18:9: the sum
crash     unit/adder/cargo  adder/lib/tests::crash: it was killed by SIGABRT
error     unit/adder/cargo  adder/lib/tests::leave: it ended with exit status 0 and left no result
fail      unit/adder/cargo  adder/lib/tests::panics_never: lib.rs:35:8: test did not panic as expected
fail      unit/adder/cargo  adder/lib/tests::panics_otherwise: lib.rs:31:9: as it should not; the panic was to contain "of another kind"
fail      unit/adder/cargo  adder/lib/tests::returns: Error: "no"
error     unit/adder/cargo  adder/test/own: "no list" is no line of a list of tests
$ noctule show unit/adder/cargo adder/lib/tests::slow | grep -E '^(verdict|message)'; noctule show unit/adder/cargo adder/lib/tests::bad | grep -c 'panicked at src/lib.rs:18:9'
verdict     na
message     the test is #[ignore]
1
$ sed -i 's/assert!(add/assert(add/' src/lib.rs && noctule sweep --no-build >/dev/null 2>&1; noctule plan
? 1
...
~ .*cargo test --no-run failed \(exit status 101\): .*
1 cells, 0 cases
