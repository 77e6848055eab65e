/* SPDX-License-Identifier: Apache-2.0 */
/* Keys are looked up some time after they were read; what is said is as if they were not. */
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "tests/test.h"

/* `n` keys, the one at `again` a copy of the first, in an object of depth 1, then `tail`. */
static int parse(int n, int again, const char *inside, const char *tail) {
    struct buf b;
    struct json_doc *doc = NULL;
    buf_init(&b, 1 << 20);
    buf_puts(&b, "{\"outer\":{\"o\":0},\"k0\":0");
    for (int i = 1; i < n; i++)
        buf_printf(&b, ",\"k%d\":%s", i == again ? 0 : i, i == n - 1 ? inside : "1");
    buf_puts(&b, tail);
    int rc = json_parse(&doc, b.data, b.len, "t", 0);
    buf_done(&b);
    json_free(doc);
    return rc;
}

TEST(a_key_twice_is_said_before_what_is_wrong_behind_it) {
    static const char *const insides[] = {"1", "?", "{\"x\":1,\"x\":2}", "[[[{\"y\":?}]]]"};
    static const char *const tails[] = {"}", "", ",?}", "]"};
    for (int n = 2; n < 70; n++) {
        for (int i = 0; i < 4; i++) {
            EXPECT_INT(parse(n, n - 1, insides[i], tails[i]), ERR_FORMAT);
            EXPECT_HAS(err_text(), "this key is already in the object");
        }
        EXPECT_INT(parse(n, 1, "1", ",?}"), ERR_FORMAT);
        EXPECT_HAS(err_text(), "t: offset 24: this key is already");
        EXPECT_INT(parse(n, -1, "1", "}"), 0);
    }
}

TEST(what_is_wrong_before_a_key_twice_is_said_first) {
    for (int n = 4; n < 70; n++) {
        EXPECT_INT(parse(n, -1, "{\"x\":1,\"x\":2}", ",\"k0\":0}"), ERR_FORMAT);
        EXPECT_HAS(err_text(), "this key is already");
        EXPECT_INT(parse(n, -1, "[1 2]", ",\"k0\":0}"), ERR_FORMAT);
        EXPECT_HAS(err_text(), "expected \",\" or \"]\"");
    }
}
