/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "orchestrator/proc/loop.h"

enum { ASK_AGAIN_MS = 200, PATH_BYTES_MAX = 64 << 10 };

struct lock {
    int fd;
};

static int open_lock(const char *logs, int flags) {
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    int fd = open(file_join(&path, logs, ".lock"), flags | O_CLOEXEC, 0666);
    buf_done(&path);
    return fd;
}

/* Open-file-description locks: they can be asked for without being taken, and other descriptors
 * of this process do not lose them. */
static bool is_free(int fd) {
    struct flock want = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_GETLK, &want) == 0 && want.l_type == F_UNLCK;
}

static void read_holder(int fd, char out[LOCK_HOLDER_SIZE]) {
    ssize_t n = pread(fd, out, LOCK_HOLDER_SIZE - 1, 0);
    out[n > 0 ? n : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    if (!out[0])
        snprintf(out, LOCK_HOLDER_SIZE, "another noctule");
}

void lock_holder(const char *logs, char out[LOCK_HOLDER_SIZE]) {
    int fd = open_lock(logs, O_RDWR);
    out[0] = '\0';
    if (fd < 0)
        return;
    if (!is_free(fd))
        read_holder(fd, out);
    close(fd);
}

static void write_holder(int fd) {
    char now[CLOCK_ISO_SIZE], text[LOCK_HOLDER_SIZE];
    int n = snprintf(text, sizeof(text), "noctule, pid %ld, since %s\n", (long)getpid(),
                     clock_iso(clock_wall_ms(), now));
    /* Only for people; on a full disk the lock holds all the same. */
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
        log_debug("the lock does not say who holds it");
}

static int try_lock(int fd) {
    struct flock want = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &want) == 0)
        return 0;
    if (errno == EAGAIN || errno == EACCES)
        return ERR_BUSY;
    return err_errno(ERR_IO, "cannot lock the logs");
}

static int wait_for(int fd, struct loop *loop, bool wait, const volatile bool *stop) {
    char holder[LOCK_HOLDER_SIZE];
    bool told = false;
    for (;;) {
        int rc = try_lock(fd);
        if (rc != ERR_BUSY)
            return rc;
        read_holder(fd, holder);
        if (!wait)
            return err_set(ERR_BUSY, "another is at work in this checkout: %s", holder);
        if (!told)
            log_info("waiting for another that is at work: %s", holder);
        told = true;
        rc = loop_turn(loop, ASK_AGAIN_MS);
        if (rc < 0)
            return rc;
        if (*stop)
            return err_set(ERR_STOPPED, "stopped while waiting for %s", holder);
    }
}

int lock_take(struct lock **out, const char *logs, struct loop *loop, bool wait,
              const volatile bool *stop) {
    int rc = file_make_dirs(logs);
    if (rc < 0)
        return rc;
    int fd = open_lock(logs, O_RDWR | O_CREAT);
    if (fd < 0)
        return err_errno(ERR_IO, "cannot open %s/.lock", logs);
    rc = wait_for(fd, loop, wait, stop);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    write_holder(fd);
    *out = xcalloc(1, sizeof(**out));
    (*out)->fd = fd;
    return 0;
}

void lock_release(struct lock *l) {
    if (!l)
        return;
    close(l->fd);
    free(l);
}
