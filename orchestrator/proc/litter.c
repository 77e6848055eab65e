/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/litter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/folder.h"

enum { TRIES = 16, NAMELESS_S = 24 * 3600 };

static const char *base_folder(void) {
    const char *base = getenv("TMPDIR");
    return base && *base == '/' ? base : "/var/tmp";
}

/* rest: of the name, behind "PREFIX-". One that says no number was made by a program that holds no
 * lock, and has had its time after a day. Of the others the lock tells. */
static bool may_be_left(const char *rest, const struct stat *st) {
    char *end;
    (void)strtol(rest, &end, 10);
    if (end == rest || *end != '-')
        return !strchr(rest, '-') && time(NULL) - st->st_mtime > NAMELESS_S;
    return true;
}

/* The lock, and that the folder is still the one of that name. */
static int hold(const char *path) {
    struct stat here, there;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &here) == 0 && lstat(path, &there) == 0 &&
        here.st_ino == there.st_ino && here.st_dev == there.st_dev)
        return fd;
    close(fd);
    return -1;
}

static void remove_if_left(const char *base, const char *name, const char *rest) {
    struct buf path;
    struct stat st;
    int fd = -1;
    buf_init(&path, PATH_MAX);
    buf_printf(&path, "%s/%s", base, name);
    if (!path.over && lstat(path.data, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
        may_be_left(rest, &st))
        fd = hold(path.data);
    if (fd >= 0) {
        (void)folder_remove(path.data);
        close(fd);
    }
    buf_done(&path);
}

static void remove_left(const char *base, const char *prefix) {
    size_t len = strlen(prefix);
    DIR *entries = opendir(base);
    for (const struct dirent *e; entries && (e = readdir(entries));)
        if (strncmp(e->d_name, prefix, len) == 0 && e->d_name[len] == '-')
            remove_if_left(base, e->d_name, e->d_name + len + 1);
    if (entries)
        closedir(entries);
}

/* Whoever cleans up may have come between; then another one is made. */
static int make(struct litter *out, const char *base, const char *prefix, unsigned mode) {
    char real[PATH_MAX];
    for (int i = 0; i < TRIES; i++) {
        struct buf b;
        buf_init(&b, PATH_MAX);
        buf_printf(&b, "%s/%s-%d-XXXXXX", base, prefix, (int)getpid());
        int rc = buf_ok(&b, "a path"), fd = -1;
        if (rc == 0 && !mkdtemp(b.data))
            rc = err_errno(ERR_IO, "cannot make a folder like %s", b.data);
        if (rc == 0)
            fd = hold(b.data);
        if (fd >= 0 && (fchmod(fd, (mode_t)mode) != 0 || !realpath(b.data, real))) {
            rc = err_errno(ERR_IO, "cannot use %s", b.data);
            close(fd);
        }
        buf_done(&b);
        if (rc == 0 && fd < 0)
            continue;
        if (rc == 0)
            *out = (struct litter){xstrdup(real), fd};
        return rc;
    }
    return err_set(ERR_IO, "somebody takes away what is made in %s", base);
}

int litter_make(struct litter *out, const char *prefix, unsigned mode) {
    const char *base = base_folder();
    remove_left(base, prefix);
    return make(out, base, prefix, mode);
}

void litter_remove(struct litter *l) {
    if (!l->home)
        return;
    (void)folder_remove(l->home);
    close(l->held);
    free(l->home);
    *l = (struct litter){.home = NULL};
}
