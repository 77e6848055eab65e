/* SPDX-License-Identifier: Apache-2.0 */
/* Every commit builds, so that history can be bisected. */
#include "engine/base/err.h"
#include "orchestrator/policy/kind.h"

/* The first member is what policy_builds() hands out. */
struct params {
    const char ***commands;
};

static const struct param rows[] = {
    {"commands", PARAM_COMMANDS, offsetof(struct params, commands), NULL},
    PARAM_END_ROW,
};

static int accept(const void *params) {
    const struct params *p = params;
    return p->commands && p->commands[0]
               ? 0
               : err_set(ERR_ARG, "says which \"commands\" build a commit");
}

static void check(const void *params, const struct view *v, struct finder *f) {
    (void)params;
    if (v->build.command)
        finder_add(f, "build", 0, "\"%s\" failed: %s", v->build.command, v->build.tail);
}

const struct kind kind_builds = {
    .name = "builds",
    .summary = "Every commit of the range builds: argument lists, run in a tree of its own.",
    .mend = "each commit must build by itself: mend this one, not the one behind it",
    .needs = VIEW_BUILD,
    .params = rows,
    .size = sizeof(struct params),
    .accept = accept,
    .check = check,
};
