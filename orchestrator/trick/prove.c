/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/trick/prove.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "orchestrator/proc/cage.h"
#include "orchestrator/trick/trick.h"
#include "orchestrator/trick/world.h"

enum { WORKERS = 4, TURN_MS = 100, KEPT_MS = 24 * 3600 * 1000, KEPT_BYTES = 4096 };

/* ---- trying: most of it is waiting, so some are tried at once, each in a world of its own ---- */

/* What a worker says at its end. */
struct share {
    int rc;
    size_t tried, unproven;
    char why[PROVE_WHY];
};

static void try_share(struct share *s, int which, enum sandbox_level level,
                      const volatile bool *stop) {
    struct world w;
    int at = 0;
    s->rc = world_open(&w);
    for (const struct trick_group *const *g = trick_table; s->rc == 0 && *g; g++)
        for (const struct trick *a = (*g)->rows; s->rc == 0 && a->name; a++) {
            struct trick_outcome o;
            if (at++ % WORKERS != which)
                continue;
            trick_run(a, &w, level, level, stop, &o);
            s->tried++;
            if (stop && *stop)
                s->rc = err_set(ERR_STOPPED, "stopped while the guards were tried");
            if (trick_is_proven(a, &o) || s->unproven++ > 0)
                continue;
            struct buf by;
            buf_init(&by, 1024);
            trick_stopped_by(&by, a, &o);
            (void)snprintf(s->why, sizeof(s->why), "%s/%s: %s", (*g)->name, a->name, by.data);
            buf_done(&by);
        }
    world_close(&w);
    if (s->rc < 0)
        (void)snprintf(s->why, sizeof(s->why), "%s", err_text());
}

/* Of a worker: it cleans up, whatever its parent does with signals. */
static volatile bool stopped;

static void on_stop(int signo) {
    (void)signo;
    stopped = true;
}

static pid_t start_worker(int which, enum sandbox_level level, const volatile bool *stop,
                          int *from) {
    struct share share = {.rc = 0};
    int ends[2];
    pid_t parent = getpid(), pid = pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
    if (pid < 0)
        return err_errno(ERR_IO, "cannot try the guards");
    if (pid > 0) {
        close(ends[1]);
        *from = ends[0];
        return pid;
    }
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        (void)signal(signals[i], on_stop);
    stopped = stop && *stop;
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent)
        try_share(&share, which, level, &stopped);
    _exit(write(ends[1], &share, sizeof(share)) == (ssize_t)sizeof(share) ? 0 : 1);
}

