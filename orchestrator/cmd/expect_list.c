/* SPDX-License-Identifier: Apache-2.0 */
/* noctule expect list: what noctule.json says of cases that may fail, and whether it is true. */
#include <stdio.h>

#include "engine/base/clock.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/sweep/expect.h"
#include "orchestrator/sweep/place.h"

struct options {
    bool json;
};

static const struct opt opts[] = {
    {OPT_FLAG, "json", 0, offsetof(struct options, json), NULL, 0, 0, "Print JSON."},
    OPT_END_ROW,
};

/* The results of a run; none, and name "", when nothing was swept yet. */
static int read_results(struct place *place, const char *word, const char **name,
                        struct result **out, size_t *len) {
    struct db *db = NULL;
    struct run run;
    *name = "";
    *len = 0;
    int rc = place_open_index(&db, place);
    if (rc == ERR_NOTFOUND && !word)
        return 0;
    if (rc == 0)
        rc = runs_find(db, &place->arena, word ? word : "last", &run);
    if (rc == 0)
        rc = results_list(db, &place->arena, &(struct result_filter){.run = run.id}, out, len);
    if (rc == 0)
        *name = run.name;
    db_close(db);
    return rc;
}

static int print(struct place *place, const char *word, bool json) {
    const struct config *c = &place->config;
    size_t count = c->expect.len + c->quarantine.len, len = 0, due = 0;
    struct expect_entry *rows = arena_array(&place->arena, count, sizeof(*rows));
    struct result *results = NULL;
    const char *run;
    struct buf out;
    int rc = read_results(place, word, &run, &results, &len);
    if (rc < 0)
        return rc;
    expect_look(&place->arena, &c->expect, results, len, clock_wall_ms(), rows);
    expect_look(&place->arena, &c->quarantine, results, len, clock_wall_ms(), rows + c->expect.len);
    for (size_t i = 0; i < count; i++)
        due += expect_is_due(&rows[i]);
    buf_init(&out, 64 << 20);
    if (json)
        expect_print_json(&out, rows, count, run);
    else if (count)
        expect_print_table(&out, rows, count, run);
    else
        buf_puts(&out, "noctule.json expects no failure.\n");
    fputs(out.data, stdout);
    buf_done(&out);
    return due ? EXIT_FAILED : EXIT_OK;
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct place place;
    if (argc > 1)
        return err_set(ERR_ARG, "entries are held against one run, not against %d", argc);
    int rc = place_open(&place, NULL);
    if (rc < 0)
        return rc;
    rc = print(&place, argc ? argv[0] : NULL, o->json);
    place_close(&place);
    return rc;
}

const struct cmd cmd_expect_list = {
    .name = "expect list",
    .args = "[RUN]",
    .summary = "Lists the failures that noctule.json expects and the cases it quarantines, each "
               "with what its cases did in the newest run; exit 1 when one expired, means no case, "
               "or is no longer true.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
