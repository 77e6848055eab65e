/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/parse/colour.h"

#include <string.h>

#include "tests/test.h"

static size_t len_of(const char *text) {
    return colour_len(text, text + strlen(text));
}

TEST(a_sequence_ends_with_its_letter) {
    EXPECT_INT(len_of("\x1b[0mx"), 4);
    EXPECT_INT(len_of("\x1b[38;5;1mred"), 9);
    EXPECT_INT(len_of("\x1b[K"), 3);
    EXPECT_INT(len_of("\x1b[2 q"), 5);
}

TEST(what_is_none_or_does_not_end_has_no_length) {
    EXPECT_INT(len_of(""), 0);
    EXPECT_INT(len_of("x"), 0);
    EXPECT_INT(len_of("\x1b"), 0);
    EXPECT_INT(len_of("\x1b[31"), 0);
    EXPECT_INT(len_of("\x1b[31\n"), 0);
    EXPECT_INT(len_of("\x1b]0;title"), 0);
    const char cut[] = "\x1b[0m";
    EXPECT_INT(colour_len(cut, cut + 3), 0);
}
