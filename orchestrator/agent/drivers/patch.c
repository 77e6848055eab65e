/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "orchestrator/agent/driver.h"

static int propose(struct attempt *a) {
    return changes_apply(a->commits, a->base, a->spec->patch, strlen(a->spec->patch), a->proposed);
}

const struct driver driver_patch = {
    .name = "patch",
    .summary = "Applies a patch that is given; no model.",
    .needs_patch = true,
    .propose = propose,
};
