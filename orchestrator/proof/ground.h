/* SPDX-License-Identifier: Apache-2.0 */
/* ground: the noctule.json that a proof stands on, that of its base. It says what judges the
 * subject and what a fix may change, so a bundle cannot choose its own judges. */
#pragma once

#include <stdbool.h>

#include "orchestrator/proof/proof.h"
#include "orchestrator/sweep/config.h"

struct ground {
    struct config config; /* zeroed when it is not known */
    bool known;
    struct proof_policy policy;
};

/* subject: the name of the checkout's own, prefix its folder below the top. Adds faults when the
 * base is not here, has no noctule.json, or is about another subject; proof_matches() may be asked
 * with the policy in any case. 0 (look at faults) or ERR_IO. */
int ground_read(struct ground *out, struct arena *arena, const struct proof *p,
                const struct commits *c, const char *subject, const char *prefix,
                struct proof_faults *faults);
void ground_done(struct ground *g); /* copes with a zeroed struct */
/* The files that say what passes, named in noctule.json: its rules of failures, and the scripts
 * among the words of workers, of what explains and of what axes need. What is built is not among
 * them. Below its own folder, sorted, NULL-terminated. */
const char **ground_programs(struct arena *arena, const struct config *config);
/* A suite whose workers are built from what a fix may change, where fix.tests and fix.limits close
 * nothing of that: a fix could change what compares. NULL when there is none. */
const char *ground_open_suite(const struct config *config);
/* What judges a subject: tests, limits, those programs, noctule.json, below its own folder.
 * NULL-terminated. */
const char *const *ground_judges(struct arena *arena, const struct config *config, size_t *len);
