/* SPDX-License-Identifier: Apache-2.0 */
/* noctule cluster: everything that is known of one cause. */
#include <stdio.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/sweep/cluster_print.h"
#include "orchestrator/sweep/newlines.h"
#include "orchestrator/sweep/place.h"

enum { LINES_SHOWN = 20 };

struct options {
    const char *run;
    bool json;
};

static const struct opt opts[] = {
    {OPT_STR,  "run",  0, offsetof(struct options, run),  "RUN", 0, 0,
     "What it did in this run; unless given, in the newest that has it."            },
    {OPT_FLAG, "json", 0, offsetof(struct options, json), NULL,  0, 0, "Print JSON."},
    OPT_END_ROW,
};

/* What the primary wrote that is new. */
static int put_new_lines(struct buf *out, struct db *db, struct place *place,
                         const struct cluster *c) {
    struct newlines n;
    struct newlines_found found = {.run_name = ""};
    struct result *rows = NULL;
    size_t len = 0;
    const struct result_filter primary = {.run = c->run, .cell = c->cell, .case_id = c->case_id};
    int rc = results_list(db, &place->arena, &primary, &rows, &len);
    newlines_init(&n, db, place->logs);
    if (rc == 0 && len)
        rc = newlines_find(&n, &place->arena, &rows[0], &found);
    newlines_done(&n);
    if (rc < 0 || !found.len)
        return rc;
    buf_printf(out, "\n%s: ", c->case_name);
    newlines_print(out, &found, LINES_SHOWN);
    return 0;
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct place place;
    struct db *db = NULL;
    struct cluster c;
    struct run which = {0};
    struct buf out;
    if (argc != 1)
        return err_set(ERR_ARG, "one cluster is shown: its id, or the beginning of it");
    int rc = place_open(&place, NULL);
    if (rc < 0)
        return rc;
    buf_init(&out, 64 << 20);
    rc = place_open_index(&db, &place);
    if (rc == 0 && o->run)
        rc = runs_find(db, &place.arena, o->run, &which);
    if (rc == 0)
        rc = clusters_find(db, &place.arena, argv[0], which.id, &c);
    if (rc == 0)
        rc = (o->json ? cluster_print_one_json : cluster_print_one)(&out, db, &place.arena, &c);
    if (rc == 0 && !o->json)
        rc = put_new_lines(&out, db, &place, &c);
    fputs(out.data ? out.data : "", stdout);
    buf_done(&out);
    db_close(db);
    place_close(&place);
    return rc;
}

const struct cmd cmd_cluster = {
    .name = "cluster",
    .args = "ID",
    .summary = "Says why a cluster of cases fails, how to reproduce it, and lists them.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
