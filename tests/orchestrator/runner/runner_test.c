/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/runner/runner.h"

#include <string.h>

#include "tests/test.h"

static struct arena arena;

static const char *telling(const char *text) {
    return runner_telling_line(&arena, text, strlen(text));
}

TEST(the_line_of_a_framework_that_names_the_place_is_the_message) {
    EXPECT_STR(telling("start\n/a/x.c:47:digits:FAIL: Expected 65 Was 66\n1 Failures\nFAIL\n"),
               "/a/x.c:47:digits:FAIL: Expected 65 Was 66"); /* Unity */
    EXPECT_STR(telling("t.cpp(12): error: in \"x\": check a == b has failed\n*** 1 failure\n"),
               "t.cpp(12): error: in \"x\": check a == b has failed"); /* Boost */
    EXPECT_STR(telling("t.cpp:5: ERROR: CHECK( 1 == 2 ) is NOT correct!\nStatus: FAILURE!\n"),
               "t.cpp:5: ERROR: CHECK( 1 == 2 ) is NOT correct!"); /* doctest */
}

TEST(without_one_the_last_line_is) {
    EXPECT_STR(
        telling("error at 127.0.0.1:80\nfailed .c:4\nsee x.c:47 for all\n  the sum is 5\n\n"),
        "the sum is 5");
    EXPECT_STR(telling(""), "");
    EXPECT_STR(telling("\n \n"), "");
    EXPECT_STR(telling("x.c:"), "x.c:");
}

TEST(what_is_longer_than_a_sentence_is_cut_and_not_within_a_character) {
    char text[2001];
    for (size_t i = 0; i < sizeof(text) - 1; i += 2)
        memcpy(text + i, "\xc3\xbc", 2);
    text[sizeof(text) - 1] = '\0';
    text[0] = 'a', text[1] = 'b';
    const char *cut = runner_last_line(&arena, text, strlen(text));
    EXPECT(strlen(cut) < 510);
    EXPECT_STR(cut + strlen(cut) - 5, "\xc3\xbc\xe2\x80\xa6");
}

TEST(every_row_can_be_found_and_is_whole) {
    static const char *const names[] = {"cargo", "ctest", "gtest", "pytest", NULL};
    for (size_t i = 0; names[i]; i++) {
        const struct runner *r = runner_find(names[i]);
        REQUIRE(r != NULL);
        EXPECT_STR(r->name, names[i]);
        EXPECT((r->list && r->run) != (r->become != NULL));
        EXPECT(r->dir && r->install && r->summary);
    }
    EXPECT(runner_find("nose") == NULL);
    EXPECT_STR(runner_names(&arena), "cargo, ctest, gtest, pytest");
}
