/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/runner/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/folder.h"

enum { TRIES = 16, TEMPLATE_MAX = SCRATCH_PATH_MAX - 300 };

static const char prefix[] = "noctule-worker-";

/* The descriptor that holds the lock of a folder of ours, or -1: somebody else has it, or it is
 * none. */
static int lock(const char *path) {
    struct stat st, now;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    /* Between making it and locking it, it may have been taken for a dead one's. */
    bool ours = flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 &&
                st.st_uid == geteuid() && lstat(path, &now) == 0 && st.st_ino == now.st_ino;
    if (ours)
        return fd;
    close(fd);
    return -1;
}

static void remove_dead(const char *tmp) {
    char path[SCRATCH_PATH_MAX];
    DIR *dir = opendir(tmp);
    for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        if (strncmp(e->d_name, prefix, strlen(prefix)) != 0)
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", tmp, e->d_name);
        int fd = lock(path);
        if (fd < 0)
            continue;
        (void)folder_remove(path); /* what cannot be removed is no reason not to run */
        close(fd);
    }
    if (dir)
        (void)closedir(dir);
}

int scratch_open(struct scratch *s) {
    const char *tmp = getenv("TMPDIR");
    if (!tmp || *tmp != '/' || strlen(tmp) > TEMPLATE_MAX)
        tmp = "/tmp";
    remove_dead(tmp);
    for (int i = 0; i < TRIES; i++) {
        (void)snprintf(s->path, sizeof(s->path),
                       "%s/%sXX"
                       "XXXX",
                       tmp, prefix);
        if (!mkdtemp(s->path))
            return err_errno(ERR_IO, "cannot make a folder in %s", tmp);
        s->lock = lock(s->path);
        if (s->lock >= 0)
            return 0;
    }
    return err_set(ERR_IO, "folders in %s are taken away as soon as they are made", tmp);
}

void scratch_close(struct scratch *s) {
    (void)folder_remove(s->path);
    close(s->lock);
}
