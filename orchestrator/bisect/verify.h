/* SPDX-License-Identifier: Apache-2.0 */
/* verify: is the commit that a search named really the culprit? It and each of its parents are run
 * again, and only these runs count: the culprit must fail as it did, its parents must pass, and
 * noise must be a bad explanation of either. */
#pragma once

#include <stddef.h>

#include "orchestrator/bisect/belief.h"

enum verify_status { VERIFY_UNVERIFIED, VERIFY_CONFIRMED, VERIFY_VINDICATED, VERIFY_ERROR };
const char *verify_status_name(enum verify_status s); /* "confirmed" … */

enum { VERIFY_PARENTS_MAX = 16, VERIFY_SUSPECT = 0 /* parent p is role p + 1 */ };

struct verify {
    double q, m;  /* rates, as the search believes them to be */
    int least;    /* runs of each, at least */
    int most;     /* and at most */
    size_t roles; /* 1 + parents */
    int count[1 + VERIFY_PARENTS_MAX][OUTCOME_COUNT];
};

/* parents 0: the commit has none, and fails by itself. */
void verify_init(struct verify *v, double q, double m, int least, size_t parents);
/* The role to run next, or -1 when the status stands. */
int verify_next(const struct verify *v);
void verify_see(struct verify *v, size_t role, enum outcome outcome);
enum verify_status verify_status(const struct verify *v);
