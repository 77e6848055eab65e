/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/death.h"

#include <signal.h>

#include "engine/base/arena.h"
#include "tests/test.h"

TEST(facts_decide_and_words_only_what_they_leave_open) {
    static const struct {
        struct death d;
        enum attempt_status status;
    } rows[] = {
        {{.cause = DEATH_TIMEOUT, .signal = SIGKILL, .in_case = true},         ATTEMPT_TIMEOUT},
        {{.cause = DEATH_NONSENSE, .signal = SIGKILL, .in_case = true},        ATTEMPT_ERROR  },
        {{.cause = DEATH_STOPPED, .signal = SIGKILL, .in_case = true},         ATTEMPT_NOT_RUN},
        {{.signal = SIGSEGV, .in_case = true},                                 ATTEMPT_CRASH  },
        {{.signal = SIGKILL, .in_case = true},                                 ATTEMPT_CRASH  },
        {{.signal = SIGKILL, .in_case = true, .oom_killed = true},             ATTEMPT_OOM    },
        {{.signal = SIGKILL, .log = "out of memory", .in_case = true},         ATTEMPT_CRASH  },
        {{.signal = SIGABRT, .log = "std::bad_alloc", .in_case = true},        ATTEMPT_OOM    },
        {{.exit_code = 1, .log = "Cannot allocate memory\n", .in_case = true}, ATTEMPT_OOM    },
        {{.exit_code = 0, .log = "survived: out of memory", .in_case = true},  ATTEMPT_ERROR  },
        {{.exit_code = 3, .in_case = true},                                    ATTEMPT_CRASH  },
        {{.exit_code = 3},                                                     ATTEMPT_ERROR  },
        {{.exit_code = 0},                                                     ATTEMPT_ERROR  },
        {{.signal = SIGSEGV},                                                  ATTEMPT_CRASH  },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct death d = rows[i].d;
        d.log = d.log ? d.log : "";
        d.log_len = strlen(d.log);
        EXPECT_INT(death_status(&d), rows[i].status);
    }
}

TEST(only_an_end_out_of_the_ordinary_is_worth_a_note) {
    const struct attempt error = {.status = ATTEMPT_ERROR}, crash = {.status = ATTEMPT_CRASH};
    EXPECT(!death_is_remarkable(&error, 0));
    EXPECT(!death_is_remarkable(&error, 1));
    EXPECT(death_is_remarkable(&error, 2));
    EXPECT(death_is_remarkable(&crash, -1));
}

TEST(a_signal_is_told_by_its_name_or_its_number) {
    struct arena arena;
    struct death d = {.signal = SIGSEGV, .in_case = true, .log = ""};
    arena_init(&arena, 0);
    EXPECT_STR(death_message(&arena, &d), "the worker was killed by SIGSEGV in the case");
    d.signal = SIGRTMIN + 3;
    EXPECT_HAS(death_message(&arena, &d), "the worker was killed by signal 3");
    arena_done(&arena);
}
