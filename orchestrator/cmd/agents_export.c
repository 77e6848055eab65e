/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "orchestrator/agent/export.h"
#include "orchestrator/agent/lint.h"
#include "orchestrator/agent/role.h"

struct agents_export_opts {
    const char *roles, *out, *session;
    bool check;
};

static const struct agents_export_opts defaults = {.roles = "agents", .out = "."};

static const struct opt rows[] = {
    {OPT_STR,  "roles",   0,   offsetof(struct agents_export_opts, roles),   "FOLDER", 0, 0,
     "Where the role files are (agents)."                                                    },
    {OPT_STR,  "out",     'o', offsetof(struct agents_export_opts, out),     "FOLDER", 0, 0,
     "Below which folder the forms are written (.)."                                         },
    {OPT_STR,  "session", 0,   offsetof(struct agents_export_opts, session), "ROLE",   0, 0,
     "The role of a whole session, for hooks that belong to none; usually what any role may."},
    {OPT_FLAG, "check",   0,   offsetof(struct agents_export_opts, check),   NULL,     0, 0,
     "Write nothing: print the forms that are missing or not up to date."                    },
    OPT_END_ROW,
};

static int export_roles(const struct agents_export_opts *o, const struct roles *roles) {
    struct export e;
    struct buf paths;
    size_t stale = 0;
    int rc = export_make(&e, roles, o->session);
    if (rc < 0)
        return rc;
    buf_init(&paths, 1 << 20);
    if (o->check)
        stale = export_check(&e, o->out, &paths);
    else
        rc = export_write(&e, o->out, &paths);
    if (o->check)
        (void)fputs(paths.data, stdout);
    else if (rc == 0 && paths.len)
        log_info("left alone, for they are links:\n%s", paths.data);
    for (size_t i = 0; !o->check && rc == 0 && i < e.len; i++)
        (void)puts(e.files[i].path);
    export_done(&e);
    buf_done(&paths);
    return rc < 0 ? rc : stale ? EXIT_FAILED : EXIT_OK;
}

static int run(const void *opts, int argc, char **argv) {
    const struct agents_export_opts *o = opts;
    struct roles roles;
    struct buf faults;
    size_t count = 0;
    (void)argv;
    if (argc > 0)
        return err_set(ERR_ARG, "there are no operands");
    int rc = roles_load(&roles, o->roles);
    if (rc < 0)
        return rc;
    buf_init(&faults, 4 << 20);
    for (size_t i = 0; i < roles.len; i++)
        count += lint_role(&faults, &roles.items[i]);
    (void)fputs(faults.data, stderr);
    rc = count ? err_set(ERR_FORMAT, "a role with a fault is not exported")
               : export_roles(o, &roles);
    buf_done(&faults);
    roles_done(&roles);
    return rc;
}

const struct cmd cmd_agents_export = {
    .name = "agents export",
    .args = "",
    .summary = "Writes the role files in the forms that Claude Code, Codex, Gemini CLI and readers "
               "of AGENTS.md take.",
    .opts = rows,
    .opts_size = sizeof(struct agents_export_opts),
    .defaults = &defaults,
    .run = run,
};
