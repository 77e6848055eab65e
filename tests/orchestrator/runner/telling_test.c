/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/runner/telling.h"

#include <stdio.h>
#include <string.h>

#include "tests/test.h"

static struct telling t;

static const char *telling(const char *text) {
    t = (struct telling){.place = "", .last = ""};
    for (size_t len; *text; text += len + (text[len] == '\n')) {
        len = strcspn(text, "\n");
        telling_see(&t, text, len);
    }
    return telling_best(&t);
}

TEST(the_line_of_a_framework_that_names_the_place_is_the_best) {
    EXPECT_STR(telling("start\n/a/x.c:47:digits:FAIL: Expected 65 Was 66\n1 Failures\nFAIL\n"),
               "/a/x.c:47:digits:FAIL: Expected 65 Was 66"); /* Unity */
    EXPECT_STR(telling("t.cpp(12): error: in \"x\": check a == b has failed\n*** 1 failure\n"),
               "t.cpp(12): error: in \"x\": check a == b has failed"); /* Boost */
    EXPECT_STR(telling("t.cpp:5: ERROR: CHECK( 1 == 2 ) is NOT correct!\nStatus: FAILURE!\n"),
               "t.cpp:5: ERROR: CHECK( 1 == 2 ) is NOT correct!"); /* doctest */
    EXPECT_STR(t.last, "Status: FAILURE!");
}

TEST(without_one_the_last_line_is) {
    EXPECT_STR(
        telling("error at 127.0.0.1:80\nfailed .c:4\nsee x.c:47 for all\n  the sum is 5\n\n"),
        "the sum is 5");
    EXPECT_STR(telling(""), "");
    EXPECT_STR(telling("\n \n"), "");
    EXPECT_STR(telling("x.c:"), "x.c:");
}

TEST(colours_are_no_part_of_it_and_no_line_by_themselves) {
    EXPECT_STR(telling("\x1b[31;1mx.c:3:\x1b[0m \x1b[1merror: wrong\x1b[0m\n\x1b[0m\n"),
               "x.c:3: error: wrong");
    EXPECT_STR(t.last, "x.c:3: error: wrong");
    EXPECT_STR(telling("\x1b[3"), "\x1b[3");
}

TEST(it_is_found_in_the_midst_of_a_flood) {
    char line[64];
    t = (struct telling){.place = "", .last = ""};
    for (int i = 0; i < 100000; i++) {
        int n = snprintf(line, sizeof(line), i == 50000 ? "b.c:2: error: no %d\n" : "line %d\n", i);
        telling_see(&t, line, (size_t)n);
    }
    EXPECT_STR(telling_best(&t), "b.c:2: error: no 50000");
    EXPECT_STR(t.last, "line 99999");
}

TEST(what_just_fits_a_sentence_is_whole) {
    char text[TELLING_SIZE];
    memset(text, 'x', sizeof(text));
    memcpy(text + 500, " \r\n", 4);
    EXPECT_INT(strlen(telling(text)), 500);
    text[500] = 'x', text[501] = '\0';
    EXPECT_STR(telling(text) + 500, "…");
}
