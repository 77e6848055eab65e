/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/nearest.h"

#include "tests/test.h"

static const char *nearest_of(const char *word) {
    static const char *const names[] = {"check", "generate", "inspect", "ops", "tokenize"};
    struct nearest n;
    nearest_init(&n, word);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        nearest_offer(&n, names[i]);
    return n.best ? n.best : "";
}

TEST(a_slip_finds_the_word_and_another_word_does_not) {
    EXPECT_STR(nearest_of("chek"), "check");
    EXPECT_STR(nearest_of("hceck"), "check"); /* a swap is one edit */
    EXPECT_STR(nearest_of("genrate"), "generate");
    EXPECT_STR(nearest_of("opps"), "ops");
    EXPECT_STR(nearest_of("op"), "ops");
    EXPECT_STR(nearest_of("tokenise"), "tokenize");
    EXPECT_STR(nearest_of("serve"), "");
    EXPECT_STR(nearest_of(""), "");
    EXPECT_STR(nearest_of("a word so long that nobody could have mistyped it that way, ever!!!"),
               "");
}
