/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/token/tokenizer.h"
#include "tests/test.h"

/* Merges of a and b in an order that neither length nor spelling explains. */
static struct tokenizer *doubling(void) {
    static const char json[] = "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"aa\":2,"
                               "\"ab\":3,\"ba\":4,\"bb\":5,"
                               "\"aaaa\":6,\"abab\":7,\"baa\":8,\"aab\":9,\"abba\":10},\"merges\":["
                               "\"b a\",\"a a\",\"aa aa\","
                               "\"ba a\",\"a b\",\"ab ab\",\"aa b\",\"b b\",\"ab ba\"]}}";
    struct tokenizer *t = NULL;
    int rc = tokenizer_parse(&t, json, sizeof(json) - 1, "t.json", NULL, 0);
    test_check(rc == 0, __FILE__, __LINE__, "%s", rc < 0 ? err_text() : "");
    return t;
}

static const char *const merges[][2] = {
    {"b",  "a" },
    {"a",  "a" },
    {"aa", "aa"},
    {"ba", "a" },
    {"a",  "b" },
    {"ab", "ab"},
    {"aa", "b" },
    {"b",  "b" },
    {"ab", "ba"},
    {NULL, NULL},
};

/* The definition: the earliest merge of the list that applies, leftmost first, until none does.
 * parts are pieces of text in order. */
static size_t merge_slowly(char parts[][8], size_t n) {
    for (size_t m = 0; merges[m][0];) {
        size_t i = 0;
        while (i + 1 < n && (strcmp(parts[i], merges[m][0]) || strcmp(parts[i + 1], merges[m][1])))
            i++;
        if (i + 1 >= n) {
            m++;
            continue;
        }
        char joint[8];
        snprintf(joint, sizeof(joint), "%.3s%.4s", parts[i], parts[i + 1]);
        memcpy(parts[i], joint, sizeof(joint));
        memmove(parts + i + 1, parts + i + 2, (n - i - 2) * sizeof(parts[0]));
        n--;
        m = 0;
    }
    return n;
}

TEST(short_and_long_words_merge_as_the_definition_says) {
    struct tokenizer *t = doubling();
    struct encoding e = {0};
    uint32_t random = 1;
    static char parts[256][8];
    REQUIRE(t != NULL);
    for (size_t len = 1; len < 200; len += len < 40 ? 1 : 13) {
        char text[256];
        for (size_t i = 0; i < len; i++) {
            random = random * 1103515245 + 12345;
            text[i] = random >> 16 & 1 ? 'a' : 'b';
            parts[i][0] = text[i];
            parts[i][1] = '\0';
        }
        size_t n = merge_slowly(parts, len);
        EXPECT_INT(tokenizer_encode(t, &e, text, len, 0), 0);
        REQUIRE(e.len == n);
        for (size_t i = 0; i < n; i++)
            EXPECT_STR(tokenizer_token(t, e.ids[i], NULL), parts[i]);
    }
    encoding_done(&e);
    tokenizer_close(t);
}

TEST(a_word_of_a_megabyte_takes_no_quadratic_time) {
    enum { LEN = 1 << 20 };
    struct tokenizer *t = doubling();
    struct encoding e = {0};
    char *text = malloc(LEN);
    REQUIRE(t != NULL && text != NULL);
    memset(text, 'a', LEN);
    int64_t start = clock_mono_ns();
    EXPECT_INT(tokenizer_encode(t, &e, text, LEN, 0), 0);
    EXPECT_INT(e.len, LEN / 4);
    EXPECT((clock_mono_ns() - start) / 1000000 < 10000);
    free(text);
    encoding_done(&e);
    tokenizer_close(t);
}
