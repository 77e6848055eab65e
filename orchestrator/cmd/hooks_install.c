/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/hooks.h"
#include "orchestrator/guard/guard.h"

struct options {
    bool force;
};

static const struct opt opts[] = {
    {OPT_FLAG, "force", 0, offsetof(struct options, force), NULL, 0, 0,
     "Keep a hook that is not ours as NAME.before, and take its place."},
    OPT_END_ROW,
};

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct hooks_row rows[HOOKS_COUNT];
    struct guard g;
    const char *prefix = "";
    char program[PATH_MAX];
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (n <= 0)
        return err_errno(ERR_IO, "cannot tell where this program lies");
    program[n] = '\0';
    /* A hook without rules would stop every commit. */
    int rc = guard_open(&g, NULL);
    if (rc < 0)
        return rc;
    rc = guard_want_rules(&g);
    if (rc == 0)
        rc = commits_prefix(g.commits, &g.arena, g.root, &prefix);
    const char *rules = *prefix ? arena_printf(&g.arena, "%s/noctule.json", prefix) : NULL;
    if (rc == 0)
        rc = hooks_install(g.commits, &g.arena, program, rules, o->force, rows);
    for (int i = 0; rc == 0 && i < HOOKS_COUNT; i++)
        printf("%-10s %s %s\n", rows[i].name,
               rows[i].done == HOOKS_SAME ? "stands already in" : "written to", rows[i].path);
    guard_close(&g);
    return rc;
}

const struct cmd cmd_hooks_install = {
    .name = "hooks install",
    .args = "",
    .summary = "Has git ask noctule check before each commit and each push of this checkout.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
