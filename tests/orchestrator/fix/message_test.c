/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/message.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "orchestrator/guard/guard.h"
#include "orchestrator/proof/proof.h"
#include "tests/test.h"

/* Landed, it would close the issue that was open again, and call everybody. */
TEST(what_it_quotes_does_nothing_on_a_forge) {
    struct proof p = {.subject = "s", .case_name = "c/test#7"};
    struct guard guard = {.policy = NULL};
    struct arena arena;
    struct buf out;
    p.culprit.commit = "";
    p.culprit.subject = "Fixes #12, @all";
    p.cluster.words = "Closes https://forge/o/r/issues/3 and GH-4";
    p.diagnosis.op = "";
    static const char rules[] = "{\"schema\":1,\"rules\":[]}";
    REQUIRE(policy_parse(&guard.policy, rules, strlen(rules), "noctule.json", ".") == 0);
    arena_init(&arena, 0);
    buf_init(&out, 1 << 16);
    REQUIRE(message_make(&out, &arena, &guard, &p, "") == 0);
    EXPECT_HAS(out.data, "test# 7");
    EXPECT_HAS(out.data, "\"Fixes # 12, @ all\"");
    EXPECT(!strstr(out.data, "://"));
    EXPECT(!strstr(out.data, "GH-4"));
    buf_done(&out);
    arena_done(&arena);
    policy_free(guard.policy);
}
