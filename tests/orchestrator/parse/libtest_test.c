/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded from the test programs of Rust 1.95; panics also in the form of before 1.73. */
#include "orchestrator/parse/libtest.h"

#include <string.h>

#include "engine/base/err.h"
#include "tests/test.h"

static struct arena arena;

TEST(a_list_is_read_line_by_line) {
    const char *text = "tests::adds: test\nmod::with space: x: test\nspeed: benchmark\n", *name;
    EXPECT_INT(libtest_next(&arena, &text, &name), 1);
    EXPECT_STR(name, "tests::adds");
    EXPECT_INT(libtest_next(&arena, &text, &name), 1);
    EXPECT_STR(name, "mod::with space: x");
    EXPECT_INT(libtest_next(&arena, &text, &name), 1);
    EXPECT_STR(name, "speed");
    EXPECT_INT(libtest_next(&arena, &text, &name), 0);
}

TEST(a_program_that_lists_something_else_is_refused) {
    const char *text = "no list\n", *name, *other = ": test\n";
    EXPECT_INT(libtest_next(&arena, &text, &name), ERR_FORMAT);
    EXPECT_HAS(err_text(), "no list");
    EXPECT_INT(libtest_next(&arena, &other, &name), ERR_FORMAT);
}

TEST(only_the_line_of_the_very_test_is_its_result) {
    EXPECT_INT(libtest_outcome("ok tests::adds\n", "tests::adds"), LIBTEST_OK);
    EXPECT_INT(libtest_outcome("failed tests::adds\n", "tests::adds"), LIBTEST_FAILED);
    EXPECT_INT(
        libtest_outcome("failed: note: test did not panic as expected tests::p\n", "tests::p"),
        LIBTEST_FAILED);
    EXPECT_INT(libtest_outcome("ignored: no gpu tests::g", "tests::g"), LIBTEST_IGNORED);
    EXPECT_INT(libtest_outcome("ok tests::adds2\n", "tests::adds"), LIBTEST_NONE);
    EXPECT_INT(libtest_outcome("ok my_tests::adds\n", "tests::adds"), LIBTEST_NONE);
    EXPECT_INT(libtest_outcome("fine tests::adds\n", "tests::adds"), LIBTEST_NONE);
    EXPECT_INT(libtest_outcome("", "tests::adds"), LIBTEST_NONE);
    EXPECT_INT(libtest_outcome("tests::adds", "tests::adds"), LIBTEST_NONE);
}

TEST(a_reason_of_several_lines_is_one_result) {
    const char *log = "failed: panic did not contain expected string\n      panic message: \"y\"\n"
                      " expected substring: \"x\" tests::p\n";
    EXPECT_INT(libtest_outcome(log, "tests::p"), LIBTEST_FAILED);
    EXPECT_INT(libtest_outcome(log, "tests::q"), LIBTEST_NONE);
    EXPECT_INT(libtest_outcome("ignored: no gpu,\nnot here tests::g\n", "tests::g"),
               LIBTEST_IGNORED);
    EXPECT_INT(libtest_outcome("failed: a\nok tests::p\n", "tests::p"), LIBTEST_OK);
    EXPECT_INT(libtest_outcome("ok tests::a\nfine tests::p\n", "tests::p"), LIBTEST_NONE);
}

TEST(a_panic_that_was_to_come_or_to_be_another_is_told) {
    EXPECT_STR(libtest_why(&arena, "---- p stdout ----\n\nthread 'p' panicked at src/lib.rs:1:50:\n"
                                   "y\nnote: panic did not contain expected string\n"
                                   "      panic message: \"y\"\n expected substring: \"x\"\n\n"),
               "lib.rs:1:50: y; the panic was to contain \"x\"");
    EXPECT_STR(libtest_why(&arena, "---- p stdout ----\nnote: test did not panic as expected at "
                                   "src/lib.rs:2:28\n\nfailures:\n"),
               "lib.rs:2:28: test did not panic as expected");
    EXPECT_STR(libtest_why(&arena, "---- p stdout ----\nnote: test did not panic as expected\n"),
               "test did not panic as expected");
}

TEST(why_it_failed_is_the_first_panic_or_the_error_it_returned) {
    EXPECT_STR(libtest_why(&arena,
                           "\nrunning 1 test\ntest tests::wrong ... FAILED\n\nfailures:\n\n"
                           "---- tests::wrong stdout ----\nabout to\n\n"
                           "thread 'tests::wrong' (20139) panicked at src/lib.rs:6:48:\n"
                           "assertion `left == right` failed: the sum\n  left: 4\n right: 5\n"
                           "note: run with `RUST_BACKTRACE=1`\n"),
               "lib.rs:6:48: assertion `left == right` failed: the sum");
    EXPECT_STR(libtest_why(&arena, "thread 'tests::wrong' panicked at 'assertion failed: `(left == "
                                   "right)`', src/lib.rs:6:9\nnote: run with\n"),
               "lib.rs:6:9: assertion failed: `(left == right)`");
    EXPECT_STR(libtest_why(&arena, "---- tests::errs stdout ----\nError: \"no\"\n\n\nfailures:\n"),
               "Error: \"no\"");
    EXPECT_STR(libtest_why(&arena, "thread 'x' panicked at Box<dyn Any>\n"), "Box<dyn Any>");
    EXPECT_STR(libtest_why(&arena, "thread 'x' panicked at "), "");
    EXPECT_STR(libtest_why(&arena, "nothing of that kind"), "");
}
