/* SPDX-License-Identifier: Apache-2.0 */
/* diagnose: why one case of a cell fails.
 *
 * The case runs once more with every node of its plans audited (audit.h). When
 * an op is at fault that says which. Else weights are read again by another
 * path (weight_check.h), the plan's nodes are held against config.json
 * (node_check.h), stages against the fixture's references (golden.h), and the
 * last good build is asked (last_good.h); what is left is decided by which
 * other cases fail (ladder.h). docs/tracing.md tells it at length. */
#pragma once

#include <stdint.h>

#include "engine/diagnose/diagnosis.h"

struct diagnose_options {
    const char *folder, *case_id; /* of the fixture; with or without the family */
    const char *backend, *dtype;
    const char *good;    /* another build of noctule-engine, or NULL */
    const char *suspect; /* this one, to be run again for the comparison with good */
    int64_t threads;     /* 0 = one per core */
    int64_t budget_ms;   /* of the whole */
};

/* *case_id becomes the full id, the caller's to free(). 0, whether explained or
 * not; ERR_ARG for an unknown case, backend or dtype; ERR_NOTFOUND, ERR_IO,
 * ERR_FORMAT. */
int diagnose_case(struct diagnosis *d, const struct diagnose_options *options, char **case_id);
