/* SPDX-License-Identifier: Apache-2.0 */
/* What a bisection found is taken back, in memory: the fixer that is always there. */
#include "engine/base/err.h"
#include "orchestrator/agent/driver.h"
#include "orchestrator/git/commits.h"

static int propose(struct attempt *a) {
    char reverted[REPO_HEX_SIZE];
    a->may_delete = true; /* what the culprit added goes */
    struct changes_rules rules = attempt_rules(a);
    int rc = commits_revert(a->commits, a->spec->culprit, a->spec->commit, reverted);
    if (rc == 0)
        rc = changes_limit(a->commits, a->base, reverted, &rules, a->proposed, &a->left_out);
    return rc < 0 ? err_while(rc, "reverting %.12s", a->spec->culprit) : 0;
}

const struct driver driver_revert = {
    .name = "bisect-and-revert",
    .summary = "Takes back the commit that a bisection found, as far as the role may; no model.",
    .needs_culprit = true,
    .propose = propose,
};
