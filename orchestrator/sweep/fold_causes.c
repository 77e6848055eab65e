/* SPDX-License-Identifier: Apache-2.0 */
/* The causes of a run that has ended, from what is known of its failures by then. */
#include "engine/base/arena.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/sweep/fold.h"
#include "orchestrator/sweep/index.h"
#include "orchestrator/triage/cause.h"

static int put_all(struct index *ix, struct arena *arena, const struct cluster_failure *failures,
                   size_t len) {
    struct cause *causes;
    struct cause_link *links;
    size_t count;
    int rc = 0;
    cause_find(arena, failures, len, &causes, &count, &links);
    int64_t *ids = arena_array(arena, count + 1, sizeof(*ids));
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const struct cluster_failure *f = &failures[causes[i].primary];
        struct cluster c = {.run = ix->run.id,
                            .algo = CAUSE_ALGO,
                            .hash = causes[i].hash,
                            .kind = causes[i].kind,
                            .words = causes[i].words,
                            .message = *f->said ? f->said : f->message,
                            .cell = f->cell,
                            .case_id = f->case_id,
                            .cells = (int64_t)causes[i].cells,
                            .cases = (int64_t)causes[i].cases};
        rc = clusters_put(ix->db, &c);
        ids[i] = c.cause;
    }
    for (size_t i = 0; rc == 0 && i < len; i++)
        rc = clusters_put_case(ix->db, ix->run.id, failures[i].cell, failures[i].case_id,
                               ids[links[i].cause], links[i].how);
    return rc;
}

int fold_causes(struct index *ix) {
    struct cluster_failure *failures;
    struct arena arena;
    size_t len;
    arena_init(&arena, 0);
    int rc = clusters_failures(ix->db, &arena, ix->run.id, &failures, &len);
    if (rc == 0)
        rc = put_all(ix, &arena, failures, len);
    arena_done(&arena);
    return rc;
}
