/* SPDX-License-Identifier: Apache-2.0 */
/* What strict reading refuses and takes, and how it says so. */
#include "engine/base/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "tests/test.h"

static const char *const sound[] = {
    "[{\"a\":1},{\"a\":{\"a\":[{\"a\":1}]}},{\"a\":2}]",
    "\"\x7F\"",
    "0",
    "-0",
    "-0.0e-0",
    "1E+2",
    "1e999",
    "\"\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
    " \t\r\n[ { \"a\" : [ ] , \"b\" : { } } , null , true , false ] \n",
};

static const struct {
    const char *text, *message;
} strict[] = {
    {"",                                              "t: offset 0: the text ends"            },
    {"   ",                                           "offset 3: the text ends too early"     },
    {"\xEF\xBB\xBF{}",                                "the text begins with a byte order mark"},
    {"nul",                                           "offset 0: expected a value"            },
    {"nulL",                                          "offset 0: expected a value"            },
    {"True",                                          "expected a value"                      },
    {"NaN",                                           "expected a value"                      },
    {"Infinity",                                      "expected a value"                      },
    {"-Infinity",                                     "offset 1: expected a digit"            },
    {"'a'",                                           "expected a value"                      },
    {"undefined",                                     "expected a value"                      },
    {"1 2",                                           "offset 2: something follows the value" },
    {"{} {}",                                         "offset 3: something follows the value" },
    {"null\f",                                        "offset 4: something follows the value" },
    {"[1]]",                                          "offset 3: something follows the value" },
    {"\xC2\xA0[]",                                    "offset 0: expected a value"            },
    {"[",                                             "offset 1: the text ends too early"     },
    {"[1",                                            "offset 2: the text ends too early"     },
    {"[1,",                                           "offset 3: the text ends too early"     },
    {"[1,]",                                          "offset 3: expected a value"            },
    {"[,1]",                                          "offset 1: expected a value"            },
    {"[1 2]",                                         "offset 3: expected \",\" or \"]\""     },
    {"[1}",                                           "offset 2: expected \",\" or \"]\""     },
    {"]",                                             "offset 0: expected a value"            },
    {"{",                                             "offset 1: the text ends too early"     },
    {"{\"a\"",                                        "offset 4: the text ends too early"     },
    {"{\"a\":",                                       "offset 5: the text ends too early"     },
    {"{\"a\":1",                                      "offset 6: the text ends too early"     },
    {"{\"a\" 1}",                                     "offset 5: expected \":\" behind"       },
    {"{\"a\":1,}",                                    "offset 7: expected a key in quotes"    },
    {"{,}",                                           "offset 1: expected a key in quotes"    },
    {"{a:1}",                                         "offset 1: expected a key in quotes"    },
    {"{1:1}",                                         "expected a key in quotes"              },
    {"{\"a\":1]",                                     "offset 6: expected \",\" or \"}\""     },
    {"{\"a\":1 \"b\":2}",                             "offset 7: expected \",\" or \"}\""     },
    {"{\"a\":1,\"a\":2}",                             "offset 7: this key is already in"      },
    {"{\"a\":1,\"\\u0061\":2}",                       "offset 7: this key is already in"      },
    {"{\"\":1,\"\":2}",                               "offset 6: this key is already in"      },
    {"{\"\xF0\x9F\x98\x80\":1,\"\\uD83D\\uDE00\":2}", "this key is already in"                },
    {"{\"\\n\":1,\"\\u000A\":2}",                     "this key is already in"                },
    {"01",                                            "offset 0: a number may not begin"      },
    {"-01",                                           "offset 0: a number may not begin"      },
    {"00",                                            "a number may not begin with 0"         },
    {"+1",                                            "offset 0: expected a value"            },
    {"-",                                             "offset 1: the text ends too early"     },
    {"--1",                                           "offset 1: expected a digit"            },
    {"1.",                                            "offset 2: the text ends too early"     },
    {"[1.]",                                          "offset 3: expected a digit behind"     },
    {".5",                                            "offset 0: expected a value"            },
    {"[1e]",                                          "offset 3: expected a digit of"         },
    {"[1e+]",                                         "offset 4: expected a digit of"         },
    {"1e5.5",                                         "offset 3: something follows the value" },
    {"0x10",                                          "offset 1: something follows the value" },
    {"1_000",                                         "offset 1: something follows the value" },
    {"\"a",                                           "offset 0: this string never ends"      },
    {"[\"a",                                          "offset 1: this string never ends"      },
    {"\"a\\\"",                                       "offset 0: this string never ends"      },
    {"\"\\",                                          "the text ends too early"               },
    {"\"\\x\"",                                       "offset 2: no such escape"              },
    {"\"\\'\"",                                       "no such escape"                        },
    {"\"\\u12\"",                                     "offset 5: \\u needs four hex digits"   },
    {"\"\\u12G4\"",                                   "offset 5: \\u needs four hex digits"   },
    {"\"\\u",                                         "the text ends too early"               },
    {"\"\\uD800\"",                                   "offset 1: half of a surrogate pair"    },
    {"\"\\uDC00\"",                                   "offset 1: half of a surrogate pair"    },
    {"\"\\uD800\\uD800\"",                            "half of a surrogate pair"              },
    {"\"\\uD800\\u0041\"",                            "half of a surrogate pair"              },
    {"\"\\uD800\\n\"",                                "half of a surrogate pair"              },
    {"\"\\uDC00\\uD800\"",                            "half of a surrogate pair"              },
    {"\"\\u0000\"",                                   "offset 1: U+0000 is not allowed"       },
    {"{\"\\u0000\":1}",                               "offset 2: U+0000 is not allowed"       },
    {"\"\t\"",                                        "offset 1: a control character"         },
    {"\"\n\"",                                        "a control character"                   },
    {"\"\x1F\"",                                      "a control character"                   },
    {"\"\xFF\"",                                      "offset 1: this is not UTF-8"           },
    {"\"a\xC3\"",                                     "offset 2: this is not UTF-8"           },
    {"\"\xC0\xAF\"",                                  "this is not UTF-8"                     },
    {"\"\xED\xA0\x80\"",                              "this is not UTF-8"                     },
    {"\"\xF4\x90\x80\x80\"",                          "this is not UTF-8"                     },
    {"{\"\x80\":1}",                                  "offset 2: this is not UTF-8"           },
    {"// c\n1",                                       "offset 0: expected a value"            },
    {"[1 /* c */]",                                   "offset 3: expected \",\" or \"]\""     },
};

