/* SPDX-License-Identifier: Apache-2.0 */
/* What must, or must not, stand in files of some paths. */
#include "engine/base/err.h"
#include "orchestrator/parse/pattern.h"
#include "orchestrator/policy/glob.h"
#include "orchestrator/policy/kind.h"

struct params {
    const char **paths, **except;
    struct pattern *forbid, *require;
};

static const struct param rows[] = {
    {"paths",   PARAM_GLOBS,   offsetof(struct params, paths),   NULL},
    {"except",  PARAM_GLOBS,   offsetof(struct params, except),  NULL},
    {"forbid",  PARAM_PATTERN, offsetof(struct params, forbid),  NULL},
    {"require", PARAM_PATTERN, offsetof(struct params, require), NULL},
    PARAM_END_ROW,
};

static int accept(const void *params) {
    const struct params *p = params;
    if (!p->paths)
        return err_set(ERR_ARG, "says of which \"paths\" it speaks");
    return p->forbid || p->require
               ? 0
               : err_set(ERR_ARG, "says what it wants to \"forbid\" or \"require\"");
}

/* Only lines that the commit adds: what stood there before is not its doing. */
static void check_added(const struct params *p, const struct view_change *c, struct finder *f) {
    for (size_t i = 0; i < c->line_count; i++) {
        const struct view_line *l = &c->lines[i];
        const char *what = finder_search(f, p->forbid, l->text, l->len, c->path, l->number);
        if (what)
            finder_add(f, c->path, l->number, "\"%s\" must not stand here", what);
    }
}

static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    for (size_t i = 0; i < v->change_count; i++) {
        const struct view_change *c = &v->changes[i];
        const char *name = finder_path(f, c->path);
        if (!c->mode || !glob_closes(p->paths, name) || glob_match_any(p->except, name))
            continue;
        if (!c->text) {
            finder_add(f, c->path, 0, "cannot be read as text, so nobody knows what is in it");
            continue;
        }
        if (p->forbid)
            check_added(p, c, f);
        if (p->require && !finder_match(f, p->require, c->text, c->len, c->path, 0))
            finder_add(f, c->path, 0, "lacks what files of this path must have");
    }
}

const struct kind kind_content = {
    .name = "content",
    .summary = "Per path: a PCRE2 that no added line may match, or that each file must match.",
    .mend = "change the line, or move it to where it belongs",
    .needs = VIEW_CHANGES,
    .params = rows,
    .size = sizeof(struct params),
    .accept = accept,
    .check = check,
};
