/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/json.h"

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

static const char text[] =
    "{\"n\":7,\"max\":9007199254740992,\"over\":9007199254740993,\"min\":-9007199254740992,"
    "\"huge\":1000000000000000019884624838656,\"e\":1e3,\"point\":1.0,\"minus\":-0,\"zero\":0,"
    "\"inf\":1e999,\"half\":0.5,\"yes\":true,\"no\":false,\"null\":null,"
    "\"s\":\"a\\u00e9\\uD83D\\uDE00\\n\","
    "\"o\":{\"a.b\":1,\"deep\":{\"list\":[10,{\"x\":\"y\"},[]]}},\"dotted.key\":2,\"\":3}";

static struct json_doc *doc;

static struct json root(void) {
    if (!doc)
        CHECK(json_parse(&doc, text, sizeof(text) - 1, "c.json", 0) == 0);
    return json_root(doc);
}

static const struct {
    const char *key;
    int64_t value;
    const char *message; /* NULL: it is an integer */
} integers[] = {
    {"n",           7,                 NULL                                                      },
    {"zero",        0,                 NULL                                                      },
    {"max",         9007199254740992,  NULL                                                      },
    {"min",         -9007199254740992, NULL                                                      },
    {"over",        0,                 "over: an integer beyond 2^53 cannot be read exactly"     },
    {"huge",        0,                 "huge: an integer beyond 2^53"                            },
    {"e",           0,                 "e: expected an integer in plain digits, found 1000"      },
    {"point",       0,                 "point: expected an integer in plain digits, found 1"     },
    {"minus",       0,                 "minus: expected an integer in plain digits, found -0"    },
    {"half",        0,                 "expected an integer in plain digits, found 0.5"          },
    {"s",           0,                 "c.json: s: expected an integer, found a string"          },
    {"yes",         0,                 "expected an integer, found a boolean"                    },
    {"null",        0,                 "c.json: null: expected an integer, found null"           },
    {"o",           0,                 "expected an integer, found an object"                    },
    {"o.deep.list", 0,                 "c.json: o.deep.list: expected an integer, found an array"},
    {"o.none",      0,                 "c.json: o.none: expected an integer, found nothing"      },
    {"n.none",      0,                 "c.json: n.none: expected an integer, found nothing"      },
};

TEST(integers_are_plain_and_exact) {
    for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        int64_t value = -99;
        int rc = json_int(root(), integers[i].key, INT64_MIN, INT64_MAX, &value);
        EXPECT_INT(rc, integers[i].message ? ERR_FORMAT : 0);
        EXPECT_INT(value, integers[i].message ? -99 : integers[i].value);
        if (integers[i].message)
            EXPECT_HAS(err_text(), integers[i].message);
    }
}

TEST(a_range_is_kept_and_named) {
    int64_t value = 0;
    EXPECT_INT(json_int(root(), "n", 7, 7, &value), 0);
    EXPECT_INT(json_int(root(), "n", 8, 10, &value), ERR_FORMAT);
    EXPECT_STR(err_text(), "c.json: n: 7 is not between 8 and 10");
    EXPECT_INT(json_int(root(), "n", -1, 6, &value), ERR_FORMAT);
}

TEST(reals_take_every_finite_number) {
    double value = 0;
    EXPECT(json_real(root(), "half", &value) == 0 && value > 0.4 && value < 0.6);
    EXPECT(json_real(root(), "n", &value) == 0 && value > 6);
    EXPECT(json_real(root(), "huge", &value) == 0 && value > 9e29);
    EXPECT_INT(json_real(root(), "inf", &value), ERR_FORMAT);
    EXPECT_STR(err_text(), "c.json: inf: the number is too large");
    EXPECT_INT(json_real(root(), "s", &value), ERR_FORMAT);
    EXPECT_STR(err_text(), "c.json: s: expected a number, found a string");
}

