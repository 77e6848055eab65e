/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/base64.h"
#include "engine/base/err.h"
#include "tests/test.h"

/* RFC 4648, section 10, and bytes that are no text. */
static const struct {
    const char *bytes, *text;
} pairs[] = {
    {"",                 ""        },
    {"f",                "Zg=="    },
    {"fo",               "Zm8="    },
    {"foo",              "Zm9v"    },
    {"foob",             "Zm9vYg=="},
    {"fooba",            "Zm9vYmE="},
    {"foobar",           "Zm9vYmFy"},
    {"\xfb\xff\xfe\x80", "+//+gA=="},
    {NULL,               NULL      },
};

TEST(bytes_become_text_and_come_back) {
    struct buf text, bytes;
    buf_init(&text, 64);
    buf_init(&bytes, 64);
    for (size_t i = 0; pairs[i].bytes; i++) {
        buf_reset(&text);
        buf_reset(&bytes);
        base64_encode(&text, pairs[i].bytes, strlen(pairs[i].bytes));
        EXPECT_STR(text.data, pairs[i].text);
        EXPECT_INT(base64_decode(&bytes, pairs[i].text, strlen(pairs[i].text)), 0);
        EXPECT_STR(bytes.data, pairs[i].bytes);
    }
    buf_done(&text);
    buf_done(&bytes);
}

TEST(what_is_no_base64_is_refused) {
    static const char *const wrong[] = {"Z",    "Zg",       "Zg=",  "Z===",     "====", "Zh==",
                                        "Zm9=", "Zg==Zg==", "Z g=", "Zm9v\n  ", "Zm-v", NULL};
    struct buf bytes;
    buf_init(&bytes, 2);
    for (size_t i = 0; wrong[i]; i++)
        EXPECT_INT(base64_decode(&bytes, wrong[i], strlen(wrong[i])), ERR_FORMAT);
    buf_reset(&bytes);
    EXPECT_INT(base64_decode(&bytes, "Zm9v", 4), ERR_LIMIT);
    buf_done(&bytes);
}
