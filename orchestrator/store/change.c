/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/change.h"

#include <string.h>

static const char *const names[CHANGE_COUNT] = {"",
#define X(name, code, text) [CHANGE_##name] = text,
                                                CHANGE_MAP(X)
#undef X
};

const char *change_name(enum change c) {
    return names[c];
}

enum change change_find(const char *name) {
    for (int i = 1; i < CHANGE_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (enum change)i;
    return CHANGE_NONE;
}

bool change_is_regression(enum change c, enum verdict before) {
    return c == CHANGE_NEW_FAILURE || c == CHANGE_MUTATED || c == CHANGE_FLAKY_NEW ||
           (c == CHANGE_DISAPPEARED && before == VERDICT_PASS);
}

/* What a verdict amounts to when two are compared. */
enum kind { ABSENT, GOOD, RED, UNSTEADY, UNSEEN, NOT_HERE, KINDS };

static enum kind kind_of(enum verdict v) {
    if (v == VERDICT_NONE)
        return ABSENT;
    if (verdict_is_red(v) || v == VERDICT_XFAIL) /* a failure, though an expected one */
        return RED;
    if (v == VERDICT_FLAKY)
        return UNSTEADY;
    if (v == VERDICT_NA || v == VERDICT_PRECLUDED)
        return NOT_HERE;
    return verdict_has_run(v) ? GOOD : UNSEEN;
}

/* A case that is born red, or was last not seen, is a new failure: it must not pass unnoticed. */
static const enum change table[KINDS][KINDS] = {
    [ABSENT] = {[GOOD] = CHANGE_APPEARED,
                [RED] = CHANGE_NEW_FAILURE,
                [UNSTEADY] = CHANGE_FLAKY_NEW,
                [UNSEEN] = CHANGE_APPEARED,
                [NOT_HERE] = CHANGE_APPEARED  },
    [GOOD] = {[ABSENT] = CHANGE_DISAPPEARED,
                [GOOD] = CHANGE_STILL_PASSING,
                [RED] = CHANGE_NEW_FAILURE,
                [UNSTEADY] = CHANGE_FLAKY_NEW,
                [UNSEEN] = CHANGE_INFRA_MASKED,
                [NOT_HERE] = CHANGE_DISAPPEARED},
    [RED] = {[ABSENT] = CHANGE_DISAPPEARED,
                [GOOD] = CHANGE_FIXED,
                [RED] = CHANGE_STILL_FAILING,
                [UNSTEADY] = CHANGE_FLAKY_NEW,
                [UNSEEN] = CHANGE_INFRA_MASKED,
                [NOT_HERE] = CHANGE_DISAPPEARED},
    [UNSTEADY] = {[ABSENT] = CHANGE_DISAPPEARED,
                [GOOD] = CHANGE_FLAKY_GONE,
                [RED] = CHANGE_NEW_FAILURE,
                [UNSEEN] = CHANGE_INFRA_MASKED,
                [NOT_HERE] = CHANGE_DISAPPEARED    },
    [UNSEEN] = {[ABSENT] = CHANGE_DISAPPEARED,
                [GOOD] = CHANGE_NEW_PASS,
                [RED] = CHANGE_NEW_FAILURE,
                [UNSTEADY] = CHANGE_FLAKY_NEW,
                [UNSEEN] = CHANGE_INFRA_MASKED    },
    [NOT_HERE] = {[ABSENT] = CHANGE_DISAPPEARED,
                [GOOD] = CHANGE_NEW_PASS,
                [RED] = CHANGE_NEW_FAILURE,
                [UNSTEADY] = CHANGE_FLAKY_NEW,
                [UNSEEN] = CHANGE_INFRA_MASKED    },
};

enum change change_of(enum verdict before, long long signature_before, enum verdict now,
                      long long signature_now) {
    enum change c = table[kind_of(before)][kind_of(now)];
    bool both = signature_before != 0 && signature_now != 0;
    if (c == CHANGE_STILL_FAILING && both && signature_before != signature_now)
        return CHANGE_MUTATED;
    return c;
}
