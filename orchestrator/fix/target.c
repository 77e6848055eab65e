/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/target.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/store/results.h"

static int find_signature(struct target *t, struct arena *arena, struct db *db) {
    const struct result_filter filter = {
        .run = t->run.id, .cell = t->cluster.cell, .case_id = t->cluster.case_id};
    struct result *rows = NULL;
    size_t len = 0;
    int rc = results_list(db, arena, &filter, &rows, &len);
    t->signature = rc == 0 && len ? rows[0].signature_hash : "";
    return rc;
}

/* A cluster without a diagnosis is one, too. */
static int find_diagnosis(struct target *t, struct arena *arena, struct db *db) {
    int rc =
        diagnoses_find(db, arena, t->run.id, t->cluster.cell, t->cluster.case_id, &t->diagnosis);
    if (rc != ERR_NOTFOUND)
        return rc;
    t->diagnosis = (struct diagnosis){.layer = -1, .stage = "", .op = "", .kernel = ""};
    return 0;
}

/* The cases come by cell. */
static void list_cells(struct target *t, struct arena *arena) {
    size_t n = 0;
    t->cells = arena_array(arena, t->case_count + 1, sizeof(*t->cells));
    for (size_t i = 0; i < t->case_count; i++)
        if (n == 0 || strcmp(t->cells[n - 1], t->cases[i].cell_name) != 0)
            t->cells[n++] = t->cases[i].cell_name;
}

int target_find(struct target *out, struct arena *arena, struct db *db, const char *word,
                const char *run) {
    struct run which = {.id = 0};
    int rc = run ? runs_find(db, arena, run, &which) : 0;
    if (rc == 0)
        rc = clusters_find(db, arena, word, which.id, &out->cluster);
    if (rc == 0)
        rc = runs_get(db, arena, out->cluster.run, &out->run);
    if (rc == 0)
        rc = runs_environment(db, arena, out->run.environment, &out->environment);
    if (rc == 0)
        rc = clusters_cases(db, arena, out->run.id, out->cluster.cause, &out->cases,
                            &out->case_count);
    if (rc == 0)
        rc = find_signature(out, arena, db);
    if (rc == 0)
        rc = find_diagnosis(out, arena, db);
    if (rc == 0)
        list_cells(out, arena);
    return rc;
}
