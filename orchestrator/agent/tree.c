/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/tree.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/git/worktree.h"

/* mkdtemp() closes it to others; a sandbox with a user of its own must pass through. */
int tree_make_home(char **out) {
    const char *base = getenv("TMPDIR");
    struct buf b;
    char real[PATH_MAX];
    buf_init(&b, PATH_MAX);
    buf_printf(&b, "%s/noctule-tree-", base && *base == '/' ? base : "/var/tmp");
    for (int i = 0; i < 6; i++)
        buf_putc(&b, 'X');
    int rc = buf_ok(&b, "a path");
    if (rc == 0 && (!mkdtemp(b.data) || chmod(b.data, 0711) != 0 || !realpath(b.data, real)))
        rc = err_errno(ERR_IO, "cannot make a folder like %s", b.data);
    if (rc == 0)
        *out = xstrdup(real);
    buf_done(&b);
    return rc;
}

int tree_make(struct tree *out, const struct commits *c, const char *base) {
    struct tree t = {0};
    struct buf folder;
    int rc = tree_make_home(&t.home);
    if (rc < 0)
        return rc;
    buf_init(&folder, PATH_MAX);
    buf_printf(&folder, "%s/work", t.home);
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
    if (t->home)
        (void)worktree_remove(t->home);
    free(t->home);
    free(t->folder);
    memset(t, 0, sizeof(*t));
}
