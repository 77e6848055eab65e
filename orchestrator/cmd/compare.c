/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/store/db.h"
#include "orchestrator/sweep/compare.h"
#include "orchestrator/sweep/place.h"

struct options {
    bool json;
};

static const struct opt opts[] = {
    {OPT_FLAG, "json", 0, offsetof(struct options, json), NULL, 0, 0, "Print JSON."},
    OPT_END_ROW,
};

/* A and B as given; without B the last run; without both, the last run and the one before. */
static int find_runs(struct db *db, struct arena *arena, int argc, char **argv, struct run *before,
                     struct run *now) {
    int rc = runs_find(db, arena, argc > 1 ? argv[1] : "last", now);
    if (rc < 0 || argc > 0)
        return rc < 0 ? rc : runs_find(db, arena, argv[0], before);
    return runs_reference(db, arena, now->subject, now->scope, now->id, before);
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct place place;
    struct db *db = NULL;
    struct compare c = {0};
    struct run before, now;
    struct buf out;
    if (argc > 2)
        return err_set(ERR_ARG, "two runs are compared, not %d", argc);
    int rc = place_open(&place, NULL);
    if (rc < 0)
        return rc;
    buf_init(&out, (size_t)1 << 30);
    rc = place_open_index(&db, &place);
    if (rc == 0)
        rc = find_runs(db, &place.arena, argc, argv, &before, &now);
    if (rc == 0)
        rc = compare_runs(&c, db, &place.arena, &before, &now);
    if (rc == 0 && o->json)
        compare_print_json(&out, &c);
    else if (rc == 0)
        compare_print_table(&out, &place.arena, &c);
    fputs(out.data, stdout);
    buf_done(&out);
    db_close(db);
    place_close(&place);
    return rc < 0 ? rc : c.regressions ? EXIT_FAILED : EXIT_OK;
}

const struct cmd cmd_compare = {
    .name = "compare",
    .args = "[A [B]]",
    .summary = "Says what changed from run A to run B: a name, the beginning of one, a number, "
               "last, or last~N; also what still passes and got slower, faster or less exact.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
