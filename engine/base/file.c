/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/bulk.h"
#include "engine/base/err.h"

enum { PATH_BYTES_MAX = 64 << 10, CHUNK = 64 << 10 };

/* The descriptor, or a negative code. Opens for reading; refuses folders, whose read() error would
 * come later and say less. Without O_NONBLOCK a pipe that nobody writes to would never open; with
 * it, such a pipe is empty, and one that has a writer is waited for. */
static int open_source(const char *path, struct stat *st) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_errno(errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "cannot open %s", path);
    int rc = 0;
    if (fstat(fd, st) != 0 || fcntl(fd, F_SETFL, 0) != 0)
        rc = err_errno(ERR_IO, "cannot look at %s", path);
    else if (S_ISDIR(st->st_mode))
        rc = err_set(ERR_IO, "%s is a folder", path);
    if (rc == 0)
        return fd;
    close(fd);
    return rc;
}

static int64_t nanoseconds(struct timespec t) {
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct file_id id_of(const struct stat *st) {
    return (struct file_id){
        .device = st->st_dev,
        .inode = st->st_ino,
        .size = (uint64_t)st->st_size,
        .modified_ns = nanoseconds(st->st_mtim),
        .changed_ns = nanoseconds(st->st_ctim),
        .owner = st->st_uid,
        .mode = st->st_mode & 07777,
    };
}

int file_identify(struct file_id *out, const char *path) {
    struct stat st;
    if (stat(path, &st) != 0)
        return err_errno(errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "cannot look at %s", path);
    *out = id_of(&st);
    return 0;
}

int file_map(struct file *out, const char *path) {
    struct stat st = {0};
    *out = (struct file){0};
    int fd = open_source(path, &st), rc = 0;
    if (fd < 0)
        return fd;
    struct file f = {.size = (size_t)st.st_size, .id = id_of(&st)};
    if (!S_ISREG(st.st_mode))
        rc = err_set(ERR_IO, "%s is not a regular file", path);
    else if (f.size) {
        void *data = mmap(NULL, f.size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
            rc = err_errno(ERR_IO, "cannot map %s", path);
        else
            f.data = data;
        if (f.data) /* a wish: what is read now is cached in large pages, where files can be */
            (void)madvise(data, f.size, MADV_HUGEPAGE);
    }
    close(fd); /* the mapping keeps the file */
    if (rc == 0)
        *out = f;
    return rc;
}

static ssize_t read_some(int fd, void *data, size_t size) {
    ssize_t n;
    do
        n = read(fd, data, size);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Room for cap bytes and the padding. */
static int grow(struct file *f, size_t cap, const char *name) {
    size_t room = cap + FILE_PADDING;
    uint8_t *data = room < cap ? NULL : bulk_grow(f->data, f->room, room);
    if (!data)
        return err_set(ERR_NOMEM, "no memory for the %zu bytes of %s", cap, name);
    f->data = data;
    f->room = room;
    return 0;
}

static int read_to_end(int fd, struct file *f, size_t hint, size_t max, const char *path) {
    size_t cap = 0;
    for (;;) {
        if (f->size == cap) { /* hint is exact for regular files: one more byte finds the end */
            cap = cap ? cap * 2 : hint + 1;
            if (cap > max + 1)
                cap = max + 1;
            int rc = grow(f, cap, path);
            if (rc < 0)
                return rc;
        }
        ssize_t n = read_some(fd, f->data + f->size, cap - f->size);
        if (n < 0)
            return err_errno(ERR_IO, "cannot read %s", path);
        if (n == 0)
            return 0;
        f->size += (size_t)n;
        if (f->size > max)
            return err_set(ERR_LIMIT, "%s is longer than %zu bytes", path, max);
    }
}

int file_read(struct file *out, const char *path, size_t max) {
    struct stat st = {0};
    *out = (struct file){0};
    int fd = open_source(path, &st), rc = 0;
    if (fd < 0)
        return fd;
    if (max > PTRDIFF_MAX / 2)
        max = PTRDIFF_MAX / 2;
    if (!S_ISREG(st.st_mode) && max > FILE_STREAM_MAX)
        max = FILE_STREAM_MAX;
    struct file f = {0};
    size_t hint = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : CHUNK;
    if (S_ISREG(st.st_mode) && (size_t)st.st_size > max)
        rc = err_set(ERR_LIMIT, "%s has %zu bytes; at most %zu are read", path, (size_t)st.st_size,
                     max);
    else
        rc = read_to_end(fd, &f, hint, max, path);
    close(fd);
    if (rc < 0)
        file_done(&f);
    else
        *out = f;
    return rc;
}

int file_copy(struct file *out, const void *data, size_t size, const char *name) {
    struct file f = {0};
    *out = f;
    int rc = grow(&f, size, name);
    if (rc < 0)
        return rc;
    if (size)
        memcpy(f.data, data, size);
    f.size = size;
    *out = f;
    return 0;
}

void file_done(struct file *f) {
    if (f->room)
        bulk_free(f->data, f->room);
    else if (f->data)
        munmap(f->data, f->size);
    *f = (struct file){0};
}

void file_forget(const struct file *f, const void *data, size_t size) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)data;
    uintptr_t begin = (uintptr_t)f->data, end = begin + f->size;
    if (f->room || from < begin || from > end || size > end - from)
        return;
    /* With their neighbours on the same pages, which come back when they are wanted: a touched byte
     * may have brought a large page of what had left. */
    uintptr_t first = from / page * page, last = (from + size + page - 1) / page * page;
    if (size > 0)
        (void)madvise(f->data + (first - begin), last - first, MADV_DONTNEED);
}

static int write_all(int fd, const uint8_t *data, size_t size) {
    while (size) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

/* Puts the bytes on disk under a name of their own. On failure nothing is left behind. */
static int write_temporary(const char *temporary, const char *path, const void *data, size_t size) {
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return err_errno(ERR_IO, "cannot create %s", temporary);
    struct stat old;
    int failed = stat(path, &old) == 0 && fchmod(fd, old.st_mode & 07777) != 0;
    failed = failed || write_all(fd, data, size) != 0 || fsync(fd) != 0;
    int rc = failed ? err_errno(ERR_IO, "cannot write %s", temporary) : 0;
    if (close(fd) != 0 && rc == 0)
        rc = err_errno(ERR_IO, "cannot write %s", temporary);
    if (rc < 0)
        unlink(temporary);
    return rc;
}

/* A rename is only safe from a power cut once the folder that holds the name is on disk. */
static int sync_folder_of(const char *path) {
    const char *base = file_base_name(path);
    char *folder = base == path ? xstrdup(".") : xstrndup(path, (size_t)(base - path));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = 0;
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL)) /* EINVAL: no such thing here */
        rc = err_errno(ERR_IO, "cannot sync the folder %s", folder);
    if (fd >= 0)
        close(fd);
    free(folder);
    return rc;
}