/* Its share, or why there is none. */
static void end_worker(struct share *out, pid_t pid, int from, const volatile bool *stop) {
    struct pollfd said = {.fd = from, .events = POLLIN};
    *out = (struct share){.rc = ERR_IO, .why = "a process that tried the guards died"};
    while (poll(&said, 1, TURN_MS) <= 0)
        if (stop && *stop)
            (void)kill(pid, SIGTERM);
    if (read(from, out, sizeof(*out)) != (ssize_t)sizeof(*out))
        *out = (struct share){.rc = ERR_IO, .why = "a process that tried the guards died"};
    close(from);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

int prove_anew(struct prove *out, enum sandbox_level level, const volatile bool *stop) {
    pid_t workers[WORKERS];
    int from[WORKERS], rc = 0;
    int64_t begin = clock_mono_ns();
    *out = (struct prove){.level = level};
    for (int i = 0; i < WORKERS; i++)
        workers[i] = start_worker(i, level, stop, &from[i]);
    for (int i = 0; i < WORKERS; i++) {
        struct share s = {.rc = ERR_IO, .why = "no process for trying the guards"};
        if (workers[i] > 0)
            end_worker(&s, workers[i], from[i], stop);
        if (s.rc < 0 && rc == 0)
            rc = err_set(s.rc, "%s", s.why);
        if (s.unproven && !out->unproven)
            memcpy(out->why, s.why, sizeof(out->why));
        out->tried += s.tried;
        out->unproven += s.unproven;
    }
    out->took_ms = (double)(clock_mono_ns() - begin) / 1e6;
    return rc;
}

/* ---- what was proven today ---- */

static void add_file(struct hash *h, const char *path) {
    char digits[HASH_HEX_SIZE] = "";
    if (path && hash_file(path, digits) < 0)
        digits[0] = '\0';
    hash_add(h, digits, sizeof(digits));
}

static void add_text(struct hash *h, const char *text) {
    hash_add(h, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* All that a proof holds for. The tricks and their limits are in the program. */
static void make_key(char out[HASH_HEX_SIZE], enum sandbox_level level) {
    struct hash *h = hash_new();
    struct file boot = {.data = NULL};
    struct utsname kernel = {.release = ""};
    int numbers[3] = {(int)level, (int)geteuid(), 0};
    (void)uname(&kernel);
    (void)sandbox_best(&numbers[2]);
    if (file_read(&boot, "/proc/sys/kernel/random/boot_id", KEPT_BYTES) == 0)
        hash_add(h, boot.data, boot.size);
    file_done(&boot);
    hash_add(h, numbers, sizeof(numbers));
    add_text(h, kernel.release);
    add_text(h, kernel.version);
    add_text(h, getenv("TMPDIR"));
    add_file(h, "/proc/self/exe");
    add_file(h, cage_bubblewrap());
    hash_finish(h, out);
}

/* folder/guards-LEVEL.json below the cache of the user; false where there is no such folder. */
static bool kept_path(char out[PATH_MAX], enum sandbox_level level) {
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    bool xdg = base && *base == '/';
    if (!xdg && (!home || *home != '/'))
        return false;
    int n = snprintf(out, PATH_MAX, "%s%s/noctule/guards-%s.json", xdg ? base : home,
                     xdg ? "" : "/.cache", sandbox_level_name(level));
    return n > 0 && n < PATH_MAX;
}

/* Ours, and nobody else's to write. */
static bool is_ours(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0 && !S_ISLNK(st.st_mode) && st.st_uid == geteuid() &&
           !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static bool recall(struct prove *out, const char *path, const char *key) {
    struct json_doc *doc = NULL;
    const char *kept = "";
    int64_t tried = 0, at_ms = 0;
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)(file_base_name(path) - path - 1), path);
    if (!is_ours(folder) || !is_ours(path) || json_load(&doc, path, KEPT_BYTES, 0) < 0)
        return false;
    struct json root = json_root(doc);
    int64_t now = clock_wall_ms();
    bool good = json_str(root, "key", &kept) == 0 && strcmp(kept, key) == 0 &&
                json_int(root, "tried", 1, 1000000, &tried) == 0 &&
                json_int(root, "at_ms", 0, INT64_MAX / 2, &at_ms) == 0 && at_ms <= now &&
                now - at_ms < KEPT_MS;
    json_free(doc);
    out->tried = (size_t)tried;
    out->kept = good;
    return good;
}

/* What cannot be kept is proven again the next time. */
static void keep(const struct prove *p, const char *path, const char *key) {
    char folder[PATH_MAX];
    struct buf text;
    struct json_writer w;
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)(file_base_name(path) - path - 1), path);
    if (file_make_dirs(folder) < 0 || !is_ours(folder))
        return;
    buf_init(&text, KEPT_BYTES);
    json_writer_init(&w, &text, 2);
    json_open_object(&w, NULL);
    json_put_str(&w, "key", key);
    json_put_str(&w, "level", sandbox_level_name(p->level));
    json_put_int(&w, "tried", (int64_t)p->tried);
    json_put_int(&w, "at_ms", clock_wall_ms());
    json_close_object(&w);
    buf_putc(&text, '\n');
    if (file_replace(path, text.data, text.len) == 0)
        (void)chmod(path, 0600);
    buf_done(&text);
}

/* The tree may lie anywhere, and the cache is no place for it. */
int prove_guards(struct prove *out, enum sandbox_level least, enum sandbox_level only,
                 const volatile bool *stop) {
    char path[PATH_MAX], key[HASH_HEX_SIZE];
    int abi;
    enum sandbox_level level = only ? only : sandbox_best(&abi);
    *out = (struct prove){.level = level};
    if (level < (least ? least : SANDBOX_NAMESPACES) || level == SANDBOX_LIMITS) {
        out->unproven = 1;
        (void)snprintf(out->why, sizeof(out->why), "the level \"%s\" has no walls to try",
                       sandbox_level_name(level));
        return 0; /* what is required and not to be had, the sandbox says best */
    }
    bool can_keep = kept_path(path, level);
    make_key(key, level);
    if (can_keep && recall(out, path, key))
        return 0;
    *out = (struct prove){.level = level};
    int rc = prove_anew(out, level, stop);
    if (rc == 0 && out->unproven == 0 && can_keep)
        keep(out, path, key);
    return rc;
}