static int parse(const char *text, size_t len, int flags) {
    struct json_doc *doc = NULL;
    char *exact = malloc(len ? len : 1); /* so that the sanitizer sees a read behind the end */
    if (!exact)
        return 1;
    memcpy(exact, text, len);
    int rc = json_parse(&doc, exact, len, "t", flags);
    EXPECT((rc == 0) == (doc != NULL));
    json_free(doc);
    free(exact);
    return rc;
}

/* message NULL: the text is fine. */
static void check(const char *text, const char *message, int flags) {
    int rc = parse(text, strlen(text), flags);
    (void)test_check(rc == (message ? ERR_FORMAT : 0), __FILE__, __LINE__, "%s: %d (%s)", text, rc,
                     err_text());
    if (message)
        EXPECT_HAS(err_text(), message);
}

TEST(strict_reading_refuses_with_offset_and_reason) {
    for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++)
        check(sound[i], NULL, 0);
    for (size_t i = 0; i < sizeof(strict) / sizeof(strict[0]); i++)
        check(strict[i].text, strict[i].message, 0);
}

TEST(a_nul_byte_is_refused_wherever_it_stands) {
    EXPECT_INT(parse("\"a\0b\"", 5, 0), ERR_FORMAT);
    EXPECT_HAS(err_text(), "offset 2: U+0000 is not allowed in a string");
    EXPECT_INT(parse("1\0", 2, 0), ERR_FORMAT);
    EXPECT_HAS(err_text(), "offset 1: something follows");
    EXPECT_INT(parse("\0", 1, 0), ERR_FORMAT);
    EXPECT_INT(parse("[1\0]", 4, 0), ERR_FORMAT);
    EXPECT_INT(parse("\"\\\0\"", 4, 0), ERR_FORMAT);
    EXPECT_HAS(err_text(), "no such escape");
}

TEST(depth_and_length_of_numbers_have_limits) {
    char text[256];
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        EXPECT_INT(parse(text, 2 * depth, 0), depth > JSON_DEPTH_MAX ? ERR_LIMIT : 0);
    }
    EXPECT_STR(err_text(), "t: offset 32: nested deeper than 32 levels");
    memset(text, '1', sizeof(text));
    EXPECT_INT(parse(text, 63, 0), 0);
    EXPECT_INT(parse(text, 64, 0), ERR_LIMIT);
    EXPECT_HAS(err_text(), "more than 63 characters");
}

