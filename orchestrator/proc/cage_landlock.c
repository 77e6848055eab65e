/* SPDX-License-Identifier: Apache-2.0 */
/* The second best walls, for machines without user namespaces: Landlock says which files, seccomp
 * which system calls. Both are inherited and cannot be taken off. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "orchestrator/proc/cage.h"
#include "orchestrator/proc/syscalls.h"
#include "orchestrator/proc/witness.h"

/* What the headers of Debian 12 do not know yet (linux/landlock.h of 6.15). */
enum {
    FS_TRUNCATE = 1 << 14,
    FS_IOCTL_DEV = 1 << 15,
    NET_CONNECT = 1 << 1,
    NET_BIND = 1 << 0,
    SCOPE_ABSTRACT_SOCKETS = 1 << 0,
    SCOPE_SIGNALS = 1 << 1,
    ABI_REFER = 2,
    ABI_TRUNCATE = 3,
    ABI_NET = 4,
    ABI_IOCTL = 5,
    ABI_SCOPE = 6,
    DEPTH_MAX = 32,
};

struct ruleset_attr {
    uint64_t fs, net, scoped;
};

struct rules {
    const struct cage *cage;
    int fd;
    uint64_t handled; /* what of the file system is refused unless allowed */
};

static const uint64_t reading =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
/* No devices and no sockets; links that lead out of the tree are refused when it is imported, and
 * opening through one is opening what it leads to. */
static const uint64_t never = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                              LANDLOCK_ACCESS_FS_MAKE_SOCK | FS_IOCTL_DEV;
static const uint64_t on_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                                 LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE;

static int allow(const struct rules *r, const char *path, uint64_t access) {
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    uint64_t fits = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? access : access & on_files;
    struct landlock_path_beneath_attr rule = {.allowed_access = fits & r->handled, .parent_fd = fd};
    long rc = rule.allowed_access
                  ? syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0)
                  : 0;
    close(fd);
    return (int)rc;
}

enum place { FREE, HOLDS_READ_ONLY, READ_ONLY };

/* How a path below the tree, "" for the tree itself, stands to those that must not be written. */
static enum place place_of(const struct cage *c, const char *below) {
    enum place found = FREE;
    size_t len = strlen(below);
    for (const char *const *p = c->spec->read_only; p && *p; p++) {
        size_t other = strlen(*p);
        if (!**p || strcmp(*p, below) == 0)
            return READ_ONLY;
        if (len == 0 || (other > len && strncmp(*p, below, len) == 0 && (*p)[len] == '/'))
            found = HOLDS_READ_ONLY;
    }
    return found;
}

/* Rules only ever add, so a folder that holds something read-only is itself only read, and what
 * else lies in it is allowed one by one. */
static int allow_tree(const struct rules *r, const char *below, int depth) {
    char path[PATH_MAX];
    enum place place = depth < DEPTH_MAX ? place_of(r->cage, below) : READ_ONLY;
    (void)snprintf(path, sizeof(path), "%s%s%s", r->cage->spec->tree, *below ? "/" : "", below);
    if (place == FREE)
        return allow(r, path, r->handled & ~never);
    int rc = allow(r, path, reading);
    if (rc != 0 || place == READ_ONLY)
        return rc;
    DIR *dir = opendir(path);
    for (struct dirent *e; rc == 0 && dir && (e = readdir(dir));) {
        char name[PATH_MAX];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || e->d_type == DT_LNK)
            continue;
        int n = snprintf(name, sizeof(name), "%s%s%s", below, *below ? "/" : "", e->d_name);
        if (n > 0 && (size_t)n < sizeof(name))
            rc = allow_tree(r, name, depth + 1);
    }
    if (dir)
        closedir(dir);
    return rc;
}

static int allow_paths(const struct rules *r) {
    static const char *const written[] = {"/dev/null", "/dev/zero", "/dev/full"};
    static const char *const read[] = {"/dev/random", "/dev/urandom", "/proc"};
    int rc = allow_tree(r, "", 0);
    if (rc == 0 && r->cage->scratch)
        rc = allow(r, r->cage->scratch, r->handled & ~never);
    for (size_t i = 0; rc == 0 && i < sizeof(written) / sizeof(*written); i++)
        rc = allow(r, written[i], on_files);
    for (size_t i = 0; rc == 0 && i < sizeof(read) / sizeof(*read); i++)
        rc = allow(r, read[i], reading);
    for (const char *const *p = cage_system_paths; rc == 0 && *p; p++)
        rc = allow(r, *p, reading);
    for (const char *const *p = r->cage->spec->readable; rc == 0 && p && *p; p++)
        rc = allow(r, *p, reading);
    return rc;
}

static int make_rules(struct rules *r) {
    int abi = r->cage->landlock_abi;
    struct ruleset_attr attr = {.fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
    size_t size = sizeof(attr.fs);
    attr.fs |= abi >= ABI_REFER ? LANDLOCK_ACCESS_FS_REFER : 0;
    attr.fs |= abi >= ABI_TRUNCATE ? (uint64_t)FS_TRUNCATE : 0;
    attr.fs |= abi >= ABI_IOCTL ? (uint64_t)FS_IOCTL_DEV : 0;
    if (abi >= ABI_NET) {
        attr.net = NET_CONNECT | NET_BIND;
        size = offsetof(struct ruleset_attr, scoped);
    }
    if (abi >= ABI_SCOPE) {
        attr.scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
        size = sizeof(attr);
    }
    r->handled = attr.fs;
    r->fd = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    return r->fd < 0 ? -1 : allow_paths(r);
}

const char *cage_become_landlock(const struct cage *c) {
    struct rules r = {.cage = c, .fd = -1};
    if (chdir(cage_cwd(c)) != 0)
        return "cwd";
    if (make_rules(&r) != 0)
        return "landlock";
    if (!cage_become_user(c))
        return "user";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
        return "privileges";
    if (syscall(SYS_landlock_restrict_self, r.fd, 0) != 0)
        return "landlock";
    close(r.fd);
    char **environment = cage_environment(c);
    bool watched = witness_enter(c);
    if (c->spec->door && !watched)
        return "door";
    if (syscalls_load(c->spec->door ? SYSCALLS_TCP : SYSCALLS_NO_NETWORK, watched) != 0)
        return "seccomp";
    cage_limit_memory(c);
    cage_exec(c, environment);
    return "exec";
}
