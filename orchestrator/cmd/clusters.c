/* SPDX-License-Identifier: Apache-2.0 */
/* noctule clusters: what broke in a run, instead of what failed. */
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/sweep/cluster_print.h"
#include "orchestrator/sweep/view.h"

struct options {
    bool json;
};

static const struct opt opts[] = {
    {OPT_FLAG, "json", 0, offsetof(struct options, json), NULL, 0, 0, "Print JSON."},
    OPT_END_ROW,
};

static void print_text(struct buf *out, const struct run *run, const struct cluster *rows,
                       size_t len) {
    if (len)
        cluster_print_table(out, rows, len, 0);
    else if (run->state == RUN_FINISHED || run->state == RUN_ABANDONED)
        buf_printf(out, "Nothing is red in %s.\n", run->name);
    else
        buf_printf(out, "Run %s has not ended; causes are known when it has.\n", run->name);
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct view v;
    struct cluster *rows = NULL;
    struct run which;
    size_t len = 0;
    if (argc > 1)
        return err_set(ERR_ARG, "clusters are those of one run, not of %d", argc);
    int rc = view_open_run(&v, argc ? argv[0] : NULL, &which);
    if (rc == 0)
        rc = clusters_of_run(v.db, v.arena, which.id, &rows, &len);
    if (rc == 0 && o->json)
        cluster_print_json(&v.out, &which, rows, len);
    else if (rc == 0)
        print_text(&v.out, &which, rows, len);
    return view_close(&v, rc);
}

const struct cmd cmd_clusters = {
    .name = "clusters",
    .args = "[RUN]",
    .summary = "Lists the causes of a run's failures, each with the cells and cases it broke; RUN "
               "as for compare.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
