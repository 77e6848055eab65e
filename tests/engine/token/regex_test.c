/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/token/regex.h"
#include "tests/test.h"

static const char *translated(struct buf *out, const char *pattern) {
    buf_reset(out);
    return pattern_translate(out, pattern) < 0 ? err_text() : out->data;
}

TEST(spellings_that_mean_something_else_to_pcre2_are_respelt) {
    static const char *const rows[][2] = {
        {"a{,3}",           "a{0,3}"                   },
        {"a{2,3}+b",        "(?:a{2,3})+b"             },
        {"(ab){2}?",        "(?:(?:ab){2})?"           },
        {"a{2,}?",          "a{2,}?"                   },
        {"a{x}",            "a\\{x}"                   },
        {"\\u00e9\\h\\v",   "\\x{00e9}[0-9a-fA-F]\\x0b"},
        {"(?m:.)",          "(?s:.)"                   },
        {"(?i)x",           "(?i)x"                    },
        {"[[:digit:]]",     "[\\p{Nd}]"                },
        {"[]a]",            "[\\]a]"                   },
        {"\\p{Lu}\\P{^M}",  "\\p{Lu}\\P{^M}"           },
        {"\\p{Han}",        "\\p{sc:Han}"              },
        {"[\\P{^Latin}x]",  "[\\P{^sc:Latin}x]"        },
        {"\\p{L}\\p{Any}",  "\\p{L}\\p{Any}"           },
        {"\\p{Alphabetic}", "\\p{Alphabetic}"          },
        {NULL,              NULL                       },
    };
    struct buf out;
    buf_init(&out, 4096);
    for (size_t i = 0; rows[i][0]; i++)
        EXPECT_STR(translated(&out, rows[i][0]), rows[i][1]);
    buf_done(&out);
}

TEST(what_has_no_translation_is_refused_by_name) {
    static const char *const rows[][2] = {
        {"[a[bc]]",    "a set within a set"     },
        {"[a&&b]",     "an intersection of sets"},
        {"(a)\\1",     "a back-reference"       },
        {"a(?i)b",     "an option that is not"  },
        {"(?<name>a)", "this kind of group"     },
        {"(?x: a)",    "this kind of group"     },
        {"(*FAIL)",    "a verb"                 },
        {"\\y",        "this escape"            },
        {"[\\W]",      "a negated set"          },
        {"\\pL",       "without braces"         },
        {"[a",         "leaves a [ open"        },
        {"(a",         "leaves a group open"    },
        {"a)",         "closes a group"         },
        {"a\\",        "ends in a backslash"    },
        {NULL,         NULL                     },
    };
    struct buf out;
    buf_init(&out, 4096);
    for (size_t i = 0; rows[i][0]; i++)
        EXPECT_HAS(translated(&out, rows[i][0]), rows[i][1]);
    buf_done(&out);
}

/* Matches of pattern in text as "begin-end ", or the failure. */
static void matches(const char *pattern, const char *text, struct buf *out) {
    struct regex *r = NULL;
    struct regex_walk w;
    int rc = regex_new(&r, pattern);
    buf_reset(out);
    if (rc == 0) {
        regex_walk_init(&w, r);
        regex_walk_start(&w, text, strlen(text));
        while ((rc = regex_walk_next(&w)) > 0)
            buf_printf(out, "%zu-%zu ", w.begin, w.end);
        regex_walk_done(&w);
    }
    if (rc < 0)
        buf_puts(out, err_text());
    regex_free(r);
}

/* Rows of a pattern, a text, and what matches; the last is NULL. */
static void expect_matches(const char *const rows[][3]) {
    struct buf out;
    buf_init(&out, 4096);
    for (size_t i = 0; rows[i][0]; i++) {
        matches(rows[i][0], rows[i][1], &out);
        EXPECT_STR(out.data, rows[i][2]);
    }
    buf_done(&out);
}

TEST(folding_and_sets_are_unicodes) {
    static const char *const rows[][3] = {
        {"(?i:'s)",   "'s'S'\xc5\xbf",                    "0-2 2-4 4-7 "}, /* ſ folds to s */
        {"\\s",       "\xc2\xa0\xe1\xa0\x8e\xe3\x80\x80", "0-2 5-8 "    }, /* U+180E is no space */
        {"\\p{N}",    "1\xc2\xbd\xe2\x85\xab",            "0-1 1-3 3-6 "},
        {"\\w",       "\xc2\xb2_-",                       "0-2 2-3 "    },
        {"[^\\s\\w]", "\xc2\xb2_-",                       "0-2 3-4 "    },
        {"x*",        "axxb",                             "0-0 1-3 4-4 "},
        {"a.b",       "a\nb",                             ""            },
        {"^b$",       "a\nb\nc",                          "2-3 "        },
        {NULL,        NULL,                               NULL          },
    };
    expect_matches(rows);
}

/* 。 and 、 are listed with Han's and Hiragana's extensions, ー with Hiragana's, ، with Arabic's;
 * all are of no script. Oniguruma has no extensions. */
TEST(a_script_is_what_is_of_it_alone) {
    static const char *const rows[][3] = {
        {"\\p{Han}+",            "世界。、hello", "0-6 "       },
        {"\\p{han}+",            "世界。、hello", "0-6 "       },
        {"\\P{Han}+",            "世界。、hello", "6-17 "      },
        {"\\p{^Han}+",           "世界。、hello", "6-17 "      },
        {"\\P{^Han}+",           "世界。、hello", "0-6 "       },
        {"[\\p{Han}h]+",         "世界。、hello", "0-6 12-13 " },
        {"[^\\p{Han}h]+",        "世界。、hello", "6-12 13-17 "},
        {"[\\P{Han}]+",          "世界。、hello", "6-17 "      },
        {"\\p{Hiragana}",        "あ。ー",         "0-3 "       },
        {"\\p{Arabic}+",         "مر،ب",          "0-4 6-8 "   },
        {"\\p{Latin}+",          "aé\xcc\x81。",    "0-3 "       },
        {"[\\p{Common}]+",       "a。、",           "1-7 "       },
        {"[\\p{Latin}\\p{Nd}]+", "a1。",             "0-2 "       },
        {NULL,                   NULL,                NULL         },
    };
    expect_matches(rows);
}

TEST(a_pattern_that_backtracks_without_end_is_an_error_in_time) {
    char text[4001];
    struct buf out;
    int64_t start = clock_mono_ns();
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    buf_init(&out, 4096);
    matches("(?:a+)+b|(?:a|aa)+c", text, &out);
    EXPECT_HAS(out.data, "backtracks without end");
    matches("(?:(?:(?:a{1,999}){1,999}){1,999}){1,999}", text, &out);
    EXPECT(out.len > 0);
    EXPECT((clock_mono_ns() - start) / 1000000 < 5000);
    buf_done(&out);
}
