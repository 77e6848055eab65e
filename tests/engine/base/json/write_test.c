/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/json.h"

#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "tests/test.h"

static void write_sample(struct json_writer *w) {
    json_open_object(w, NULL);
    json_put_int(w, "n", -5);
    json_open_array(w, "list");
    json_put_bool(w, NULL, true);
    json_put_null(w, NULL);
    json_open_object(w, NULL);
    json_close_object(w);
    json_open_array(w, NULL);
    json_close_array(w);
    json_close_array(w);
    json_put_str(w, "s", "x");
    json_put_str(w, "none", NULL);
    json_close_object(w);
}

TEST(one_line_has_no_spaces) {
    struct buf b;
    struct json_writer w;
    buf_init(&b, 1 << 16);
    json_writer_init(&w, &b, 0);
    write_sample(&w);
    EXPECT_STR(b.data, "{\"n\":-5,\"list\":[true,null,{},[]],\"s\":\"x\",\"none\":null}");
    buf_done(&b);
}

TEST(indented_text_has_a_line_per_value) {
    struct buf b;
    struct json_writer w;
    buf_init(&b, 1 << 16);
    json_writer_init(&w, &b, 2);
    write_sample(&w);
    EXPECT_STR(b.data,
               "{\n  \"n\": -5,\n  \"list\": [\n    true,\n    null,\n    {},\n    []\n  ],\n"
               "  \"s\": \"x\",\n  \"none\": null\n}");
    buf_done(&b);
}

TEST(a_second_document_starts_a_line) {
    struct buf b;
    struct json_writer w;
    buf_init(&b, 100);
    json_writer_init(&w, &b, 0);
    json_put_int(&w, NULL, 1);
    json_put_int(&w, NULL, 2);
    EXPECT_STR(b.data, "1\n2");
    buf_done(&b);
}

static const struct {
    const char *value;
    size_t len;
    const char *quoted;
} strings[] = {
    {"",               0, "\"\""                                    },
    {"a\"b\\c/",       6, "\"a\\\"b\\\\c/\""                        },
    {"\b\f\n\r\t",     5, "\"\\b\\f\\n\\r\\t\""                     },
    {"\0\x01\x1F\x7F", 4, "\"\\u0000\\u0001\\u001f\x7F\""           },
    {"é€😀",      9, "\"é€😀\""                           },
    {"a\xFFz",         3, "\"a\xEF\xBF\xBDz\""                      },
    {"\xF0\x9F\x98",   3, "\"\xEF\xBF\xBD\""                        },
    {"\xED\xA0\x80",   3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
};

TEST(strings_are_escaped_and_always_utf8) {
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        struct buf b;
        struct json_writer w;
        buf_init(&b, 1000);
        json_writer_init(&w, &b, 0);
        json_put_strn(&w, NULL, strings[i].value, strings[i].len);
        EXPECT_STR(b.data, strings[i].quoted);
        buf_done(&b);
    }
}

/* Writes value, reads it back. */
static double round_trip(double value, char *text, size_t size) {
    struct buf b;
    struct json_writer w;
    struct json_doc *doc;
    double back = (double)NAN;
    buf_init(&b, 1000);
    json_writer_init(&w, &b, 0);
    json_put_real(&w, NULL, value);
    (void)snprintf(text, size, "%s", b.data);
    if (json_parse(&doc, b.data, b.len, "real", 0) == 0) {
        (void)json_as_real(json_root(doc), &back);
        json_free(doc);
    }
    buf_done(&b);
    return back;
}

static const struct {
    double value;
    const char *text;
} reals[] = {
    {0.0,                     "0"                      },
    {-0.0,                    "-0"                     },
    {1.0,                     "1"                      },
    {0.1,                     "0.1"                    },
    {1e300,                   "1e+300"                 },
    {1.0 / 3,                 "0.3333333333333333"     },
    {2.0 / 3,                 "0.6666666666666666"     },
    {0.1 + 0.2,               "0.30000000000000004"    },
    {123456789012345680.0,    "1.2345678901234568e+17" },
    {DBL_MAX,                 "1.7976931348623157e+308"},
    {DBL_MIN,                 "2.2250738585072014e-308"},
    {4.9406564584124654e-324, "4.94065645841247e-324"  },
    {1e-10,                   "1e-10"                  },
};

TEST(reals_read_back_exactly_from_the_shortest_text) {
    char text[64];
    for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
        double back = round_trip(reals[i].value, text, sizeof(text));
        EXPECT(memcmp(&back, &reals[i].value, sizeof(back)) == 0);
        EXPECT_STR(text, reals[i].text);
    }
    bool same = true;
    uint64_t bits = 1;
    for (int i = 0; i < 20000; i++) {
        bits = bits * 6364136223846793005U + 1442695040888963407U;
        double value, back;
        memcpy(&value, &bits, sizeof(value));
        if (!isfinite(value))
            continue;
        back = round_trip(value, text, sizeof(text));
        same = same && memcmp(&back, &value, sizeof(back)) == 0;
    }
    EXPECT(same);
}

TEST(what_json_cannot_say_is_null) {
    char text[64];
    (void)round_trip((double)NAN, text, sizeof(text));
    EXPECT_STR(text, "null");
    (void)round_trip(-(double)INFINITY, text, sizeof(text));
    EXPECT_STR(text, "null");
}

TEST(what_is_written_is_read) {
    struct buf b;
    struct json_writer w;
    struct json_doc *doc;
    buf_init(&b, 1 << 16);
    json_writer_init(&w, &b, 4);
    json_open_object(&w, NULL);
    json_put_str(&w, "key \"with\" \n escapes", "\x01😀");
    json_put_int(&w, "max", 9007199254740992);
    json_close_object(&w);
    REQUIRE(json_parse(&doc, b.data, b.len, "w", 0) == 0);
    const char *s = "";
    int64_t n = 0;
    EXPECT_INT(json_str(json_root(doc), "key \"with\" \n escapes", &s), 0);
    EXPECT_STR(s, "\x01😀");
    EXPECT(json_int(json_root(doc), "max", 0, INT64_MAX, &n) == 0 && n == 9007199254740992);
    json_free(doc);
    buf_done(&b);
}

static void close_the_wrong_kind(struct json_writer *w) {
    json_open_array(w, NULL);
    json_close_object(w);
}
static void close_nothing(struct json_writer *w) {
    json_close_array(w);
}
static void key_in_an_array(struct json_writer *w) {
    json_open_array(w, NULL);
    json_put_null(w, "key");
}
static void no_key_in_an_object(struct json_writer *w) {
    json_open_object(w, NULL);
    json_put_null(w, NULL);
}
static void too_deep(struct json_writer *w) {
    for (int i = 0; i < 64; i++)
        json_open_array(w, NULL);
}

static int death_of(void (*fn)(struct json_writer *)) {
    pid_t pid = fork();
    if (pid == 0) {
        struct buf b;
        struct json_writer w;
        buf_init(&b, 1 << 16);
        json_writer_init(&w, &b, 0);
        (void)!freopen("/dev/null", "w", stderr);
        fn(&w);
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(misuse_of_the_writer_aborts) {
    EXPECT_INT(death_of(close_the_wrong_kind), SIGABRT);
    EXPECT_INT(death_of(close_nothing), SIGABRT);
    EXPECT_INT(death_of(key_in_an_array), SIGABRT);
    EXPECT_INT(death_of(no_key_in_an_object), SIGABRT);
    EXPECT_INT(death_of(too_deep), SIGABRT);
    EXPECT_INT(death_of(write_sample), 0);
}