static const char *const sound_with_comments[] = {
    "// a\n{ /* b */ \"x\" : [1, 2, /* c */ ], // d\n }",
    "{\"a\":1,}",
    "[[1,],]",
    "[\"// no comment\", \"/* nor this */\", \"a,]\"]",
    "[\"\\\"//\", 1,]",
    "1 // to the end",
    "1 /**/",
    "/* é */ 1",
};

static const struct {
    const char *text, *message;
} relaxed[] = {
    {"[,]",                         "line 1, offset 1: expected a value"    },
    {"[1,,]",                       "expected a value"                      },
    {"{,}",                         "expected a key"                        },
    {"{\"a\":,}",                   "expected a value"                      },
    {"[1],",                        "something follows the value"           },
    {",",                           "expected a value"                      },
    {"[1,2",                        "the text ends too early"               },
    {"1 /* never",                  "line 1, offset 2: this comment"        },
    {"1\n\n /*/",                   "line 3, offset 4: this comment"        },
    {"// a\n/* b\nc */ {\"x\": ?}", "t: line 3, offset 21: expected a value"},
    {"/* \xFF */ 1",                "offset 3: this is not UTF-8"           },
    {"// ok\n// \xC3\n1",           "line 2, offset 9: this is not UTF-8"   },
    {"\"never // ends",             "this string never ends"                },
    {"\"\\",                        "the text ends too early"               },
    {"1 / 2",                       "something follows"                     },
    {"/",                           "expected a value"                      },
    {"",                            "the text ends too early"               },
    {"# no comment\n1",             "expected a value"                      },
    {"{\"a\":1,\n\"a\":2}",         "line 2, offset 8: this key"            },
};

TEST(comments_and_trailing_commas_are_taken_on_request) {
    for (size_t i = 0; i < sizeof(sound_with_comments) / sizeof(sound_with_comments[0]); i++)
        check(sound_with_comments[i], NULL, JSON_COMMENTS);
    for (size_t i = 0; i < sizeof(relaxed) / sizeof(relaxed[0]); i++)
        check(relaxed[i].text, relaxed[i].message, JSON_COMMENTS);
}

enum { MANY = 150000 };

/* {"k0":0,…,"k149999":149999, and at last "k0" again or not. */
static void fill_object(struct buf *b, bool twice) {
    buf_putc(b, '{');
    for (int i = 0; i < MANY; i++)
        buf_printf(b, "\"k%d\":%d,", i, i);
    buf_puts(b, twice ? "\"k0\":0}" : "\"last\":0}");
}

TEST(a_key_is_found_twice_among_150000_in_linear_time) {
    struct buf b;
    buf_init(&b, 64 << 20);
    fill_object(&b, false);
    int64_t begin = clock_mono_ns();
    EXPECT_INT(parse(b.data, b.len, 0), 0);
    int64_t ms = (clock_mono_ns() - begin) / 1000000;
    printf("      %zu bytes in %d ms\n", b.len, (int)ms);
    EXPECT(ms < 5000); /* quadratic time takes minutes */
    buf_reset(&b);
    fill_object(&b, true);
    EXPECT_INT(parse(b.data, b.len, 0), ERR_FORMAT);
    EXPECT_HAS(err_text(), "already in the object");
    buf_done(&b);
}

TEST(many_small_objects_after_a_large_one_stay_linear) {
    struct buf b;
    buf_init(&b, 64 << 20);
    buf_puts(&b, "[");
    fill_object(&b, false);
    for (int i = 0; i < MANY; i++)
        buf_puts(&b, ",{\"a\":1}");
    buf_puts(&b, "]");
    int64_t begin = clock_mono_ns();
    EXPECT_INT(parse(b.data, b.len, 0), 0);
    EXPECT((clock_mono_ns() - begin) / 1000000 < 5000);
    buf_done(&b);
}

TEST(no_prefix_of_a_document_is_a_document) {
    static const char text[] = "{\"a\":[1,-2.5e3,\"x\\u00e9\\ud83d\\ude00\",null,true],\"b\":{}}";
    for (size_t len = 0; len < sizeof(text) - 1; len++)
        EXPECT_INT(parse(text, len, 0), ERR_FORMAT);
    EXPECT_INT(parse(text, sizeof(text) - 1, 0), 0);
}
