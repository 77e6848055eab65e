/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/tree.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/git/worktree.h"

enum { PASSABLE = 0711 }; /* a sandbox with a user of its own must pass through */

int tree_make(struct tree *out, const struct commits *c, const char *base) {
    struct tree t = {0};
    struct buf folder;
    int rc = litter_make(&t.place, "noctule-tree", PASSABLE);
    if (rc < 0)
        return rc;
    buf_init(&folder, PATH_MAX);
    buf_printf(&folder, "%s/work", t.place.home);
    t.folder = buf_detach(&folder);
    (void)snprintf(t.base, sizeof(t.base), "%s", base);
    rc = worktree_fill(c, t.folder, base);
    if (rc < 0)
        tree_remove(&t);
    else
        *out = t;
    return rc;
}

void tree_remove(struct tree *t) {
    litter_remove(&t->place);
    free(t->folder);
    memset(t, 0, sizeof(*t));
}
