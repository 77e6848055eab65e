/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/runner/runner.h"

#include <string.h>

#include "tests/test.h"

static struct arena arena;

TEST(the_last_line_that_says_anything_has_no_colours) {
    const char text[] = "the sum\n \x1b[31m is 5 \x1b[0m\n\x1b[0m\n\n";
    EXPECT_STR(runner_last_line(&arena, text, strlen(text)), "is 5");
    EXPECT_STR(runner_last_line(&arena, "", 0), "");
    EXPECT_STR(runner_last_line(&arena, "one", 2), "on");
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
