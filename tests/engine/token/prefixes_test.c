/* SPDX-License-Identifier: Apache-2.0 */
/* What is found is what a look at each token finds. */
#include "engine/token/prefixes.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/token/vocab.h"
#include "tests/test.h"

enum { TOKENS = 600, TEXTS = 400, TOKEN_MAX = 12 };

static uint32_t seed = 1;
static uint32_t below(uint32_t n) {
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

/* Few letters, so that tokens begin alike; some bytes besides. */
static size_t spell(char *out) {
    size_t len = 1 + below(TOKEN_MAX);
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(below(8) ? 'a' + below(3) : 1 + below(255));
    return len;
}

/* The last token that is all of s, or -1. */
static int32_t look(const struct vocab_name *names, const char *s, size_t len) {
    int32_t id = -1;
    for (int32_t i = 0; i < TOKENS; i++)
        if (names[i].data && names[i].len == len && memcmp(names[i].data, s, len) == 0)
            id = i;
    return id;
}

static void check_text(const struct prefixes *p, const struct vocab_name *names, const char *s,
                       size_t len) {
    uint32_t base = p->root;
    bool gone = base == 0;
    for (size_t i = 0; i < len; i++) {
        const struct prefixes_unit *unit =
            gone ? NULL : prefixes_step(p, &base, (unsigned char)s[i]);
        EXPECT_INT(unit ? unit->id : -1, look(names, s, i + 1));
        gone = gone || !unit || base == 0;
    }
}

TEST(every_token_that_a_text_begins_with_is_found) {
    static char bytes[TOKENS][TOKEN_MAX];
    static struct vocab_name names[TOKENS];
    for (int round = 0; round < 4; round++) {
        struct prefixes p = {0};
        char s[TOKEN_MAX];
        for (size_t i = 0; i < TOKENS; i++) {
            bool hole = below(9) == 0;
            uint32_t len = (uint32_t)spell(bytes[i]);
            names[i] = (struct vocab_name){hole ? NULL : bytes[i], len};
        }
        REQUIRE(prefixes_build(&p, names, TOKENS) == 0);
        for (int i = 0; i < TEXTS; i++) {
            size_t len = spell(s);
            check_text(&p, names, s, len);
        }
        for (size_t i = 0; i < TOKENS; i++)
            if (names[i].data)
                check_text(&p, names, names[i].data, names[i].len);
        prefixes_done(&p);
    }
}

TEST(of_no_tokens_none_is_found_and_an_empty_one_never) {
    static const struct vocab_name names[] = {
        {"",   0},
        {NULL, 0}
    };
    for (size_t count = 0; count <= 2; count++) {
        struct prefixes p = {0};
        REQUIRE(prefixes_build(&p, names, count) == 0);
        EXPECT_INT(p.root, 0);
        prefixes_done(&p);
    }
}
