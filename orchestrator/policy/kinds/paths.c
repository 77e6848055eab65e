/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a commit may touch. */
#include "engine/base/err.h"
#include "orchestrator/policy/glob.h"
#include "orchestrator/policy/kind.h"

struct params {
    const char **allowed, **read_only;
};

static const struct param rows[] = {
    {"allowed",   PARAM_GLOBS, offsetof(struct params, allowed),   NULL},
    {"read_only", PARAM_GLOBS, offsetof(struct params, read_only), NULL},
    PARAM_END_ROW,
};

static int accept(const void *params) {
    const struct params *p = params;
    return p->allowed || p->read_only
               ? 0
               : err_set(ERR_ARG, "says which paths are \"allowed\" or \"read_only\"");
}

/* A renamed file is one that is gone and one that is new, so both its names are held to this. A new
 * name that a file system or a reader takes for another would be neither. */
static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    for (size_t i = 0; i < v->change_count; i++) {
        const char *path = v->changes[i].path, *name = finder_path(f, path);
        if (glob_closes(p->read_only, name))
            finder_add(f, path, 0, "is not to be changed");
        else if (p->allowed && !glob_match_any(p->allowed, name))
            finder_add(f, path, 0, "is outside of what may be changed");
        else if (!v->changes[i].old_mode && v->changes[i].misnamed)
            finder_add(f, path, 0, "%s", v->changes[i].misnamed);
    }
}

const struct kind kind_paths = {
    .name = "paths",
    .summary = "Globs of the paths that may be changed, and of those that may not.",
    .mend = "take the file out of the commit",
    .needs = VIEW_CHANGES,
    .params = rows,
    .size = sizeof(struct params),
    .accept = accept,
    .check = check,
};
