/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/hooks.h"

static const struct opt opts[] = {OPT_END_ROW};

static int run(const void *options, int argc, char **argv) {
    struct hooks_row rows[HOOKS_COUNT];
    struct commits *commits;
    struct arena arena;
    (void)options;
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    int rc = commits_open(&commits, ".");
    if (rc < 0)
        return rc;
    arena_init(&arena, 0);
    rc = hooks_remove(commits, &arena, rows);
    for (int i = 0; rc == 0 && i < HOOKS_COUNT; i++)
        printf("%-10s %s %s\n", rows[i].name,
               rows[i].done == HOOKS_REMOVED ? "removed from" : "is not ours, or absent:",
               rows[i].path);
    arena_done(&arena);
    commits_close(commits);
    return rc;
}

const struct cmd cmd_hooks_remove = {
    .name = "hooks remove",
    .args = "",
    .summary = "Takes the hooks of noctule hooks install away, and puts back what stood there.",
    .opts = opts,
    .opts_size = 1,
    .run = run,
};
