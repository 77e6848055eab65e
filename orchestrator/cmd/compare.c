/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/sweep/compare.h"
#include "orchestrator/sweep/view.h"

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
    struct view v;
    struct compare c = {0};
    struct run before, now;
    if (argc > 2)
        return err_set(ERR_ARG, "two runs are compared, not %d", argc);
    int rc = view_open(&v);
    if (rc == 0)
        rc = find_runs(v.db, v.arena, argc, argv, &before, &now);
    if (rc == 0)
        rc = compare_runs(&c, v.db, v.arena, &before, &now);
    if (rc == 0 && o->json)
        compare_print_json(&v.out, &c);
    else if (rc == 0)
        compare_print_table(&v.out, v.arena, &c);
    return view_close(&v, rc == 0 && c.regressions ? EXIT_FAILED : rc);
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
