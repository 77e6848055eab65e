/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/change.h"

#include "tests/test.h"

TEST(each_pair_of_verdicts_has_its_change) {
    static const struct {
        enum verdict before, now;
        const char *change;
    } rows[] = {
        {VERDICT_PASS,  VERDICT_PASS,     "still_passing"},
        {VERDICT_PASS,  VERDICT_NUMERICS, "new_failure"  },
        {VERDICT_PASS,  VERDICT_CRASH,    "new_failure"  },
        {VERDICT_PASS,  VERDICT_FLAKY,    "flaky_new"    },
        {VERDICT_PASS,  VERDICT_INFRA,    "infra_masked" },
        {VERDICT_PASS,  VERDICT_MISSING,  "infra_masked" },
        {VERDICT_PASS,  VERDICT_NA,       "disappeared"  },
        {VERDICT_PASS,  VERDICT_NONE,     "disappeared"  },
        {VERDICT_FAIL,  VERDICT_PASS,     "fixed"        },
        {VERDICT_FAIL,  VERDICT_FAIL,     "still_failing"},
        {VERDICT_FAIL,  VERDICT_INFRA,    "infra_masked" },
        {VERDICT_NONE,  VERDICT_PASS,     "appeared"     },
        {VERDICT_NONE,  VERDICT_NA,       "appeared"     },
        {VERDICT_NONE,  VERDICT_FAIL,     "new_failure"  },
        {VERDICT_NA,    VERDICT_PASS,     "new_pass"     },
        {VERDICT_NA,    VERDICT_NA,       ""             },
        {VERDICT_NA,    VERDICT_TIMEOUT,  "new_failure"  },
        {VERDICT_INFRA, VERDICT_PASS,     "new_pass"     },
        {VERDICT_FLAKY, VERDICT_PASS,     "flaky_gone"   },
        {VERDICT_FLAKY, VERDICT_FLAKY,    ""             },
        {VERDICT_FLAKY, VERDICT_ERROR,    "new_failure"  },
        {VERDICT_NONE,  VERDICT_NONE,     ""             },
        {VERDICT_FAIL,  VERDICT_NONE,     "disappeared"  },
        {VERDICT_FAIL,  VERDICT_NA,       "disappeared"  },
        {VERDICT_FAIL,  VERDICT_FLAKY,    "flaky_new"    },
        {VERDICT_FLAKY, VERDICT_NONE,     "disappeared"  },
        {VERDICT_FLAKY, VERDICT_MISSING,  "infra_masked" },
        {VERDICT_FLAKY, VERDICT_NA,       "disappeared"  },
        {VERDICT_NA,    VERDICT_NONE,     "disappeared"  },
        {VERDICT_NA,    VERDICT_FLAKY,    "flaky_new"    },
        {VERDICT_NA,    VERDICT_INFRA,    "infra_masked" },
        {VERDICT_INFRA, VERDICT_NONE,     "disappeared"  },
        {VERDICT_INFRA, VERDICT_OOM,      "new_failure"  },
        {VERDICT_INFRA, VERDICT_FLAKY,    "flaky_new"    },
        {VERDICT_INFRA, VERDICT_INFRA,    "infra_masked" },
        {VERDICT_NONE,  VERDICT_FLAKY,    "flaky_new"    },
        {VERDICT_NONE,  VERDICT_MISSING,  "appeared"     },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        EXPECT_STR(change_name(change_of(rows[i].before, 0, rows[i].now, 0)), rows[i].change);
}

TEST(a_failure_with_another_signature_is_mutated) {
    EXPECT_INT(change_of(VERDICT_FAIL, 1, VERDICT_CRASH, 2), CHANGE_MUTATED);
    EXPECT_INT(change_of(VERDICT_FAIL, 1, VERDICT_FAIL, 1), CHANGE_STILL_FAILING);
    EXPECT_INT(change_of(VERDICT_FAIL, 0, VERDICT_FAIL, 1), CHANGE_STILL_FAILING);
}

TEST(what_got_worse_is_a_regression) {
    EXPECT(change_is_regression(CHANGE_NEW_FAILURE, VERDICT_PASS));
    EXPECT(change_is_regression(CHANGE_DISAPPEARED, VERDICT_PASS));
    EXPECT(!change_is_regression(CHANGE_DISAPPEARED, VERDICT_FAIL));
    EXPECT(!change_is_regression(CHANGE_FIXED, VERDICT_FAIL));
    EXPECT_INT(change_find("mutated"), CHANGE_MUTATED);
    EXPECT_INT(change_find("no such word"), CHANGE_NONE);
}

/* An expected failure is a failure: hiding one behind an expectation mends nothing. */
TEST(to_expect_a_failure_is_not_to_fix_it) {
    EXPECT_INT(change_of(VERDICT_FAIL, 1, VERDICT_XFAIL, 1), CHANGE_STILL_FAILING);
    EXPECT_INT(change_of(VERDICT_XFAIL, 1, VERDICT_XFAIL, 1), CHANGE_STILL_FAILING);
    EXPECT_INT(change_of(VERDICT_XFAIL, 1, VERDICT_XFAIL_OTHER, 2), CHANGE_MUTATED);
    EXPECT_INT(change_of(VERDICT_XFAIL, 1, VERDICT_XPASS, 0), CHANGE_FIXED);
    EXPECT_INT(change_of(VERDICT_XFAIL, 1, VERDICT_PASS, 0), CHANGE_FIXED);
    EXPECT_INT(change_of(VERDICT_PASS, 0, VERDICT_XFAIL, 1), CHANGE_NEW_FAILURE);
    EXPECT_INT(change_of(VERDICT_XPASS, 0, VERDICT_PASS, 0), CHANGE_STILL_PASSING);
}
