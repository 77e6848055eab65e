/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/parse/rekey.h"

#include <string.h>

#include "engine/base/buf.h"
#include "tests/test.h"

static const char *const lists[] = {"failures", NULL};
static struct buf out;

static const char *rekeyed(const char *text) {
    buf_done(&out);
    buf_init(&out, 1 << 16);
    rekey(&out, text, strlen(text), lists);
    return out.data;
}

TEST(the_first_of_a_name_stands) {
    EXPECT_STR(rekeyed("{\"a\": 1, \"a\" : \"x\", \"b\":{\"a\":2}, \"a\":[]}"),
               "{\"a\": 1, \"~0\":\"x\", \"b\":{\"a\":2}, \"~1\":[]}");
    EXPECT_STR(rekeyed("[{\"a\":\"a\"},{\"a\":[\"a\",\"a\"]}]"),
               "[{\"a\":\"a\"},{\"a\":[\"a\",\"a\"]}]");
    EXPECT_STR(rekeyed("{\"a\\\"\":1,\"a\":\"\\\\\",\"a\\\"\":\"}\"}"),
               "{\"a\\\"\":1,\"a\":\"\\\\\",\"~0\":\"}\"}");
}

TEST(a_list_is_not_taken_for_what_has_its_name_and_is_none) {
    EXPECT_STR(rekeyed("{\"failures\":\"0\",\"failures\": [{}]}"),
               "{\"~0\":\"0\",\"failures\": [{}]}");
}

TEST(what_is_no_json_stays_so) {
    static const char *const texts[] = {"",    "\"",     "{\"a",    "{\"a\\",
                                        "}}{", "\"a\":", "{\"a\":", "{{{"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        EXPECT_STR(rekeyed(texts[i]), texts[i]);
    char deep[200];
    memset(deep, '{', 100);
    memset(deep + 100, '}', 99);
    deep[199] = '\0';
    EXPECT_STR(rekeyed(deep), deep);
}
