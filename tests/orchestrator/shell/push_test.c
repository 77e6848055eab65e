/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/push.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/test.h"

static const struct {
    enum push wanted;
    const char *line; /* words by single blanks; '_' is a blank in a word */
} rows[] = {
    {PUSH_PLAIN,  "git push"                           },
    {PUSH_PLAIN,  "/usr/bin/git push origin HEAD"      },
    {PUSH_PLAIN,  "git -C /x push origin main:main"    },
    {PUSH_PLAIN,  "git -c a.b=c --no-pager push --tags"},
    {PUSH_PLAIN,  "git --git-dir x push"               },
    {PUSH_PLAIN,  "git send-pack /somewhere"           },
    {PUSH_PLAIN,  "git-receive-pack /somewhere"        },
    {PUSH_PLAIN,  "git -c alias.x=push x"              },
    {PUSH_FORCED, "git push --force"                   },
    {PUSH_FORCED, "git push -f origin"                 },
    {PUSH_FORCED, "git push -uf origin HEAD"           },
    {PUSH_FORCED, "git push origin +HEAD:main"         },
    {PUSH_FORCED, "git push origin :main"              },
    {PUSH_FORCED, "git push --mirror"                  },
    {PUSH_FORCED, "git push origin --delete main"      },
    {PUSH_FORCED, "git push --force-with-lease=main"   },
    {PUSH_FORCED, "git -c alias.x=push_--force x"      },
    {PUSH_FORCED, "git -c alias.x=!git_push_-f x"      },
    {PUSH_NONE,   "git stash push"                     },
    {PUSH_NONE,   "git commit -m push"                 },
    {PUSH_NONE,   "git log push"                       },
    {PUSH_NONE,   "git"                                },
    {PUSH_NONE,   "git -C push status"                 },
    {PUSH_NONE,   "git -c push.default=simple status"  },
    {PUSH_NONE,   "git -c"                             },
    {PUSH_NONE,   "gitk push"                          },
    {PUSH_NONE,   "git-upload-pack /x"                 },
    {PUSH_NONE,   "echo git push --force"              },
};

TEST(a_push_is_known_by_its_words) {
    for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
        char text[128];
        const char *argv[16];
        size_t argc = 0;
        (void)snprintf(text, sizeof(text), "%s", rows[r].line);
        for (char *at = text; *at; argc++) {
            size_t len = strcspn(at, " ");
            bool last = at[len] == '\0';
            argv[argc] = at;
            at[len] = '\0';
            for (char *p = at; *p; p++)
                *p = *p == '_' ? ' ' : *p;
            at += len + !last;
        }
        (void)test_check(push_of(argv, argc) == rows[r].wanted, __FILE__, __LINE__, "%s: %d",
                         rows[r].line, (int)push_of(argv, argc));
    }
    EXPECT_INT(push_of(NULL, 0), PUSH_NONE);
}