TEST(strings_and_booleans_are_what_they_say) {
    const char *s = NULL;
    bool flag = false;
    EXPECT_INT(json_str(root(), "s", &s), 0);
    EXPECT_STR(s, "aé😀\n");
    EXPECT(json_bool(root(), "yes", &flag) == 0 && flag);
    EXPECT(json_bool(root(), "no", &flag) == 0 && !flag);
    EXPECT_INT(json_bool(root(), "n", &flag), ERR_FORMAT);
    EXPECT_HAS(err_text(), "c.json: n: expected a boolean, found a number");
    EXPECT_INT(json_str(root(), "yes", &s), ERR_FORMAT);
    EXPECT_HAS(err_text(), "expected a string, found a boolean");
}

TEST(optional_members_may_be_absent_or_null_but_not_wrong) {
    int64_t n = 42;
    double real = 4.5;
    bool flag = true;
    const char *s = "default";
    EXPECT(json_opt_int(root(), "none", 0, 9, &n) == 0 && n == 42);
    EXPECT(json_opt_int(root(), "null", 0, 9, &n) == 0 && n == 42);
    EXPECT(json_opt_real(root(), "null", &real) == 0 && real > 4);
    EXPECT(json_opt_bool(root(), "none.of.these", &flag) == 0 && flag);
    EXPECT(json_opt_str(root(), "null", &s) == 0);
    EXPECT_STR(s, "default");
    EXPECT_INT(json_opt_int(root(), "s", 0, 9, &n), ERR_FORMAT);
    EXPECT_INT(json_opt_real(root(), "s", &real), ERR_FORMAT);
    EXPECT_INT(json_opt_bool(root(), "s", &flag), ERR_FORMAT);
    EXPECT_INT(json_opt_str(root(), "n", &s), ERR_FORMAT);
    EXPECT(json_opt_int(root(), "n", 0, 9, &n) == 0 && n == 7);
    EXPECT(json_opt_real(root(), "half", &real) == 0 && real < 1);
    EXPECT(json_opt_bool(root(), "no", &flag) == 0 && !flag);
    EXPECT(json_opt_str(root(), "s", &s) == 0 && s[0] == 'a');
}

TEST(containers_are_asked_for_by_kind) {
    struct json v = {0};
    EXPECT_INT(json_object(root(), "o.deep", &v), 0);
    EXPECT_INT(json_array(v, "list", &v), 0);
    EXPECT_INT(json_len(v), 3);
    EXPECT_INT(json_array(root(), "o", &v), ERR_FORMAT);
    EXPECT_STR(err_text(), "c.json: o: expected an array, found an object");
    EXPECT_INT(json_object(root(), "o.deep.list", &v), ERR_FORMAT);
    EXPECT_INT(json_object(root(), "none", &v), ERR_FORMAT);
    EXPECT_STR(err_text(), "c.json: none: expected an object, found nothing");
}

TEST(messages_name_the_path_through_arrays) {
    struct json list = json_get(root(), "o.deep.list");
    const char *s;
    int64_t n;
    EXPECT_INT(json_as_str(json_at(list, 0), &s), ERR_FORMAT);
    EXPECT_STR(err_text(), "c.json: o.deep.list[0]: expected a string, found a number");
    EXPECT_INT(json_int(json_at(list, 1), "x", 0, 1, &n), ERR_FORMAT);
    EXPECT_STR(err_text(), "c.json: o.deep.list[1].x: expected an integer, found a string");
    EXPECT_INT(json_fail(json_at(list, 2), "%d is odd", 3), ERR_FORMAT);
    EXPECT_STR(err_text(), "c.json: o.deep.list[2]: 3 is odd");
    EXPECT_INT(json_fail(root(), "all of it"), ERR_FORMAT);
    EXPECT_STR(err_text(), "c.json: all of it");
    EXPECT_INT(json_fail(json_at(list, 9), "gone"), ERR_FORMAT);
    EXPECT_STR(err_text(), "c.json: gone");
    EXPECT_INT(json_as_int((struct json){0}, 0, 1, &n), ERR_FORMAT);
}

