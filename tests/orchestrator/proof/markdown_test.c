/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proof/markdown.h"

#include <stddef.h>

#include "engine/base/arena.h"
#include "tests/test.h"

TEST(words_of_others_call_nobody_and_close_nothing) {
    static const char *const rows[][3] = {
        {"Fixes #12",               "Fixes #\u200b12",               "Fixes # 12"              },
        {"Closes o/r#2",            "Closes o/r#\u200b2",            "Closes o/r# 2"           },
        {"closes GH-3",             "closes GH-\u200b3",             "closes GH- 3"            },
        {"@all see",                "@\u200ball see",                "@ all see"               },
        {"fixes https://f/o/r/i/2", "fixes https:\u200b//f/o/r/i/2", "fixes https: //f/o/r/i/2"},
        {"a\u202eb",                "a b",                           "a b"                     },
        {"a\nCloses #1",            "a Closes #\u200b1",             "a Closes # 1"            },
        {"[x](y) a_b C# a-b",       "\\[x\\](y) a_b C# a-b",         "[x](y) a_b C# a-b"       },
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        EXPECT_STR(markdown_words(&arena, rows[i][0], 100), rows[i][1]);
        EXPECT_STR(markdown_plain(&arena, rows[i][0], 100), rows[i][2]);
    }
    arena_done(&arena);
}
