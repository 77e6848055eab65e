/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/twin.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/proc/closed.h"

enum { DEPTH_MAX = 64, NAMES_MAX = 1 << 20 };

/* A name in the open part of the folder of a file that has several. */
struct name {
    dev_t device;
    ino_t inode;
    uint64_t links; /* of the file, wherever they are */
    const char *path;
};

struct walk {
    const char *const *closed;
    struct buf path; /* below the folder, of what is looked at */
    struct arena arena;
    struct name *names;
    size_t len, cap;
};

static int add_name(struct walk *w, const struct stat *st) {
    if (w->len == NAMES_MAX)
        return err_set(ERR_LIMIT, "the sandbox's folder holds too many files with several names");
    if (w->len == w->cap) {
        w->cap = w->cap ? w->cap * 2 : 64;
        w->names = xrealloc(w->names, w->cap * sizeof(*w->names));
    }
    w->names[w->len++] = (struct name){.device = st->st_dev,
                                       .inode = st->st_ino,
                                       .links = (uint64_t)st->st_nlink,
                                       .path = arena_strdup(&w->arena, w->path.data)};
    return 0;
}

static int look_into(struct walk *w, int fd, int depth);

/* Who owns a folder may open it again later; what is another's stays shut. */
static int enter(struct walk *w, int folder, const char *name, const struct stat *st, int depth) {
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        return look_into(w, fd, depth + 1);
    return st->st_uid == geteuid() && errno != ENOENT
               ? err_errno(ERR_NOTNOW, "%s cannot be looked into before it is given away",
                           w->path.data)
               : 0;
}

static int look_at(struct walk *w, int folder, const char *name, int depth) {
    struct stat st;
    if (closed_has(w->closed, w->path.data) ||
        fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISLNK(st.st_mode))
        return 0;
    if (S_ISDIR(st.st_mode))
        return enter(w, folder, name, &st, depth);
    return st.st_nlink > 1 ? add_name(w, &st) : 0;
}

/* fd is closed. */
static int look_into(struct walk *w, int fd, int depth) {
    DIR *dir = fdopendir(fd);
    size_t before = w->path.len;
    int rc = 0;
    if (!dir)
        close(fd);
    if (depth > DEPTH_MAX)
        rc = err_set(ERR_LIMIT, "the sandbox's folder is deeper than %d", DEPTH_MAX);
    for (struct dirent *e; rc == 0 && dir && (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        buf_printf(&w->path, "%s%s", before ? "/" : "", e->d_name);
        rc = buf_ok(&w->path, "a path");
        if (rc == 0)
            rc = look_at(w, dirfd(dir), e->d_name, depth);
        w->path.data[w->path.len = before] = '\0';
    }
    if (dir)
        closedir(dir);
    return rc;
}

static int by_file(const void *a, const void *b) {
    const struct name *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static int judge(struct walk *w) {
    if (w->len)
        qsort(w->names, w->len, sizeof(*w->names), by_file);
    for (size_t from = 0, to; from < w->len; from = to) {
        for (to = from + 1; to < w->len && by_file(&w->names[from], &w->names[to]) == 0;)
            to++;
        if (to - from < w->names[from].links)
            return err_set(ERR_NOTNOW,
                           "%s has another name (a hard link) where it may not be written; put a "
                           "copy in its place, or close it too",
                           w->names[from].path);
    }
    return 0;
}

int twin_refuse(const char *tree, const char *const *closed) {
    struct walk w = {.closed = closed};
    int fd = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(ERR_IO, "cannot look into %s", tree);
    buf_init(&w.path, PATH_MAX);
    arena_init(&w.arena, 0);
    int rc = look_into(&w, fd, 0);
    if (rc == 0)
        rc = judge(&w);
    arena_done(&w.arena);
    buf_done(&w.path);
    free(w.names);
    return rc;
}
