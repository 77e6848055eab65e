/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/wildcard.h"

#include "tests/test.h"

TEST(an_id_names_itself_whatever_it_reads_like) {
    static const char *const ids[] = {"a", "test_add[1-2]", "test_add[0.1]", "a\\b", "[", "what?",
                                      "*"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
        test_check(wildcard_matches(ids[i], ids[i]), __FILE__, __LINE__, "%s", ids[i]);
    EXPECT(!wildcard_matches("test_add[1-2]", "test_add[1-3]"));
}

TEST(a_pattern_is_that_of_a_shell) {
    static const char *const some[] = {"none", "qwen?/greedy*"};
    EXPECT(wildcard_matches("test_add[12]", "test_add1"));
    EXPECT(wildcard_matches("*", "a/b"));
    EXPECT(wildcard_any(some, 2, "qwen3/greedy.ids"));
    EXPECT(!wildcard_any(some, 1, "qwen3/greedy.ids"));
    EXPECT(!wildcard_any(some, 0, "none"));
}
