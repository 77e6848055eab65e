/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/store/audit.h"

struct audit_verify_opts {
    const char *logs;
};

static const struct audit_verify_opts defaults = {"logs"};

static const struct opt rows[] = {
    {OPT_STR, "logs", 0, offsetof(struct audit_verify_opts, logs), "FOLDER", 0, 0,
     "The folder that holds audit.ndjson and audit.db (logs)."},
    OPT_END_ROW,
};

static int run(const void *opts, int argc, char **argv) {
    const struct audit_verify_opts *o = opts;
    struct audit_report report;
    struct buf faults;
    (void)argv;
    if (argc > 0)
        return err_set(ERR_ARG, "there are no operands; see --help");
    buf_init(&faults, 1 << 20);
    int rc = audit_verify(o->logs, &report, &faults);
    if (rc == ERR_NOTFOUND)
        rc = err_set(rc, "no role has worked here: there is no audit in %s", o->logs);
    if (rc == 0) {
        (void)fputs(faults.data, stdout);
        (void)printf("%lld entries, %lld faults, head %s\n", (long long)report.entries,
                     (long long)report.faults, report.head);
        rc = report.faults ? EXIT_FAILED : EXIT_OK;
    }
    buf_done(&faults);
    return rc;
}

const struct cmd cmd_audit_verify = {
    .name = "audit verify",
    .args = "",
    .summary = "Checks that no entry of what roles did was changed, lost or invented.",
    .opts = rows,
    .opts_size = sizeof(struct audit_verify_opts),
    .defaults = &defaults,
    .run = run,
};
