/* SPDX-License-Identifier: Apache-2.0 */
/* noctule report: the dashboard anew, from what the index holds. */
#include <stdio.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/dash/dash.h"
#include "orchestrator/store/db.h"
#include "orchestrator/sweep/place.h"

struct report_opts {
    const char *out;
};

static const struct opt rows[] = {
    {OPT_STR, "out", 'o', offsetof(struct report_opts, out), "FOLDER", 0, 0,
     "Where the pages go; logs/dashboard of the checkout unless given."},
    OPT_END_ROW,
};

static int run(const void *opts, int argc, char **argv) {
    const struct report_opts *o = opts;
    struct place place;
    struct db *db = NULL;
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\": report takes no operand", argv[0]);
    int rc = place_open(&place, NULL);
    if (rc < 0)
        return rc;
    const char *out = o->out ? o->out : place.dashboard;
    rc = place_open_index(&db, &place);
    if (rc == 0)
        rc = dash_write(db, place.logs, out);
    if (rc == 0)
        printf("%s/index.html\n", out);
    db_close(db);
    place_close(&place);
    return rc;
}

const struct cmd cmd_report = {
    .name = "report",
    .args = "",
    .summary = "Writes the dashboard anew from the index and prints where it is.",
    .opts = rows,
    .opts_size = sizeof(struct report_opts),
    .run = run,
};
