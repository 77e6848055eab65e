/* SPDX-License-Identifier: Apache-2.0 */
/* noctule report: the dashboard anew, from what the index holds. */
#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/opt.h"
#include "orchestrator/dash/dash.h"
#include "orchestrator/store/db.h"

enum { PATH_BYTES_MAX = 64 << 10 };

struct report_opts {
    const char *out, *logs;
};

static const struct report_opts defaults = {NULL, "logs"};

static const struct opt rows[] = {
    {OPT_STR, "out",  'o', offsetof(struct report_opts, out),  "FOLDER", 0, 0,
     "Where the pages go; LOGS/dashboard unless given."      },
    {OPT_STR, "logs", 0,   offsetof(struct report_opts, logs), "FOLDER", 0, 0,
     "Where the runs and their index are; logs unless given."},
    OPT_END_ROW
};

static int run(const void *opts, int argc, char **argv) {
    const struct report_opts *o = opts;
    struct buf index, out;
    struct db *db = NULL;
    (void)argv;
    if (argc > 0)
        return err_set(ERR_ARG, "report takes no operand");
    buf_init(&index, PATH_BYTES_MAX);
    buf_init(&out, PATH_BYTES_MAX);
    file_join(&index, o->logs, "noctule.db");
    if (o->out)
        buf_puts(&out, o->out);
    else
        file_join(&out, o->logs, "dashboard");
    int rc = db_open(&db, index.data, DB_READ);
    if (rc == 0)
        rc = dash_write(db, o->logs, out.data);
    if (rc == 0)
        printf("%s\n", file_join(&index, out.data, "index.html"));
    db_close(db);
    buf_done(&index);
    buf_done(&out);
    return rc;
}

const struct cmd cmd_report = {
    .name = "report",
    .args = "",
    .summary = "Writes the dashboard anew from the index and prints where it is.",
    .opts = rows,
    .opts_size = sizeof(struct report_opts),
    .defaults = &defaults,
    .run = run,
};
