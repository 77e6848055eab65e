/* SPDX-License-Identifier: Apache-2.0 */
/* The best walls: bubblewrap makes a root folder of nothing but what is named here, in namespaces
 * of its own for users, processes, network, IPC and names of hosts. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/proc/cage.h"
#include "orchestrator/proc/closed.h"
#include "orchestrator/proc/syscalls.h"
#include "orchestrator/proc/witness.h"

enum { WORDS_MAX = 8192, TMP_MIB_MAX = 1024 };

/* Its command line as it grows. The process that builds it becomes it, so nothing is freed. */
struct line {
    const char *words[WORDS_MAX];
    size_t len;
    struct arena arena;
};

static void add(struct line *l, const char *word) {
    CHECK(l->len < WORDS_MAX - 1);
    l->words[l->len++] = word;
}

static void add2(struct line *l, const char *option, const char *a) {
    add(l, option);
    add(l, a);
}

static void add3(struct line *l, const char *option, const char *a, const char *b) {
    add2(l, option, a);
    add(l, b);
}

/* A link stays a link (/bin -> usr/bin); what is not there is left out. */
static void add_system(struct line *l) {
    for (const char *const *p = cage_system_paths; *p; p++) {
        char target[PATH_MAX];
        struct stat st;
        if (lstat(*p, &st) != 0)
            continue;
        ssize_t n = S_ISLNK(st.st_mode) ? readlink(*p, target, sizeof(target) - 1) : 0;
        if (n > 0 && strncmp(*p, "/etc/", 5) != 0) {
            target[n] = '\0';
            add3(l, "--symlink", arena_strdup(&l->arena, target), *p);
        } else {
            add3(l, "--ro-bind", *p, *p);
        }
    }
}

/* Memory that is a folder: what lies there is nobody's memory to count, so it has a size. */
static void add_tmpfs(struct line *l, int64_t mib, const char *path) {
    add2(l, "--size", arena_printf(&l->arena, "%lld", (long long)mib << 20));
    add2(l, "--tmpfs", path);
}

/* A mount goes where its folder goes, and another could be made in its place; but what is a mount
 * itself cannot be renamed. So are all the folders on the way. */
static void add_closed(struct line *l, const struct cage *c) {
    const char *tree = c->spec->tree;
    const char *const *ways = closed_ways(&l->arena, tree, c->spec->read_only);
    for (; *ways; ways++) {
        const char *path = arena_printf(&l->arena, "%s/%s", tree, *ways);
        add3(l, "--bind", path, path);
    }
    for (const char *const *p = c->spec->read_only; p && *p; p++) {
        const char *path = arena_printf(&l->arena, "%s%s%s", tree, **p ? "/" : "", *p);
        struct stat st;
        if (lstat(path, &st) == 0) /* else it may be lacking, the spec says */
            add3(l, "--ro-bind", path, path);
    }
}

static void add_files(struct line *l, const struct cage *c) {
    int64_t memory = c->spec->limits.memory_mib;
    int64_t tmp = memory / 4 > TMP_MIB_MAX ? TMP_MIB_MAX : memory / 4 + 1;
    const char *tree = c->spec->tree;
    add_system(l);
    add2(l, "--proc", "/proc");
    add2(l, "--dev", "/dev");
    add_tmpfs(l, tmp, "/dev/shm");
    add_tmpfs(l, tmp, "/tmp");
    for (const char *const *p = c->spec->readable; p && *p; p++)
        add3(l, "--ro-bind-try", *p, *p);
    add3(l, "--bind", tree, tree);
    add_closed(l, c);
    /* The root and /dev are memory too, and theirs to write unless it is said. */
    add2(l, "--remount-ro", "/dev");
    add2(l, "--remount-ro", "/");
    add2(l, "--chdir", cage_cwd(c));
}

static void add_environment(struct line *l, const struct cage *c) {
    char **all = cage_environment(c);
    add(l, "--clearenv");
    for (char **e = all; *e; e++) {
        char *equal = strchr(*e, '=');
        if (!equal)
            continue;
        *equal = '\0';
        add3(l, "--setenv", *e, equal + 1);
    }
}

static void add_walls(struct line *l, const struct cage *c, int filter) {
    static const char *const walls[] = {
        "--unshare-user",   "--unshare-ipc",     "--unshare-pid",
        "--unshare-net",    "--unshare-uts",     "--unshare-cgroup-try",
        "--disable-userns", "--die-with-parent", "--new-session",
    };
    for (size_t i = 0; i < sizeof(walls) / sizeof(*walls); i++)
        add(l, walls[i]);
    add2(l, "--cap-drop", "ALL");
    add2(l, "--uid", "1000");
    add2(l, "--gid", "1000");
    add2(l, "--hostname", "sandbox");
    add2(l, "--seccomp", arena_printf(&l->arena, "%d", filter));
    add2(l, "--json-status-fd", arena_printf(&l->arena, "%d", c->status));
    if (c->info >= 0) {
        add2(l, "--info-fd", arena_printf(&l->arena, "%d", c->info));
        add2(l, "--block-fd", arena_printf(&l->arena, "%d", c->block));
    }
}

/* Without privileges to gain: where bubblewrap is set-user-ID it would gain none. */
static bool may_be_watched(const char *program) {
    struct stat st;
    return program && stat(program, &st) == 0 && !(st.st_mode & S_ISUID);
}

const char *cage_become_namespaces(const struct cage *c) {
    static char *const nothing[] = {NULL};
    static struct line l;
    int filter;
    const char *program = cage_bubblewrap();
    arena_init(&l.arena, 0);
    if (!cage_become_user(c))
        return "user";
    bool watched = may_be_watched(program) && witness_enter(c);
    if (!program ||
        syscalls_export(&filter, c->spec->door ? SYSCALLS_TCP : SYSCALLS_NO_NETWORK, watched) < 0)
        return "seccomp";
    add(&l, program);
    add_walls(&l, c, filter);
    add_files(&l, c);
    add_environment(&l, c);
    add(&l, "--");
    for (const char *const *w = c->spec->argv; *w; w++)
        add(&l, *w);
    cage_limit_memory(c);
    execve(program, (char *const *)(uintptr_t)l.words, nothing);
    return "exec";
}