TEST(a_key_with_a_dot_is_a_member_not_a_path) {
    int64_t n = 0;
    EXPECT(!json_get(root(), "dotted.key").node);
    EXPECT(json_as_int(json_member(root(), "dotted.key"), 0, 9, &n) == 0 && n == 2);
    EXPECT(json_as_int(json_member(json_get(root(), "o"), "a.b"), 0, 9, &n) == 0 && n == 1);
    EXPECT(json_as_int(json_member(root(), ""), 0, 9, &n) == 0 && n == 3);
    EXPECT(!json_member(root(), "do").node); /* no prefix is a key */
    EXPECT(!json_member(root(), "dotted.keys").node);
}

TEST(iteration_goes_in_document_order) {
    static const char *const keys[] = {"n", "max", "over", "min"};
    size_t i = 0, count = 0;
    for (struct json v = json_first(root()); v.node; v = json_next(v), count++)
        if (i < 4) {
            EXPECT_STR(json_key(v), keys[i]);
            i++;
        }
    EXPECT_INT(count, json_len(root()));
    EXPECT_INT(count, 18);
    struct json list = json_get(root(), "o.deep.list");
    EXPECT_STR(json_key(list), "list");
    EXPECT_STR(json_key(json_at(list, 0)), "");
    EXPECT(!json_first(json_at(list, 2)).node);
    EXPECT(!json_first(json_get(root(), "s")).node);
}

TEST(no_value_is_nothing_everywhere) {
    struct json none = {0};
    EXPECT_INT(json_type(none), JSON_NONE);
    EXPECT(!json_exists(none) && !json_exists(json_get(root(), "null")));
    EXPECT(json_exists(json_get(root(), "no")));
    EXPECT_INT(json_len(none), 0);
    EXPECT_STR(json_key(none), "");
    EXPECT(!json_get(none, "a.b").node && !json_member(none, "a").node);
    EXPECT(!json_at(none, 0).node && !json_first(none).node && !json_next(none).node);
    EXPECT(!json_at(json_get(root(), "o.deep.list"), 3).node);
    EXPECT(!json_at(root(), 0).node); /* an object has no indices */
    json_free(NULL);
}

TEST(types_are_told_apart) {
    static const struct {
        const char *key;
        enum json_type type;
    } types[] = {
        {"n",           JSON_NUMBER},
        {"yes",         JSON_BOOL  },
        {"no",          JSON_BOOL  },
        {"null",        JSON_NULL  },
        {"s",           JSON_STRING},
        {"o",           JSON_OBJECT},
        {"o.deep.list", JSON_ARRAY }
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        EXPECT_INT(json_type(json_get(root(), types[i].key)), types[i].type);
}

TEST(a_document_is_loaded_by_its_path) {
    struct buf path;
    buf_init(&path, 4096);
    file_join(&path, test_folder(), "noctule.json");
    static const char relaxed[] = "{\"a\": 5, // five\n}";
    REQUIRE(file_replace(path.data, relaxed, sizeof(relaxed) - 1) == 0);
    struct json_doc *loaded = NULL;
    int64_t n = 0;
    EXPECT_INT(json_load(&loaded, path.data, 1000, 0), ERR_FORMAT);
    EXPECT_HAS(err_text(), "noctule.json: offset 9: ");
    EXPECT_INT(json_load(&loaded, path.data, 10, JSON_COMMENTS), ERR_LIMIT);
    EXPECT(loaded == NULL);
    REQUIRE(json_load(&loaded, path.data, 1000, JSON_COMMENTS) == 0);
    EXPECT(json_int(json_root(loaded), "a", 0, 9, &n) == 0 && n == 5);
    json_free(loaded);
    EXPECT_INT(json_load(&loaded, "/none/such", 10, 0), ERR_NOTFOUND);
    buf_done(&path);
    json_free(doc); /* of the tests above; this one is the last */
    doc = NULL;
}
