/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/opt.h"
#include "orchestrator/agent/lint.h"
#include "orchestrator/agent/role.h"

static const struct opt rows[] = {OPT_END_ROW};

static int lint_file(const char *path, struct buf *faults, size_t *count) {
    struct role role;
    int rc = role_load(&role, path);
    if (rc == ERR_FORMAT) {
        buf_printf(faults, "%s\n", err_text());
        ++*count;
        return 0;
    }
    if (rc == 0)
        *count += lint_role(faults, &role);
    if (rc == 0)
        role_done(&role);
    return rc;
}

static int lint_folder(const char *folder, struct buf *faults, size_t *count, size_t *files) {
    struct roles roles;
    int rc = roles_load(&roles, folder);
    if (rc == ERR_FORMAT) {
        buf_printf(faults, "%s\n", err_text());
        ++*count;
        return 0;
    }
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < roles.len; i++)
        *count += lint_role(faults, &roles.items[i]);
    *files += roles.len;
    roles_done(&roles);
    return 0;
}

static int lint_path(const char *path, struct buf *faults, size_t *count, size_t *files) {
    if (file_is_dir(path))
        return lint_folder(path, faults, count, files);
    ++*files;
    return lint_file(path, faults, count);
}

static int run(const void *opts, int argc, char **argv) {
    char usual[] = "agents", *agents[] = {usual};
    struct buf faults;
    size_t count = 0, files = 0;
    int rc = 0;
    (void)opts;
    if (argc == 0) {
        argc = 1;
        argv = agents;
    }
    buf_init(&faults, 4 << 20);
    for (int i = 0; rc == 0 && i < argc; i++)
        if (argc == 1 || !role_is_readme(argv[i])) /* as of a folder: "agents/" and a star */
            rc = lint_path(argv[i], &faults, &count, &files);
    (void)fputs(faults.data, stdout);
    if (rc == 0)
        (void)printf("%zu roles, %zu faults\n", files, count);
    buf_done(&faults);
    return rc < 0 ? rc : count ? EXIT_FAILED : EXIT_OK;
}

const struct cmd cmd_agents_lint = {
    .name = "agents lint",
    .args = "[FILE-OR-FOLDER …]",
    .summary = "Checks role files: a text that promises what its policy does not keep, asks for "
               "what it does not give, or contradicts itself is a fault.",
    .opts = rows,
    .run = run,
};
