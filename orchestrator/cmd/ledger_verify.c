/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/ledger/ledger.h"
#include "orchestrator/store/db.h"

struct ledger_verify_opts {
    const char *folder;
    const char *index;
};

static const struct ledger_verify_opts defaults = {"ledger", "logs/noctule.db"};

static const struct opt rows[] = {
    {OPT_STR, "folder", 0, offsetof(struct ledger_verify_opts, folder), "DIR",  0, 0,
     "Where the entries are (ledger)."                            },
    {OPT_STR, "index",  0, offsetof(struct ledger_verify_opts, index),  "FILE", 0, 0,
     "The index whose figures they must repeat (logs/noctule.db)."},
    OPT_END_ROW,
};

static int verify(struct db *db, const char *folder) {
    struct ledger_report report;
    struct buf faults;
    buf_init(&faults, 1 << 20);
    int rc = ledger_verify(db, folder, &report, &faults);
    if (rc == 0 && report.entries == 0 && report.faults == 0)
        rc = err_set(ERR_NOTFOUND,
                     "there is no entry in %s, so nothing was checked; a sweep writes one", folder);
    if (rc == 0) {
        (void)fputs(faults.data, stdout);
        (void)printf("%zu entries: %zu faults, %zu confirmed by the index, %zu of runs that are "
                     "not in it\n",
                     report.entries, report.faults, report.confirmed, report.unknown);
        rc = report.faults ? EXIT_FAILED : EXIT_OK;
    }
    buf_done(&faults);
    return rc;
}

static int run(const void *opts, int argc, char **argv) {
    const struct ledger_verify_opts *o = opts;
    struct db *db = NULL;
    (void)argv;
    if (argc > 0)
        return err_set(ERR_ARG, "there are no operands; see --help");
    int rc = db_open(&db, o->index, DB_READ);
    if (rc == ERR_NOTFOUND)
        rc = 0; /* a fresh clone has a ledger and no index: the chain alone is checked */
    if (rc == 0)
        rc = verify(db, o->folder);
    db_close(db);
    return rc;
}

const struct cmd cmd_ledger_verify = {
    .name = "ledger verify",
    .args = "",
    .summary = "Checks that no ledger entry was changed, lost or invented.",
    .opts = rows,
    .opts_size = sizeof(struct ledger_verify_opts),
    .defaults = &defaults,
    .run = run,
};
