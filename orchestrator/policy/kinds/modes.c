/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are more than their text: executables, links, submodules. */
#include "orchestrator/policy/glob.h"
#include "orchestrator/policy/kind.h"

struct params {
    const char **executables, **links, **submodules;
    bool changes;
};

static const struct param rows[] = {
    {"executables", PARAM_GLOBS, offsetof(struct params, executables), "[\"**\"]"},
    {"links",       PARAM_GLOBS, offsetof(struct params, links),       NULL      },
    {"submodules",  PARAM_GLOBS, offsetof(struct params, submodules),  NULL      },
    {"changes",     PARAM_BOOL,  offsetof(struct params, changes),     "false"   },
    PARAM_END_ROW,
};

static const char *name_of(unsigned mode) {
    switch (mode) {
    case VIEW_PLAIN:
        return "a plain file";
    case VIEW_EXECUTABLE:
        return "an executable";
    case VIEW_LINK:
        return "a symbolic link";
    case VIEW_SUBMODULE:
        return "a submodule";
    default:
        return "a file of a strange mode";
    }
}

static bool is_allowed(const struct params *p, unsigned mode, const char *path) {
    switch (mode) {
    case VIEW_PLAIN:
        return true;
    case VIEW_EXECUTABLE:
        return glob_match_any(p->executables, path);
    case VIEW_LINK:
        return glob_match_any(p->links, path);
    case VIEW_SUBMODULE:
        return glob_match_any(p->submodules, path);
    default:
        return false;
    }
}

static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    for (size_t i = 0; i < v->change_count; i++) {
        const struct view_change *c = &v->changes[i];
        if (!c->mode)
            continue;
        if (!is_allowed(p, c->mode, finder_path(f, c->path)))
            finder_add(f, c->path, 0, "%s must not stand here", name_of(c->mode));
        else if (!p->changes && c->old_mode && c->old_mode != c->mode)
            finder_add(f, c->path, 0, "was %s and is now %s", name_of(c->old_mode),
                       name_of(c->mode));
    }
}

const struct kind kind_modes = {
    .name = "modes",
    .summary = "Globs of where executables, links and submodules may be; and that modes stay.",
    .mend = "`chmod -x`, or put the file itself in the place of the link or submodule",
    .needs = VIEW_CHANGES,
    .params = rows,
    .size = sizeof(struct params),
    .check = check,
};
