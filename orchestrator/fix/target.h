/* SPDX-License-Identifier: Apache-2.0 */
/* target: what is to be mended: the cluster of one cause in one run, and all that is known of it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/clusters.h"
#include "orchestrator/store/diagnoses.h"
#include "orchestrator/store/runs.h"

struct arena;
struct db;

/* Strings live in the arena; none is NULL. */
struct target {
    struct run run;
    struct environment environment;
    struct cluster cluster;
    struct cluster_case *cases; /* [case_count] by cell and name */
    size_t case_count;
    const char **cells;         /* NULL-terminated: each cell of the cases once */
    const char *signature;      /* of the primary case in the run, "" = it has none */
    struct diagnosis diagnosis; /* of the primary; strings "" and layer −1 where nothing is known */
};

/* word: the beginning of a cluster's hash. run NULL = the newest that has it. 0, ERR_NOTFOUND,
 * ERR_NOTNOW, ERR_IO. */
int target_find(struct target *out, struct arena *arena, struct db *db, const char *word,
                const char *run);
