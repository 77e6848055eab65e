/* SPDX-License-Identifier: Apache-2.0 */
/* noctule cluster: everything that is known of one cause. */
#include "engine/base/clock.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/opt.h"
#include "orchestrator/fix/record.h"
#include "orchestrator/fix/record_print.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/sweep/cluster_print.h"
#include "orchestrator/sweep/newlines.h"
#include "orchestrator/sweep/view.h"

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
static int put_new_lines(struct view *v, const struct cluster *c) {
    struct newlines n;
    struct newlines_found found = {.run_name = ""};
    struct result *rows = NULL;
    size_t len = 0;
    const struct result_filter primary = {.run = c->run, .cell = c->cell, .case_id = c->case_id};
    int rc = results_list(v->db, v->arena, &primary, &rows, &len);
    newlines_init(&n, v->db, v->place.logs);
    if (rc == 0 && len)
        rc = newlines_find(&n, v->arena, &rows[0], &found);
    newlines_done(&n);
    if (rc < 0 || !found.len)
        return rc;
    buf_printf(&v->out, "\n%s: ", c->case_name);
    newlines_print(&v->out, &found, LINES_SHOWN);
    return 0;
}

/* All that is known: from the index, the log of the primary, and the records of fixes. */
static int put_text(struct view *v, const struct cluster *c, const struct fix_record *fixes,
                    size_t len) {
    int rc = cluster_print_one(&v->out, v->db, v->arena, c);
    if (rc == 0 && len) {
        buf_puts(&v->out, "\nTried to be mended:\n");
        fix_record_print_table(&v->out, fixes, len, clock_wall_ms());
    }
    return rc == 0 ? put_new_lines(v, c) : rc;
}

static int put_json(struct view *v, const struct cluster *c, const struct fix_record *fixes,
                    size_t len) {
    struct json_writer w;
    json_writer_init(&w, &v->out, 2);
    json_open_object(&w, NULL);
    int rc = cluster_put_one_json(&w, v->db, v->arena, c);
    if (rc == 0)
        fix_record_put_list(&w, fixes, len);
    json_close_object(&w);
    buf_putc(&v->out, '\n');
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct view v;
    struct cluster c;
    struct run which = {0};
    struct fix_record *fixes = NULL;
    size_t len = 0;
    if (argc != 1)
        return err_set(ERR_ARG, "one cluster is shown: its id, or the beginning of it");
    int rc = o->run ? view_open_run(&v, o->run, &which) : view_open(&v);
    if (rc == 0)
        rc = clusters_find(v.db, v.arena, argv[0], which.id, &c);
    if (rc == 0)
        rc = fix_records_list(v.place.logs, v.arena, &fixes, &len);
    if (rc == 0) {
        len = fix_records_of(fixes, len, c.hash);
        rc = (o->json ? put_json : put_text)(&v, &c, fixes, len);
    }
    return view_close(&v, rc);
}

const struct cmd cmd_cluster = {
    .name = "cluster",
    .args = "ID",
    .summary =
        "Says why a cluster of cases fails, how to reproduce it, what was tried, and lists them.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
