/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/ask.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "tests/test.h"

static int ask(struct buf *out, enum ask_api api, const char *body, int64_t *room) {
    buf_reset(out);
    return ask_rewrite(out, api, body, strlen(body), room);
}

TEST(what_an_answer_may_cost_is_bounded) {
    static const struct {
        enum ask_api api;
        const char *body, *sent;
        int64_t room;
    } rows[] = {
        {ASK_MESSAGES,  "{\"max_tokens\":50}",    "{\"max_tokens\":50}",                     50 },
        {ASK_MESSAGES,  "{\"max_tokens\":5000}",  "{\"max_tokens\":100}",                    100},
        {ASK_CHAT,      "{\"n\":1}",              "{\"n\":1,\"max_completion_tokens\":100}", 100},
        {ASK_RESPONSES, "{\"background\":false}",
         "{\"background\":false,\"max_output_tokens\":100}",                                 100},
    };
    struct buf out;
    buf_init(&out, 1 << 16);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int64_t room = 100;
        EXPECT_INT(ask(&out, rows[i].api, rows[i].body, &room), 0);
        EXPECT_STR(out.data, rows[i].sent);
        EXPECT_INT(room, rows[i].room);
    }
    buf_done(&out);
}

TEST(what_cannot_be_counted_or_leads_elsewhere_is_refused) {
    static const char *const rows[] = {
        "{\"n\":2}",
        "{\"n\":1,\"n\":128}",
        "{\"n\":1e2}",
        "{\"max_tokens\":5,\"max_tokens\":5000}",
        "{\"best_of\":9}",
        "{\"background\":true}",
        "{\"background\":\"yes\"}",
        "{\"messages\":[{\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"url\","
        "\"url\":\"https://example.org/?secret\"}}]}]}",
        "{\"messages\":[{\"content\":[{\"type\":\"image_url\","
        "\"image_url\":{\"url\":\"https://example.org/?secret\"}}]}]}",
        "{\"input\":[{\"content\":[{\"type\":\"input_image\","
        "\"image_url\":\"HTTPS://example.org/?secret\"}]}]}",
        "{\"input\":[{\"content\":[{\"type\":\"input_file\",\"file_url\":\"ftp://e/s\"}]}]}",
        "{\"messages\":[{\"content\":[{\"type\":\"tool_result\",\"content\":[{\"type\":"
        "\"document\",\"source\":{\"type\":\"url\",\"url\":\"http://e/s\"}}]}]}]}",
        "[1]",
        "{",
    };
    struct buf out;
    buf_init(&out, 1 << 16);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int64_t room = 100;
        (void)test_check(ask(&out, ASK_CHAT, rows[i], &room) == ERR_FORMAT, __FILE__, __LINE__,
                         "%s", rows[i]);
    }
    buf_done(&out);
}

TEST(the_provider_runs_no_tools_of_its_own) {
    struct buf out;
    int64_t room = 9;
    buf_init(&out, 1 << 16);
    EXPECT_INT(ask(&out, ASK_MESSAGES,
                   "{\"max_tokens\":9,\"tools\":[{\"name\":\"read\"},"
                   "{\"type\":\"web_search_20250305\",\"name\":\"web_search\"},"
                   "{\"type\":\"bash_20250124\",\"name\":\"bash\"},{\"type\":\"bashful\"},"
                   "{\"type\":\"code_execution_20250522\"},{\"type\":7},{\"type\":\"mcp\"},"
                   "{\"type\":\"function\",\"name\":\"f\"}],"
                   "\"mcp_servers\":[{\"url\":\"https://e\"}],\"web_search_options\":{}}",
                   &room),
               0);
    EXPECT_STR(out.data, "{\"max_tokens\":9,\"tools\":[{\"name\":\"read\"},"
                         "{\"type\":\"bash_20250124\",\"name\":\"bash\"},"
                         "{\"type\":\"function\",\"name\":\"f\"}]}");
    buf_done(&out);
}

/* Words about addresses, pictures that are sent along, and what a tool of the agent's was told. */
TEST(what_nobody_opens_passes) {
    static const char *const rows[] = {
        "{\"messages\":[{\"content\":\"see https://example.org\"}]}",
        "{\"messages\":[{\"content\":[{\"type\":\"image_url\","
        "\"image_url\":{\"url\":\"data:image/png;base64,AA\"}}]}]}",
        "{\"messages\":[{\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\","
        "\"data\":\"AA\"}}]}]}",
        "{\"messages\":[{\"content\":[{\"type\":\"tool_use\",\"input\":{\"source\":"
        "{\"url\":\"https://example.org\"},\"image_url\":\"https://example.org\"}}]}]}",
        "{\"tools\":[{\"name\":\"f\",\"input_schema\":{\"properties\":{\"image_url\":"
        "{\"type\":\"string\"}}}}]}",
    };
    struct buf out;
    buf_init(&out, 1 << 16);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int64_t room = 100;
        (void)test_check(ask(&out, ASK_MESSAGES, rows[i], &room) == 0, __FILE__, __LINE__, "%s",
                         rows[i]);
    }
    buf_done(&out);
}
