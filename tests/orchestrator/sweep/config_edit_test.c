/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/config_edit.h"

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "tests/test.h"

static const char *const members[] = {"\"cell\": \"x\"", "\"case\": [\"y\", \"z\"]", NULL};

/* What an edit leaves must be read by noctule again, and is what it should be. */
static void expect_text(struct buf *text, const char *want) {
    struct json_doc *doc = NULL;
    EXPECT_STR(text->data, want);
    EXPECT_INT(json_parse(&doc, text->data, text->len, "edited", JSON_COMMENTS), 0);
    json_free(doc);
    buf_done(text);
}

static struct buf text_of(const char *text) {
    struct buf b;
    buf_init(&b, 1 << 16);
    buf_puts(&b, text);
    return b;
}

TEST(an_entry_goes_with_its_lines_and_its_own_comment) {
    static const char text[] = "{ \"a\": 1, // x\n"
                               "  \"expect\": [\n"
                               "    // of all\n"
                               "    {\"n\": \"]}, // no\"},\n"
                               "    /* of the\n       second */\n"
                               "    // and so on\n"
                               "    {\n      \"n\": 2 /* } */\n    }, // behind it\n"
                               "    // of the third\n"
                               "    {\"n\": 3}\n"
                               "  ],\n"
                               "  \"b\": \"\\\"[\"\n}\n";
    struct buf b = text_of(text);
    EXPECT_INT(config_edit_remove(&b, "expect", 1), 0);
    expect_text(&b, "{ \"a\": 1, // x\n"
                    "  \"expect\": [\n"
                    "    // of all\n"
                    "    {\"n\": \"]}, // no\"},\n"
                    "    /* of the\n       second */\n"
                    "    // of the third\n"
                    "    {\"n\": 3}\n"
                    "  ],\n"
                    "  \"b\": \"\\\"[\"\n}\n");
    b = text_of(text);
    EXPECT_INT(config_edit_remove(&b, "expect", 0), 0);
    EXPECT_INT(config_edit_remove(&b, "expect", 1), 0);
    EXPECT_INT(config_edit_remove(&b, "expect", 0), 0);
    expect_text(&b, "{ \"a\": 1, // x\n  \"expect\": [\n    // of all\n    /* of the\n       "
                    "second */\n    // and so on\n  ],\n  \"b\": \"\\\"[\"\n}\n");
}

TEST(an_entry_goes_from_within_a_line) {
    static const struct {
        size_t index;
        const char *want;
    } rows[] = {
        {0, "{\"expect\": [{\"n\":2}, {\"n\":3}]}"},
        {1, "{\"expect\": [{\"n\":1}, {\"n\":3}]}"},
        {2, "{\"expect\": [{\"n\":1}, {\"n\":2}]}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf b = text_of("{\"expect\": [{\"n\":1}, {\"n\":2}, {\"n\":3}]}");
        EXPECT_INT(config_edit_remove(&b, "expect", rows[i].index), 0);
        expect_text(&b, rows[i].want);
    }
}

TEST(a_value_is_replaced_and_nothing_else) {
    struct buf b =
        text_of("{\"other\": [{\"case\": 0}], \"expect\": [{\"case\": 1},\n"
                " { // c\n  \"in\": {\"case\": 5}, \"case\" : [ \"a\", \"b\" ], // d\n }]}");
    EXPECT_INT(config_edit_set(&b, "expect", 1, "case", "\"a\""), 0);
    expect_text(&b, "{\"other\": [{\"case\": 0}], \"expect\": [{\"case\": 1},\n"
                    " { // c\n  \"in\": {\"case\": 5}, \"case\" : \"a\", // d\n }]}");
}

TEST(a_further_entry_stands_behind_the_last_and_like_it) {
    struct buf b = text_of("{\n   \"expect\": [\n      {\"n\": 1} // one\n   ], // list\n}\n");
    EXPECT_INT(config_edit_append(&b, "expect", members), 0);
    expect_text(&b, "{\n   \"expect\": [\n      {\"n\": 1}, // one\n      {\n        \"cell\": "
                    "\"x\",\n        \"case\": [\"y\", \"z\"]\n      }\n   ], // list\n}\n");
    b = text_of("{\n  \"expect\": [ /* none */ ],\n  \"a\": 1\n}\n");
    EXPECT_INT(config_edit_append(&b, "expect", members), 0);
    expect_text(&b, "{\n  \"expect\": [\n    {\n      \"cell\": \"x\",\n      \"case\": [\"y\", "
                    "\"z\"]\n    }\n  ],\n  \"a\": 1\n}\n");
}

TEST(a_list_that_is_not_there_is_added_to_the_root) {
    struct buf b = text_of("// top\n{\n  \"a\": [1, 2] // two\n}\n// end\n");
    EXPECT_INT(config_edit_append(&b, "expect", members), 0);
    expect_text(&b, "// top\n{\n  \"a\": [1, 2], // two\n  \"expect\": [\n    {\n      \"cell\": "
                    "\"x\",\n      \"case\": [\"y\", \"z\"]\n    }\n  ]\n}\n// end\n");
    b = text_of("{\"a\": 1,}");
    EXPECT_INT(config_edit_append(&b, "expect", members), 0);
    expect_text(&b, "{\"a\": 1,\n  \"expect\": [\n    {\n      \"cell\": \"x\",\n      \"case\": "
                    "[\"y\", \"z\"]\n    }\n  ]\n}");
}

TEST(what_is_not_there_cannot_be_edited) {
    struct buf b = text_of("{\"expect\": [{\"n\": 1}]}");
    EXPECT_INT(config_edit_remove(&b, "expect", 1), ERR_NOTFOUND);
    EXPECT_INT(config_edit_remove(&b, "quarantine", 0), ERR_NOTFOUND);
    EXPECT_INT(config_edit_set(&b, "expect", 0, "case", "1"), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "expect[0].case");
    expect_text(&b, "{\"expect\": [{\"n\": 1}]}");
}
