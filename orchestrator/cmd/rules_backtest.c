/* SPDX-License-Identifier: Apache-2.0 */
/* noctule rules backtest: what rules would have made of the failures on record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/parse/rules.h"
#include "orchestrator/store/db.h"
#include "orchestrator/sweep/backtest.h"
#include "orchestrator/sweep/place.h"

struct options {
    int64_t runs;
    bool json;
};

static const struct options defaults = {.runs = 90};

static const struct opt opts[] = {
    {OPT_INT,  "runs", 0, offsetof(struct options, runs), "N",  1, 100000,
     "How many runs back; 90 unless given."                                             },
    {OPT_FLAG, "json", 0, offsetof(struct options, json), NULL, 0, 0,      "Print JSON."},
    OPT_END_ROW,
};

static bool is_same_file(const char *a, const char *b) {
    char *x = realpath(a, NULL), *y = realpath(b, NULL);
    bool same = x && y && strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

/* The rules of today, and the file that may be added to them; it may be one of them already. */
static int open_rules(struct rules **out, struct place *place, const char **file) {
    size_t n = 0;
    bool listed = false;
    while (place->config.failure_rules && place->config.failure_rules[n])
        n++;
    const char **paths = arena_array(&place->arena, n + 2, sizeof(*paths));
    for (size_t i = 0; i < n; i++) {
        paths[i] = place->config.failure_rules[i];
        if (!*file || !is_same_file(paths[i], *file))
            continue;
        *file = paths[i];
        listed = true;
    }
    if (*file && !listed)
        paths[n] = *file;
    return rules_open(out, paths);
}

static int backtest(struct place *place, struct db *db, const char *file, const struct options *o) {
    struct rules *rules = NULL;
    struct backtest b;
    struct buf out;
    int rc = open_rules(&rules, place, &file);
    if (rc < 0)
        return rc;
    buf_init(&out, 64 << 20);
    rc = backtest_run(&b, db, &place->arena, rules, place->logs, o->runs);
    if (rc == 0)
        (o->json ? backtest_print_json : backtest_print_table)(&out, &b, file);
    fputs(out.data, stdout);
    buf_done(&out);
    rules_close(rules);
    return rc < 0 ? rc : b.gave_up ? EXIT_FAILED : EXIT_OK;
}

static int run(const void *options, int argc, char **argv) {
    struct place place;
    struct db *db = NULL;
    if (argc > 1)
        return err_set(ERR_ARG, "one rule file is held against history, not %d", argc);
    int rc = place_open(&place, NULL);
    if (rc < 0)
        return rc;
    rc = place_open_index(&db, &place);
    if (rc == 0)
        rc = backtest(&place, db, argc ? argv[0] : NULL, options);
    db_close(db);
    place_close(&place);
    return rc;
}

const struct cmd cmd_rules_backtest = {
    .name = "rules backtest",
    .args = "[FILE]",
    .summary = "Shows what the rules of FILE, beside those of today, would have matched in history "
               "and which cells they would reclassify; without FILE, what today's rules would.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .defaults = &defaults,
    .run = run,
};