int file_replace(const char *path, const void *data, size_t size) {
    static _Atomic unsigned counter;
    struct buf temporary;
    buf_init(&temporary, PATH_BYTES_MAX);
    buf_printf(&temporary, "%s.%ld-%u.tmp", path, (long)getpid(), counter++);
    int rc = buf_ok(&temporary, "the path");
    if (rc == 0)
        rc = write_temporary(temporary.data, path, data, size);
    if (rc == 0 && rename(temporary.data, path) != 0) {
        rc = err_errno(ERR_IO, "cannot replace %s", path);
        unlink(temporary.data);
    }
    if (rc == 0)
        rc = sync_folder_of(path);
    buf_done(&temporary);
    return rc;
}

int file_make_dirs(const char *path) {
    char *part = xstrdup(path);
    int rc = 0;
    for (size_t i = 1; rc == 0 && *path; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && !(errno == EEXIST && file_is_dir(part)))
            rc = err_errno(ERR_IO, "cannot make the folder %s", part);
        part[i] = path[i];
        if (path[i] == '\0')
            break;
    }
    free(part);
    return rc;
}

bool file_exists(const char *path) {
    return access(path, F_OK) == 0;
}

bool file_begins(const char *path, const void *bytes, size_t size) {
    uint8_t head[64];
    struct stat st = {0};
    CHECK(size <= sizeof(head));
    int fd = open_source(path, &st);
    if (fd < 0)
        return false;
    bool begins = S_ISREG(st.st_mode) && read_some(fd, head, size) == (ssize_t)size &&
                  memcmp(head, bytes, size) == 0;
    close(fd);
    return begins;
}

bool file_is_dir(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

const char *file_join(struct buf *b, const char *dir, const char *name) {
    buf_reset(b);
    if (*dir && *name != '/') {
        buf_puts(b, dir);
        if (dir[strlen(dir) - 1] != '/')
            buf_putc(b, '/');
    }
    buf_puts(b, name);
    return b->data;
}

char *file_below(const char *path) {
    char *out = xcalloc(1, strlen(path) + 1);
    size_t len = 0;
    bool out_of_it = *path == '/';
    for (const char *p = path; *p && !out_of_it; p += strspn(p, "/")) {
        size_t size = strcspn(p, "/");
        bool up = size == 2 && memcmp(p, "..", 2) == 0;
        out_of_it = up && len == 0;
        while (up && len > 0 && out[--len] != '/') {
        }
        if (!up && (size != 1 || *p != '.')) {
            if (len)
                out[len++] = '/';
            memcpy(out + len, p, size);
            len += size;
        }
        p += size;
    }
    out[len] = '\0';
    if (!out_of_it)
        return out;
    free(out);
    return NULL;
}

const char *file_base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool file_is_plain_name(const char *name, size_t len) {
    if (len == 0 || (len == 1 && name[0] == '.') || (len == 2 && memcmp(name, "..", 2) == 0))
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c < 0x20 || c == 0x7F || c == '/' || c == '\\')
            return false;
    }
    return true;
}
