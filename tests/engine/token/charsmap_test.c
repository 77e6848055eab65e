/* SPDX-License-Identifier: Apache-2.0 */
/* A table whose trie is written by hand: root → 'a' → value, 'a' → 'b' → value. */
#include "engine/token/charsmap.h"

#include <endian.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "tests/test.h"

enum { UNITS = 512, LEAF = 1 << 8 };

struct blob {
    uint32_t size;
    uint32_t units[UNITS];
    char texts[16];
};

/* Node 0 has the offset 256, "a" lies at 256 ^ 'a' with the offset that leads to `at`. */
static struct blob table(void) {
    struct blob b = {.size = sizeof(b.units), .texts = "X\0Y"};
    uint32_t a = 256 ^ 'a', own = a ^ 300, ab = 300 ^ 'b', second = ab ^ 310;
    b.units[0] = 256u << 10;
    b.units[a] = own << 10 | LEAF | 'a';
    b.units[300] = 1u << 31 | 0; /* "a" is X */
    b.units[ab] = second << 10 | LEAF | 'b';
    b.units[310] = 1u << 31 | 2; /* "ab" is Y */
    return b;
}

static struct charsmap *open_table(const struct blob *b) {
    struct charsmap *m = NULL;
    struct blob little = *b;
    little.size = htole32(b->size);
    for (int i = 0; i < UNITS; i++)
        little.units[i] = htole32(b->units[i]);
    EXPECT_INT(charsmap_new(&m, (const char *)&little, sizeof(little)), 0);
    return m;
}

TEST(the_shortest_or_the_longest_sequence_is_found) {
    struct blob b = table();
    struct charsmap *m = open_table(&b);
    struct charsmap_hit hit;
    REQUIRE(charsmap_find(m, "abc", 3, false, &hit));
    EXPECT_STR(hit.text, "X");
    EXPECT_INT(hit.used, 1);
    REQUIRE(charsmap_find(m, "abc", 3, true, &hit));
    EXPECT_STR(hit.text, "Y");
    EXPECT_INT(hit.used, 2);
    EXPECT(charsmap_find(m, "ab", 1, true, &hit) && hit.used == 1);
    EXPECT(!charsmap_find(m, "b", 1, true, &hit));
    EXPECT(!charsmap_find(m, "\0a", 2, true, &hit));
    charsmap_free(m);
}

/* Where each unit leads out of the trie, or a value out of the replacements. */
TEST(what_leads_out_of_the_table_leads_nowhere) {
    static const char text[] = "aab\xc3\xa9 ab";
    for (int unit = 0; unit < UNITS; unit++)
        for (int k = 0; k < 4; k++) {
            static const uint32_t ends[] = {UINT32_MAX, 0xfffffd00u | LEAF | 'a', 1u << 31 | 17,
                                            0x7ffffe00u | LEAF | 'b'};
            struct blob b = table();
            b.units[unit] = ends[k];
            struct charsmap *m = open_table(&b);
            struct text in = {0}, out = {0};
            struct charsmap_spaces spaces = {true, true};
            text_set(&in, text, sizeof(text) - 1, true);
            charsmap_rewrite(m, &in, &out);
            text_reset(&out, &in);
            charsmap_rewrite_longest(m, &spaces, &in, &out);
            EXPECT(out.len > 0);
            text_done(&in);
            text_done(&out);
            charsmap_free(m);
        }
}

TEST(a_blob_that_is_cut_or_no_text_is_refused) {
    struct charsmap *m = NULL;
    struct blob b = table();
    b.size = htole32(b.size);
    const char *bytes = (const char *)&b;
    EXPECT_INT(charsmap_new(&m, bytes, 0), ERR_FORMAT);
    EXPECT_INT(charsmap_new(&m, bytes, 3), ERR_FORMAT);
    EXPECT_INT(charsmap_new(&m, bytes, sizeof(b.units)), ERR_FORMAT);
    EXPECT_INT(charsmap_new(&m, "\0\0\0\0", 4), ERR_FORMAT);
    b.texts[1] = (char)0xff;
    EXPECT_INT(charsmap_new(&m, bytes, sizeof(b)), ERR_FORMAT);
    EXPECT(m == NULL);
}

TEST(a_replacement_without_end_is_refused) {
    struct charsmap *m = NULL;
    size_t size = sizeof(struct blob) + 5000;
    char *blob = calloc(1, size);
    struct blob b = table();
    b.size = htole32(b.size);
    REQUIRE(blob != NULL);
    memcpy(blob, &b, sizeof(b));
    memset(blob + sizeof(b), 'x', 5000);
    EXPECT_INT(charsmap_new(&m, blob, size), ERR_LIMIT);
    free(blob);
}

/* What llama.cpp makes of spaces: see llm_tokenizer_ugm_session::normalize() there. */
static const struct {
    bool prefix, merge;
    const char *text, *want;
} spaced[] = {
    {true,  true,  "  ab  c ", "▁Y▁c"         },
    {true,  false, " ab  c ",  "▁▁Y▁▁c▁"},
    {true,  false, "ab",       "▁Y"             },
    {false, false, " ab c",    "▁Y▁c"         },
    {false, false, "ab",       "Y"                },
    {false, true,  "ab   c",   "▁Y▁c"         },
    {true,  true,  "   ",      ""                 },
    {true,  true,  "",         ""                 },
    {false, false, NULL,       NULL               },
};

TEST(spaces_become_marks_as_the_settings_say) {
    struct blob b = table();
    struct charsmap *m = open_table(&b);
    for (size_t i = 0; spaced[i].text; i++) {
        struct text in = {0}, out = {0};
        struct charsmap_spaces spaces = {spaced[i].prefix, spaced[i].merge};
        text_set(&in, spaced[i].text, strlen(spaced[i].text), true);
        text_reset(&out, &in);
        charsmap_rewrite_longest(m, &spaces, &in, &out);
        text_add(&out, "", 1, (struct token_span){0, 0});
        EXPECT_STR(out.data, spaced[i].want);
        text_done(&in);
        text_done(&out);
    }
    charsmap_free(m);
}
