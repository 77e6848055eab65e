/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a range stands on the newest commit of its upstream. */
#include "orchestrator/policy/kind.h"

struct params {
    int64_t behind;
};

static const struct param rows[] = {
    {"behind", PARAM_INT, offsetof(struct params, behind), "0"},
    PARAM_END_ROW,
};

static void check_range(const void *params, const struct view_range *r, struct finder *f) {
    const struct params *p = params;
    if (!*r->upstream)
        finder_add(f, "range", 0, "no upstream is known, so nobody knows how old the base is");
    else if (r->behind > (size_t)p->behind)
        finder_add(f, "range", 0, "%s has %zu commits that are not below it", r->upstream,
                   r->behind);
}

const struct kind kind_base = {
    .name = "base",
    .summary = "The range is based on the newest upstream, or at most so many commits behind.",
    .mend = "`noctule git fetch`, then `noctule git rebase`; --upstream names the branch",
    .needs = VIEW_HISTORY,
    .params = rows,
    .size = sizeof(struct params),
    .check_range = check_range,
};
