/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/verdict.h"

#include <stddef.h>
#include <string.h>

static const char *const verdict_names[VERDICT_COUNT] = {"",
#define X(name, code, text) [VERDICT_##name] = text,
                                                         VERDICT_MAP(X)
#undef X
};

static const char *const attempt_names[ATTEMPT_COUNT] = {"",
#define X(name, code, text) [ATTEMPT_##name] = text,
                                                         ATTEMPT_MAP(X)
#undef X
};

static int find(const char *const *names, int count, const char *name) {
    for (int i = 1; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return 0;
}

const char *verdict_name(enum verdict v) {
    return verdict_names[v];
}

enum verdict verdict_find(const char *name) {
    return (enum verdict)find(verdict_names, VERDICT_COUNT, name);
}

const char *verdict_attempt_name(enum attempt_status s) {
    return attempt_names[s];
}

enum attempt_status verdict_attempt_find(const char *name) {
    return (enum attempt_status)find(attempt_names, ATTEMPT_COUNT, name);
}

bool verdict_attempt_is_red(enum attempt_status s) {
    return s != ATTEMPT_PASS && s != ATTEMPT_NA && s != ATTEMPT_XFAIL && s != ATTEMPT_XPASS;
}

bool verdict_is_red(enum verdict v) {
    return v == VERDICT_FAIL || v == VERDICT_NUMERICS || v == VERDICT_CRASH ||
           v == VERDICT_TIMEOUT || v == VERDICT_OOM || v == VERDICT_ERROR ||
           v == VERDICT_XFAIL_OTHER;
}

bool verdict_has_run(enum verdict v) {
    return verdict_is_red(v) || v == VERDICT_PASS || v == VERDICT_FLAKY || v == VERDICT_XPASS ||
           v == VERDICT_XFAIL;
}

/* What one attempt says alone. */
static const enum verdict verdict_alone[ATTEMPT_COUNT] = {
    [ATTEMPT_PASS] = VERDICT_PASS,
    [ATTEMPT_FAIL] = VERDICT_FAIL,
    [ATTEMPT_NUMERICS] = VERDICT_NUMERICS,
    [ATTEMPT_CRASH] = VERDICT_CRASH,
    [ATTEMPT_TIMEOUT] = VERDICT_TIMEOUT,
    [ATTEMPT_OOM] = VERDICT_OOM,
    [ATTEMPT_ERROR] = VERDICT_ERROR,
    [ATTEMPT_INFRA] = VERDICT_INFRA,
    [ATTEMPT_NA] = VERDICT_NA,
    [ATTEMPT_NOT_RUN] = VERDICT_MISSING,
    [ATTEMPT_XFAIL] = VERDICT_XFAIL,
    [ATTEMPT_XPASS] = VERDICT_XPASS,
};

enum verdict verdict_after(enum verdict before, enum attempt_status attempt) {
    enum verdict now = verdict_alone[attempt];
    if (before == VERDICT_NONE || before == VERDICT_INFRA || before == VERDICT_MISSING)
        return now != VERDICT_NONE ? now : before;
    if (!verdict_has_run(now) || !verdict_has_run(before))
        return before;
    return verdict_is_red(before) != verdict_is_red(now) ? VERDICT_FLAKY : before;
}

enum verdict verdict_unexpected(enum verdict v, enum attempt_status status) {
    if (v == VERDICT_XPASS)
        return VERDICT_PASS;
    return v == VERDICT_XFAIL || v == VERDICT_XFAIL_OTHER ? verdict_alone[status] : v;
}
