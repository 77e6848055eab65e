/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/census.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"

enum { PATH_BYTES = 64, STAT_BYTES = 4096, DEPTH_MAX = 64, BLOCK = 512, FIELD_UTIME = 14 };

/* The file's beginning, NUL-terminated; false when it is gone. */
static bool slurp(char *into, size_t room, const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, into, room - 1);
    close(fd);
    into[n > 0 ? n : 0] = '\0';
    return n >= 0;
}

static void add_pid(struct census *c, pid_t pid) {
    if (c->len == CENSUS_MAX)
        return;
    if (c->len == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 64;
        c->pids = xrealloc(c->pids, c->cap * sizeof(*c->pids));
    }
    c->pids[c->len++] = pid;
}

static void add_children(struct census *c, const char *path) {
    FILE *f = fopen(path, "re");
    char *line = NULL, *end;
    size_t room = 0;
    if (f && getline(&line, &room, f) > 0)
        for (char *at = line; strtol(at, &end, 10) > 0 && end > at; at = end)
            add_pid(c, (pid_t)strtol(at, NULL, 10));
    free(line);
    if (f)
        (void)fclose(f);
}

static int64_t field_kib(const char *status, const char *name) {
    const char *at = strstr(status, name);
    return at ? strtoll(at + strlen(name), NULL, 10) : 0;
}

static void add_figures(struct census *c, pid_t pid) {
    char path[PATH_BYTES], text[STAT_BYTES];
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    if (slurp(text, sizeof(text), path)) {
        int64_t shared = field_kib(text, "RssShmem:");
        c->memory_kib += field_kib(text, "RssAnon:") + shared;
        c->shared_kib += shared;
        c->tasks += field_kib(text, "Threads:");
    }
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    char *at = slurp(text, sizeof(text), path) ? strrchr(text, ')') : NULL;
    for (int field = 2; at && field < FIELD_UTIME; field++)
        at = strchr(at + 1, ' ');
    if (at) {
        c->ticks += strtoll(at, &at, 10); /* in user mode */
        c->ticks += strtoll(at, NULL, 10);
    }
}

void census_take(struct census *out, pid_t root) {
    char path[PATH_BYTES];
    pid_t at = root;
    out->len = 0;
    out->tasks = out->memory_kib = out->shared_kib = out->ticks = 0;
    for (size_t next = 0;; at = out->pids[next++]) {
        (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)at);
        DIR *tasks = opendir(path);
        for (struct dirent *e; tasks && (e = readdir(tasks));) {
            char file[PATH_BYTES * 8];
            if (e->d_name[0] == '.')
                continue;
            (void)snprintf(file, sizeof(file), "%s/%s/children", path, e->d_name);
            add_children(out, file);
        }
        if (tasks)
            closedir(tasks);
        if (at != root)
            add_figures(out, at);
        if (next == out->len)
            return;
    }
}

void census_done(struct census *c) {
    free(c->pids);
    memset(c, 0, sizeof(*c));
}

int64_t census_of_user(uid_t uid) {
    int64_t tasks = 0;
    DIR *all = opendir("/proc");
    for (struct dirent *e; all && (e = readdir(all));) {
        char path[PATH_BYTES * 8], text[STAT_BYTES];
        struct stat st;
        if (e->d_name[0] < '1' || e->d_name[0] > '9')
            continue;
        (void)snprintf(path, sizeof(path), "/proc/%s/status", e->d_name);
        if (stat(path, &st) == 0 && st.st_uid == uid && slurp(text, sizeof(text), path))
            tasks += field_kib(text, "Threads:");
    }
    if (all)
        closedir(all);
    return tasks;
}

/* fd is closed. By descriptors, so that nobody can swap a folder for a link on the way. */
static void count_folder(struct census_folder *out, int fd, int64_t max, int depth) {
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return;
    }
    for (struct dirent *e; out->entries <= max && (e = readdir(dir));) {
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        out->entries++;
        out->bytes += (int64_t)st.st_blocks * BLOCK;
        if (!S_ISDIR(st.st_mode))
            continue;
        int below = openat(dirfd(dir), e->d_name,
                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        out->closed = out->closed || below < 0;
        if (below >= 0 && depth < DEPTH_MAX)
            count_folder(out, below, max, depth + 1);
        else if (below >= 0) {
            close(below);
            out->entries = max + 1; /* nobody needs a tree that deep */
        }
    }
    closedir(dir);
}

void census_folder(struct census_folder *out, const char *folder, int64_t max_entries) {
    *out = (struct census_folder){0};
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        count_folder(out, fd, max_entries, 0);
}
