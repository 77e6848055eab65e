/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a program writes: changed only together with what they are made from. */
#include "engine/base/err.h"
#include "orchestrator/parse/pattern.h"
#include "orchestrator/policy/glob.h"
#include "orchestrator/policy/kind.h"

/* Where a generator says so, by the habit of Go, Bazel, Phabricator and many others. */
enum { HEAD_BYTES = 2048 };

struct params {
    const char **paths, **from;
    struct pattern *marker;
};

static const struct param rows[] = {
    {"paths",  PARAM_GLOBS,   offsetof(struct params, paths),  NULL                          },
    {"from",   PARAM_GLOBS,   offsetof(struct params, from),   NULL                          },
    {"marker", PARAM_PATTERN, offsetof(struct params, marker),
     "\"@generated\\\\b|(?i)code generated .*do not edit|generated (by|from) .*do not edit\""},
    PARAM_END_ROW,
};

static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    bool made = false;
    for (size_t i = 0; i < v->change_count; i++)
        made |= glob_match_any(p->from, finder_path(f, v->changes[i].path));
    for (size_t i = 0; i < v->change_count && !made; i++) {
        const struct view_change *c = &v->changes[i];
        size_t head = c->len < HEAD_BYTES ? c->len : HEAD_BYTES;
        if (glob_closes(p->paths, finder_path(f, c->path)))
            finder_add(f, c->path, 0, "is generated, and what it is made from did not change");
        else if (c->text && finder_match(f, p->marker, c->text, head, c->path, 0))
            finder_add(f, c->path, 0,
                       "says that it is generated, and what makes it did not change");
    }
}

const struct kind kind_generated = {
    .name = "generated",
    .summary =
        "Generated files, by path or by a marker in their first 2 KiB, change only with \"from\".",
    .mend = "change what it is made from, and make it anew in the same commit",
    .needs = VIEW_CHANGES,
    .params = rows,
    .size = sizeof(struct params),
    .check = check,
};
