/* SPDX-License-Identifier: Apache-2.0 */
/* noctule expect update: the edit of noctule.json that a run asks for, shown or made. */
#include <stdio.h>

#include "engine/base/clock.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/opt.h"
#include "orchestrator/git/patch.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/sweep/expect_update.h"
#include "orchestrator/sweep/place.h"

struct options {
    struct expect_wish wish;
    bool write;
};

static const struct opt opts[] = {
    {OPT_FLAG, "write",   0, offsetof(struct options, write),        NULL,      0, 0,
     "Change noctule.json; unless given, print the change as a diff."                                 },
    {OPT_LIST, "cell",    0, offsetof(struct options, wish.cells),   "PATTERN", 0, 0,
     "Expect the failures of these cells from now on."                                                },
    {OPT_LIST, "case",    0, offsetof(struct options, wish.cases),   "PATTERN", 0, 0,
     "Expect the failures of these cases from now on."                                                },
    {OPT_STR,  "owner",   0, offsetof(struct options, wish.owner),   "NAME",    0, 0,
     "Who will see to them."                                                                          },
    {OPT_STR,  "issue",   0, offsetof(struct options, wish.issue),   "ID",      0, 0,
     "Where that is followed."                                                                        },
    {OPT_STR,  "expires", 0, offsetof(struct options, wish.expires), "DATE",    0, 0,
     "The last day, as 2026-12-31; from then on they are red again."                                  },
    {OPT_STR,  "reason",  0, offsetof(struct options, wish.reason),  "TEXT",    0, 0, "Why they fail."},
    OPT_END_ROW,
};

/* The edited text, and what was done to it. */
static int edit(const struct place *place, struct arena *arena, const char *word,
                const struct expect_wish *wish, struct buf *text, struct buf *notes) {
    const struct config *c = &place->config;
    struct expect_entry *rows =
        arena_array(arena, c->expect.len + c->quarantine.len, sizeof(*rows));
    struct result *results = NULL;
    struct db *db = NULL;
    struct run run = {.scope = ""};
    size_t len = 0;
    int rc = place_open_index(&db, place);
    if (rc == 0)
        rc = runs_find(db, arena, word, &run);
    if (rc == 0)
        rc = results_list(db, arena, &(struct result_filter){.run = run.id}, &results, &len);
    db_close(db);
    if (rc < 0)
        return rc;
    expect_look(arena, &c->expect, results, len, clock_wall_ms(), rows);
    expect_look(arena, &c->quarantine, results, len, clock_wall_ms(), rows + c->expect.len);
    return expect_update(text, notes, arena, rows, c->expect.len + c->quarantine.len, results, len,
                         !*run.scope, wish);
}

/* What noctule itself could not read is never written. */
static int check(const struct buf *text) {
    struct config c;
    int rc = config_parse(&c, text->data, text->len, "the edited noctule.json");
    if (rc == 0)
        config_done(&c);
    return rc;
}

static int update(const struct options *o, struct place *place, const char *word) {
    const char *path = arena_printf(&place->arena, "%s/noctule.json", place->root);
    struct file file;
    struct buf before, after, notes, diff;
    int rc = file_read(&file, path, CONFIG_BYTES_MAX);
    if (rc < 0)
        return rc;
    buf_init(&before, CONFIG_BYTES_MAX);
    buf_init(&after, CONFIG_BYTES_MAX);
    buf_init(&notes, CONFIG_BYTES_MAX);
    buf_init(&diff, 4 * CONFIG_BYTES_MAX);
    buf_add(&before, file.data, file.size);
    buf_add(&after, file.data, file.size);
    file_done(&file);
    rc = edit(place, &place->arena, word, &o->wish, &after, &notes);
    if (rc == 0)
        rc = check(&after);
    if (rc == 0)
        rc = patch_print(&diff, "noctule.json", &before, &after);
    if (rc == 0) {
        fputs(notes.len ? notes.data : "noctule.json says what the run did.\n", stderr);
        fputs(diff.data, stdout);
    }
    if (rc == 0 && o->write && diff.len)
        rc = file_replace(path, after.data, after.len);
    buf_done(&before);
    buf_done(&after);
    buf_done(&notes);
    buf_done(&diff);
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct place place;
    if (argc > 1)
        return err_set(ERR_ARG, "one run tells what to expect, not %d", argc);
    int rc = place_open(&place, NULL);
    if (rc < 0)
        return rc;
    rc = update(o, &place, argc ? argv[0] : "last");
    place_close(&place);
    return rc;
}

const struct cmd cmd_expect_update = {
    .name = "expect update",
    .args = "[RUN]",
    .summary =
        "Proposes the edit of noctule.json that a run asks for: entries that passed, expired "
        "or mean no case go; failures are added for an owner, with --cell or --case.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
