/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/tree.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/git/worktree.h"

static const char prefix[] = "noctule-tree-";

static const char *base_folder(void) {
    const char *base = getenv("TMPDIR");
    return base && *base == '/' ? base : "/var/tmp";
}

/* What one that was killed left: its name tells whose it was. */
static void remove_if_left(const char *base, const char *name) {
    char *end;
    long pid = strtol(name + sizeof(prefix) - 1, &end, 10);
    struct buf path;
    struct stat st;
    if (*end != '-' || pid <= 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH)
        return;
    buf_init(&path, PATH_MAX);
    buf_printf(&path, "%s/%s", base, name);
    if (lstat(path.data, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid())
        (void)worktree_remove(path.data);
    buf_done(&path);
}

static void remove_leftovers(const char *base) {
    DIR *entries = opendir(base);
    for (struct dirent *e = entries ? readdir(entries) : NULL; e; e = readdir(entries))
        if (strncmp(e->d_name, prefix, sizeof(prefix) - 1) == 0)
            remove_if_left(base, e->d_name);
    if (entries)
        closedir(entries);
}

/* mkdtemp() closes it to others; a sandbox with a user of its own must pass through. */
int tree_make_home(char **out) {
    const char *base = base_folder();
    struct buf b;
    char real[PATH_MAX];
    remove_leftovers(base);
    buf_init(&b, PATH_MAX);
    buf_printf(&b, "%s/%s%d-XXXXXX", base, prefix, (int)getpid());
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
