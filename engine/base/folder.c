/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"

enum { DEPTH_MAX = 48, NAME_BYTES = 64, NAMES_MAX = 1 << 24 };

struct removal {
    int top;      /* where what is too deep comes to */
    int names;    /* given out there */
    int error;    /* the first that stayed */
    bool removed; /* something in this turn */
};

static void empty(struct removal *r, int fd, int depth);

static void note(struct removal *r) {
    if (!r->error)
        r->error = errno;
}

/* To be read and written by its owner, whatever it was. Not a link, or what came in its place. */
static int open_folder(int dir, const char *name) {
    char path[NAME_BYTES];
    int at = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (at < 0)
        return -1;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", at);
    (void)chmod(path, 0700);
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int error = errno;
    close(at);
    errno = error;
    return fd;
}

/* Under a name that nothing has there. */
static bool bring_up(struct removal *r, int dir, const char *name) {
    char here[NAME_BYTES];
    do
        (void)snprintf(here, sizeof(here), "%d", r->names++);
    while (renameat2(dir, name, r->top, here, RENAME_NOREPLACE) != 0 && errno == EEXIST &&
           r->names < NAMES_MAX);
    return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
}

static void remove_entry(struct removal *r, int dir, const char *name, int depth) {
    if (unlinkat(dir, name, 0) == 0) {
        r->removed = true;
        return;
    }
    int fd = open_folder(dir, name);
    if (fd < 0) {
        note(r);
        return;
    }
    if (depth == DEPTH_MAX) {
        r->removed = bring_up(r, dir, name) || r->removed;
        close(fd);
        return;
    }
    empty(r, fd, depth + 1);
    if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
        r->removed = true;
}

/* fd is closed. */
static void empty(struct removal *r, int fd, int depth) {
    DIR *dir = fdopendir(fd);
    if (!dir) {
        note(r);
        close(fd);
        return;
    }
    for (const struct dirent *e; (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            remove_entry(r, dirfd(dir), e->d_name, depth);
    (void)closedir(dir);
}

/* Again and again while that helps: what is brought up comes in the next turn. */
static int empty_top(const char *path, int top) {
    struct removal r = {.top = top, .removed = true};
    while (r.removed && unlinkat(AT_FDCWD, path, AT_REMOVEDIR) != 0) {
        int fd = open_folder(top, ".");
        r.removed = false;
        r.error = 0;
        if (fd < 0)
            note(&r);
        else
            empty(&r, fd, 0);
    }
    struct stat st;
    if (lstat(path, &st) != 0)
        return 0;
    errno = r.error ? r.error : ENOTEMPTY;
    return err_errno(ERR_IO, "cannot remove %s", path);
}

int folder_remove(const char *path) {
    if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR || rmdir(path) == 0)
        return 0;
    int top = open_folder(AT_FDCWD, path);
    if (top < 0)
        return err_errno(ERR_IO, "cannot remove %s", path);
    int rc = empty_top(path, top);
    close(top);
    return rc;
}
