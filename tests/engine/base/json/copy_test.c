/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/json.h"
#include "tests/test.h"

TEST(a_parsed_value_is_written_as_it_was_read) {
    static const char text[] =
        "{\"a\":[1,-2,0.5,1e+300,true,false,null],\"b\":{\"c\":\"x\\\"\\n\"},"
        "\"big\":9007199254740992,\"e\":[],\"o\":{}}";
    struct json_doc *doc = NULL;
    struct json_writer w;
    struct buf b;
    REQUIRE(json_parse(&doc, text, sizeof(text) - 1, "doc", 0) == 0);
    buf_init(&b, 4096);
    json_writer_init(&w, &b, 0);
    json_put_json(&w, NULL, json_root(doc));
    EXPECT_STR(b.data, text);
    buf_reset(&b);
    json_writer_init(&w, &b, 0);
    json_put_json(&w, NULL, json_get(json_root(doc), "none"));
    EXPECT_STR(b.data, "null");
    buf_done(&b);
    json_free(doc);
}
