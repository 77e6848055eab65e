/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/wire.h"

#include "engine/base/err.h"
#include "orchestrator/agent/usage.h"
#include "tests/test.h"

static int read_all(struct wire *w, struct buf *body, const char *text) {
    return wire_read(w, body, text, strlen(text));
}

TEST(a_request_is_read_in_either_framing) {
    struct wire w;
    struct buf body;
    buf_init(&body, WIRE_BODY_MAX);
    EXPECT_INT(read_all(&w, &body,
                        "POST /v1/messages?beta=true HTTP/1.1\r\nX-Api-Key: k\r\n"
                        "content-length: 2\r\n\r\n{}GET"),
               1);
    EXPECT_STR(w.path, "/v1/messages?beta=true");
    EXPECT_STR(w.token, "k");
    EXPECT_STR(body.data, "{}");
    EXPECT(w.keep_alive);
    EXPECT_INT(
        read_all(&w, &body,
                 "POST / HTTP/1.1\r\nAuthorization: Bearer k2\r\nConnection: close\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n2;x\r\n{\"\r\na\r\n0123456789\r\n0\r\n\r\n"),
        1);
    EXPECT_STR(w.token, "k2");
    EXPECT_STR(body.data, "{\"0123456789");
    EXPECT(!w.keep_alive);
    buf_done(&body);
}

TEST(what_is_not_all_there_is_waited_for) {
    static const char whole[] =
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    struct wire w;
    struct buf body;
    buf_init(&body, WIRE_BODY_MAX);
    for (size_t len = 0; len + 1 < sizeof(whole); len++)
        EXPECT_INT(wire_read(&w, &body, whole, len), 0);
    EXPECT_INT(wire_read(&w, &body, whole, sizeof(whole) - 1), 1);
    buf_done(&body);
}

TEST(what_two_readers_could_read_two_ways_is_refused) {
    static const char *const texts[] = {
        "POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
        "POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: +2\r\n\r\n{}",
        "POST / HTTP/1.1\r\nContent-Length : 2\r\n\r\n{}",
        "POST / HTTP/1.1\r\nX: a\r\n folded\r\n\r\n",
        "POST / HTTP/1.1\r\nX: a\nY: b\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        "POST / HTTP/2\r\n\r\n",
        "POST http://x/ HTTP/1.1\r\n\r\n",
        "post / HTTP/1.1\r\n\r\n",
        "POST /\r\n\r\n",
        "\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct wire w;
        struct buf body;
        buf_init(&body, WIRE_BODY_MAX);
        int rc = read_all(&w, &body, texts[i]);
        (void)test_check(rc == ERR_FORMAT, __FILE__, __LINE__, "%zu: %d", i, rc);
        buf_done(&body);
    }
    struct wire w;
    struct buf body;
    buf_init(&body, WIRE_BODY_MAX);
    EXPECT_INT(read_all(&w, &body, "POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n"),
               ERR_LIMIT);
    buf_done(&body);
}

TEST(what_an_answer_cost_is_read_in_each_dialect) {
    static const struct {
        const char *body, *model;
        int input, output;
        bool said;
    } rows[] = {
  /* clang-format off */
        {"{\"model\":\"a\",\"usage\":{\"input_tokens\":1,\"cache_read_input_tokens\":2,"
         "\"cache_creation_input_tokens\":3,\"output_tokens\":4}}", "a", 6, 4, true},
        {"{\"model\":\"b\",\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6}}", "b", 5, 6, true},
        {"event: message_start\ndata: {\"message\":{\"model\":\"c\",\"usage\":{\"input_tokens\":7,"
         "\"output_tokens\":1}}}\n\ndata: {\"usage\":{\"output_tokens\":8}}\n\n", "c", 7, 8, true},
        {"data: {\"model\":\"d\"}\n\ndata: {\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}"
         "\n\ndata: [DONE]\n\n", "d", 9, 1, true},
        {"data: {\"response\":{\"model\":\"e\",\"usage\":{\"input_tokens\":2,\"output_tokens\":3}}}",
         "e", 2, 3, true},
        {"{\"model\":\"f\",\"usage\":{\"input_tokens\":-5,\"output_tokens\":1}}", "f", 0, 1, false},
        {"{\"model\":\"g\",\"usage\":{\"input_tokens\":1e99,\"output_tokens\":\"many\"}}", "g", 0, 0,
         false},
        {"no JSON", "", 0, 0, false},
  /* clang-format on */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct usage use;
        usage_read(&use, rows[i].body, strlen(rows[i].body));
        EXPECT_STR(use.model, rows[i].model);
        EXPECT_INT(use.input_tokens, rows[i].input);
        EXPECT_INT(use.output_tokens, rows[i].output);
        EXPECT(use.said == rows[i].said);
    }
}
