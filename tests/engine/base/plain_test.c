/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/plain.h"

#include <string.h>

#include "tests/test.h"

TEST(orders_become_plain_and_words_stay) {
    static const struct {
        const char *text, *plain;
    } rows[] = {
        {"two\nlines\tand a tab", "two\nlines\tand a tab"},
        {"é – 日本 Ü",      "é – 日本 Ü"     },
        {"\x1b]52;c;eA==\x07",    "?]52;c;eA==?"         },
        {"good\rbad\b\x7f",       "good?bad??"           },
        {"\xc2\x9b"
         "31m",          "\xc2?31m"             },
        {"\xc2\xa0",              "\xc2\xa0"             },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[64];
        size_t len = strlen(rows[i].text);
        unsigned char before = 0;
        memcpy(text, rows[i].text, len + 1);
        plain_bytes(text, len, &before);
        EXPECT_STR(text, rows[i].plain);
        before = 0; /* byte by byte it is the same */
        memcpy(text, rows[i].text, len + 1);
        for (size_t k = 0; k < len; k++)
            plain_bytes(text + k, 1, &before);
        EXPECT_STR(text, rows[i].plain);
    }
    char ended[] = "a\r\nb\r";
    unsigned char before = 0;
    plain_bytes(ended, strlen(ended), &before);
    EXPECT_STR(ended, "a\r\nb?");
}
