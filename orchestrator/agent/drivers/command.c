/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "engine/base/err.h"
#include "orchestrator/agent/driver.h"
#include "orchestrator/agent/tree.h"

/* Its exit status does not matter: the tree does. */
static int propose(struct attempt *a) {
    const struct attempt_spec *s = a->spec;
    struct tree tree;
    int rc = tree_make(&tree, a->commits, a->base);
    if (rc < 0)
        return rc;
    struct sandbox_spec spec = {.argv = s->command,
                                .tree = tree.folder,
                                .read_only = (const char *const *)s->role->read_only,
                                .readable = s->readable,
                                .least = s->least,
                                .only = s->only,
                                .limits = attempt_limits(a)};
    /* What it says is chat, whichever way it says it. */
    struct sandbox_sink chat = {STDERR_FILENO, NULL};
    rc = sandbox_run(&spec, &chat, &chat, s->stop, &a->sandbox);
    if (rc == 0 && !a->sandbox.cut[0])
        rc = attempt_gather(a, tree.folder);
    tree_remove(&tree);
    return rc;
}

const struct driver driver_command = {
    .name = "command",
    .summary = "Runs a command in the sandbox and takes what it leaves behind.",
    .needs_operands = true,
    .propose = propose,
};
