/* SPDX-License-Identifier: Apache-2.0 */
/* How many commits a pull request may have. */
#include "orchestrator/policy/kind.h"

struct params {
    int64_t max;
    bool merges;
};

static const struct param rows[] = {
    {"max",           PARAM_INT,  offsetof(struct params, max),    "1"    },
    {"merge_commits", PARAM_BOOL, offsetof(struct params, merges), "false"},
    PARAM_END_ROW,
};

static void check_range(const void *params, const struct view_range *r, struct finder *f) {
    const struct params *p = params;
    size_t merges = 0;
    for (size_t i = 0; i < r->len; i++)
        merges += r->commits[i].merge;
    if (r->len > (size_t)p->max)
        finder_add(f, "range", 0, "%zu commits, over %lld", r->len, (long long)p->max);
    if (merges && !p->merges)
        finder_add(f, "range", 0, "%zu of %zu commits %s a merge", merges, r->len,
                   merges == 1 ? "is" : "are");
}

const struct kind kind_one_commit = {
    .name = "one-commit",
    .summary = "At most so many commits in a range (1), and no merges among them.",
    .mend = "`noctule git squash` makes one commit of them",
    .needs = VIEW_HISTORY,
    .params = rows,
    .size = sizeof(struct params),
    .check_range = check_range,
};
