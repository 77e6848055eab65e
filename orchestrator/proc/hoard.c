/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/hoard.h"

#include <dirent.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>

#include "engine/base/err.h"
#include "orchestrator/proc/census.h"

enum { PATH_BYTES = 96, NAME_BYTES = 384, BLOCK = 512, ITEMS_MAX = 1 << 20 };

/* One file, however many have it open. */
struct item {
    uint64_t inode;
    int64_t bytes;
};
struct items {
    struct item *all; /* [len] */
    size_t len, cap;
    bool blind; /* somebody could not be looked at */
};

static int64_t free_bytes(const char *folder) {
    struct statvfs disk;
    return statvfs(folder, &disk) == 0 ? (int64_t)(disk.f_bavail * disk.f_frsize) : -1;
}

static int64_t shared_kib(void) {
    struct sysinfo now;
    return sysinfo(&now) == 0 ? (int64_t)(now.sharedram * now.mem_unit >> 10) : 0;
}

void hoard_begin(struct hoard *h, const char *folder) {
    *h = (struct hoard){folder, -1, free_bytes(folder), shared_kib()};
}

static void add(struct items *s, uint64_t inode, int64_t bytes) {
    if (s->len == ITEMS_MAX)
        return;
    if (s->len == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 64;
        s->all = xrealloc(s->all, s->cap * sizeof(*s->all));
    }
    s->all[s->len++] = (struct item){inode, bytes};
}

static int by_inode(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return (x->bytes < y->bytes) - (x->bytes > y->bytes); /* the largest first */
}

/* Each file once. Frees them. */
static int64_t sum(struct items *s) {
    int64_t bytes = 0;
    if (s->len)
        qsort(s->all, s->len, sizeof(*s->all), by_inode);
    for (size_t i = 0; i < s->len; i++)
        if (i == 0 || s->all[i].inode != s->all[i - 1].inode)
            bytes += s->all[i].bytes;
    free(s->all);
    return bytes;
}

/* ---- files without a name ---- */

/* Files of one disk may say that they are of several (overlayfs), so those that are not are told
 * apart by what they lie in. */
static bool is_memory(const char *folder, const char *name) {
    char path[NAME_BYTES];
    struct statfs fs;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return statfs(path, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

static void add_open(struct items *s, pid_t pid, dev_t disk) {
    char path[PATH_BYTES];
    struct stat st;
    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    s->blind = s->blind || (!dir && stat(path, &st) == 0);
    for (const struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.' && fstatat(dirfd(dir), e->d_name, &st, 0) == 0 &&
            S_ISREG(st.st_mode) && st.st_nlink == 0 &&
            (st.st_dev == disk || !is_memory(path, e->d_name)))
            add(s, st.st_ino, (int64_t)st.st_blocks * BLOCK);
    if (dir)
        (void)closedir(dir);
}

/* A process may have closed what it has mapped, and one may be on the way to another through a
 * socket: then all that is gone from the disk counts. */
static bool hides_files(pid_t pid) {
    char path[PATH_BYTES], line[NAME_BYTES * 16];
    bool found = false;
    (void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
    FILE *f = fopen(path, "re");
    while (f && !found && fgets(line, sizeof(line), f))
        found = strstr(line, " (deleted)\n") && !strstr(line, " /dev/zero (deleted)\n");
    if (f)
        (void)fclose(f);
    (void)snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
    DIR *dir = found ? NULL : opendir(path);
    for (const struct dirent *e; dir && !found && (e = readdir(dir));) {
        char name[NAME_BYTES];
        if (e->d_name[0] == '.')
            continue;
        (void)snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
        f = fopen(name, "re");
        while (f && !found && fgets(line, sizeof(line), f))
            found = strncmp(line, "scm_fds:", 8) == 0 && strtoll(line + 8, NULL, 10) > 0;
        if (f)
            (void)fclose(f);
    }
    if (dir)
        (void)closedir(dir);
    return found;
}

int64_t hoard_bytes(struct hoard *h, const struct census *c, int64_t seen, int64_t limit,
                    bool closed) {
    struct items files = {.blind = closed};
    struct stat st;
    int64_t left = free_bytes(h->folder);
    h->held = h->held < 0 ? seen : h->held;
    int64_t most = h->free >= 0 && left >= 0 && h->free > left ? h->free - left : 0;
    int64_t unseen = h->held + most - seen;
    if (unseen <= 0 || h->held + most <= limit || stat(h->folder, &st) != 0)
        return 0;
    for (size_t i = 0; i < c->len; i++) {
        add_open(&files, c->pids[i], st.st_dev);
        files.blind = files.blind || hides_files(c->pids[i]);
    }
    bool blind = files.blind;
    int64_t open = sum(&files);
    return blind || open > unseen ? unseen : open;
}

/* ---- memory ---- */

/* "start-end rw-s offset dev inode /dev/zero (deleted)": what an anonymous shared mapping is. */
static void add_shared(struct items *s, pid_t pid) {
    char path[PATH_BYTES], line[NAME_BYTES * 16];
    (void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
    FILE *f = fopen(path, "re");
    struct stat st;
    s->blind = s->blind || (!f && stat(path, &st) == 0);
    while (f && fgets(line, sizeof(line), f)) {
        char *at = line;
        if (!strstr(line, " /dev/zero"))
            continue;
        uint64_t from = strtoull(at, &at, 16);
        uint64_t to = *at == '-' ? strtoull(at + 1, &at, 16) : 0;
        if (to <= from || at[0] != ' ' || at[4] != 's')
            continue;
        uint64_t offset = strtoull(at + 5, &at, 16);
        at = strchr(at + (*at == ' '), ' '); /* behind the device */
        if (at)
            add(s, strtoull(at, NULL, 10), (int64_t)(offset + to - from));
    }
    if (f)
        (void)fclose(f);
}

int64_t hoard_memory_kib(const struct hoard *h, const struct census *c, int64_t limit_kib) {
    struct items mapped = {.blind = false};
    int64_t grown = shared_kib() - h->shared_kib, shown = c->shared_kib;
    if (grown <= shown || c->memory_kib - shown + grown <= limit_kib)
        return 0;
    for (size_t i = 0; i < c->len; i++)
        add_shared(&mapped, c->pids[i]);
    bool blind = mapped.blind;
    int64_t most = sum(&mapped) >> 10;
    most = blind || most > grown ? grown : most;
    return most > shown ? most - shown : 0;
}

/* ---- names ---- */

static int64_t names_at(pid_t pid, const char *place) {
    char path[PATH_BYTES];
    struct statvfs fs;
    (void)snprintf(path, sizeof(path), "/proc/%d/root%s", (int)pid, place);
    return statvfs(path, &fs) == 0 ? (int64_t)(fs.f_files - fs.f_ffree) : 0;
}

/* Who is only dead has no root any more. */
int64_t hoard_names(const struct census *c) {
    struct stat ours, theirs;
    if (stat("/", &ours) != 0)
        return 0;
    for (size_t i = c->len; i > 0; i--) {
        char path[PATH_BYTES];
        (void)snprintf(path, sizeof(path), "/proc/%d/root", (int)c->pids[i - 1]);
        if (stat(path, &theirs) == 0)
            return ours.st_dev == theirs.st_dev
                       ? 0
                       : names_at(c->pids[i - 1], "/tmp") + names_at(c->pids[i - 1], "/dev/shm");
    }
    return 0;
}
