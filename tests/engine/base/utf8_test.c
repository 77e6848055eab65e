/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/utf8.h"

#include "tests/test.h"

TEST(every_scalar_value_survives_a_round_trip) {
    bool same = true;
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        char bytes[4];
        size_t len = utf8_encode(cp, bytes);
        uint32_t back = 0;
        same = same && utf8_decode(bytes, len, &back) == len && back == cp;
        same = same && (len == 1 || utf8_decode(bytes, len - 1, &back) == 0);
        same = same && utf8_incomplete_tail(bytes, len) == 0;
        same = same && (len == 1 || utf8_incomplete_tail(bytes, len - 1) == len - 1);
    }
    EXPECT(same);
}

/* How a decoder that follows Unicode 15, §3.9 replaces: each '?' is one U+FFFD. The first rows are
 * tables 3-8 to 3-11 of the standard. */
static const struct {
    const char *bytes, *replaced;
} subparts[] = {
    {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", "????????A"},
    {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", "????????A"},
    {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", "?????A??B"},
    {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", "????A"    },
    {"\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80", "a???b?"   },
    {"\x80",                                 "?"        },
    {"\xBF\x80",                             "??"       },
    {"\xC1\xBF",                             "??"       },
    {"\xC2",                                 "?"        },
    {"\xC2\x41",                             "?A"       },
    {"\xC2\xC2\x80",                         "?."       },
    {"\xDF\xBF",                             "."        },
    {"\xE0\x9F\xBF",                         "???"      },
    {"\xE0\xA0",                             "?"        },
    {"\xE0\xA0\x80",                         "."        },
    {"\xED\x9F\xBF",                         "."        },
    {"\xED\xA0\x80",                         "???"      },
    {"\xEE\x80\x80",                         "."        },
    {"\xEF\xBF",                             "?"        },
    {"\xEF\xBF\xBF",                         "."        },
    {"\xF0\x8F\xBF\xBF",                     "????"     },
    {"\xF0\x90\x80",                         "?"        },
    {"\xF0\x90\x80\x41",                     "?A"       },
    {"\xF0\x90\x41",                         "?A"       },
    {"\xF0\x90\x80\x80",                     "."        },
    {"\xF4\x8F\xBF\xBF",                     "."        },
    {"\xF4\x90\x80\x80",                     "????"     },
    {"\xF5\x80\x80\x80",                     "????"     },
    {"\xFF\xFE",                             "??"       },
    {"\xF0\x9F\x98\xF0\x9F\x98\x80",         "?."       },
};

TEST(ill_formed_bytes_are_replaced_by_maximal_subparts) {
    for (size_t i = 0; i < sizeof(subparts) / sizeof(subparts[0]); i++) {
        const char *s = subparts[i].bytes;
        size_t len = strlen(s), made = 0;
        char out[32];
        for (size_t at = 0; at < len;) {
            uint32_t cp;
            size_t n = utf8_decode(s + at, len - at, &cp);
            out[made++] = (char)(n == 0 ? '?' : cp < 0x80 ? (char)cp : '.');
            at += n ? n : utf8_bad_subpart(s + at, len - at);
        }
        out[made] = '\0';
        EXPECT_STR(out, subparts[i].replaced);
    }
}

TEST(the_first_bad_byte_is_named) {
    size_t bad = 99;
    EXPECT(utf8_valid("", 0, &bad));
    EXPECT(utf8_valid("aé€😀", strlen("aé€😀"), &bad));
    EXPECT_INT(bad, 99);
    EXPECT(!utf8_valid("aé\xFFz", 5, &bad));
    EXPECT_INT(bad, 3);
    EXPECT(!utf8_valid("ab\xE2\x82", 4, &bad));
    EXPECT_INT(bad, 2);
    EXPECT(!utf8_valid("\xED\xA0\x80", 3, NULL));
}

static const struct {
    const char *bytes;
    size_t tail;
} tails[] = {
    {"",                 0},
    {"a",                0},
    {"é",               0},
    {"a\xC3",            1},
    {"\xE2",             1},
    {"\xE2\x82",         2},
    {"€",              0},
    {"\xF0",             1},
    {"\xF0\x9F",         2},
    {"\xF0\x9F\x98",     3},
    {"😀",             0},
    {"\x80",             0},
    {"\x80\x80\x80\x80", 0},
    {"\xC0",             0},
    {"\xFF",             0},
    {"\xE0\x80",         0},
    {"\xE0\xA0",         2},
    {"\xED\xA0",         0},
    {"\xED\x9F",         2},
    {"\xF0\x8F",         0},
    {"\xF4\x90",         0},
    {"\xF4\x8F\xBF",     3},
    {"\xC3\x28",         0},
    {"é\x80",           0},
};

TEST(only_a_tail_that_can_be_completed_is_kept_back) {
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
        EXPECT_INT(utf8_incomplete_tail(tails[i].bytes, strlen(tails[i].bytes)), tails[i].tail);
}

TEST(nothing_is_decoded_out_of_nothing) {
    uint32_t cp = 5;
    EXPECT_INT(utf8_decode("x", 0, &cp), 0);
    EXPECT_INT(cp, 5);
    EXPECT_INT(utf8_bad_subpart("x", 0), 0);
    EXPECT_INT(utf8_decode("\0", 1, &cp), 1);
    EXPECT_INT(cp, 0);
}

/* Bytes that make and break characters, at any place in the words of eight that are looked at. */
TEST(a_text_is_valid_when_all_its_characters_decode) {
    static const char *const parts[] = {
        "a",    "ab",       "\xC2\x80",         "\xDF\xBF", "\xE0\xA0\x80", "\xE2\x82\xAC",
        "\xC2", "\xC1\xBF", "\xF0\x9F\x98\x80", "\x80",     "abcdefgh",     "\xED\xA0\x80",
    };
    enum { PARTS = sizeof(parts) / sizeof(parts[0]), GOOD = 6 };
    uint32_t random = 1;
    for (int round = 0; round < 100000; round++) {
        char text[64];
        size_t len = 0, at = 0, bad = 99;
        for (int i = 0; i < 6; i++) {
            random = random * 1103515245 + 12345;
            const char *part = parts[(random >> 16) % (i == 3 ? PARTS : GOOD)];
            memcpy(text + len, part, strlen(part));
            len += strlen(part);
        }
        uint32_t cp;
        for (size_t n; at < len && (n = utf8_decode(text + at, len - at, &cp)) > 0; at += n)
            ;
        bool valid = utf8_valid(text, len, &bad);
        if (valid != (at == len) || (!valid && bad != at))
            EXPECT_INT(valid ? -1 : (int)bad, at);
    }
    EXPECT(true);
}
