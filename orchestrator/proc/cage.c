/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/folder.h"
#include "orchestrator/proc/closed.h"
#include "orchestrator/proc/witness.h"

enum { WALK_FOLDERS = 32, USER_FIRST = 61184, USER_COUNT = 4096, FIXED = 8 };

/* /etc/passwd is not among them: who lives here is nobody's business. */
const char *const cage_system_paths[] = {
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",
    "/etc/nsswitch.conf",
    "/etc/mime.types",
    NULL,
};

const char *cage_bubblewrap(void) {
    static const char *const places[] = {"/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"};
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
        if (access(places[i], X_OK) == 0)
            return places[i];
    return NULL;
}

/* Whether the spec says a variable of the fixed ones otherwise. */
static bool is_said(const struct cage *c, const char *variable) {
    size_t len = strcspn(variable, "=") + 1;
    for (const char *const *e = c->spec->environment; e && *e; e++)
        if (strncmp(*e, variable, len) == 0)
            return true;
    return false;
}

static size_t add_variable(const struct cage *c, char **all, size_t len, char *variable) {
    if (is_said(c, variable)) {
        free(variable);
        return len;
    }
    all[len] = variable;
    return len + 1;
}

char **cage_environment(const struct cage *c) {
    static const char *const fixed[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8",
                                        "TERM=dumb", "NOCTULE_SANDBOX=1"};
    size_t extra = 0, len = 0;
    while (c->spec->environment && c->spec->environment[extra])
        extra++;
    char **all = xcalloc(FIXED + extra + 1, sizeof(*all));
    const char *own = c->scratch ? c->scratch : "/tmp";
    for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
        len = add_variable(c, all, len, xstrdup(fixed[i]));
    static const char *const names[] = {"HOME", "TMPDIR"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct buf b;
        buf_init(&b, PATH_MAX + 16);
        buf_printf(&b, "%s=%s", names[i], own);
        len = add_variable(c, all, len, buf_detach(&b));
    }
    for (size_t i = 0; i < extra; i++)
        all[len++] = xstrdup(c->spec->environment[i]);
    return all;
}

void cage_exec(const struct cage *c, char **environment) {
    environ = environment; /* where execvp() looks for PATH; execvpe() takes the caller's */
    execvp(c->spec->argv[0], (char *const *)(uintptr_t)c->spec->argv);
}

const char *cage_cwd(const struct cage *c) {
    return c->spec->cwd ? c->spec->cwd : c->spec->tree;
}

/* ---- a user of its own, for root without namespaces ---- */

static uid_t walk_user;
static const struct sandbox_spec *walk_kept; /* whose read-only paths are, or NULL */

/* What may only be read stays another's: who owns a file may change its mode, and Landlock lets
 * him. */
static bool is_kept(const char *path) {
    size_t root = walk_kept ? strlen(walk_kept->tree) : 0;
    if (!walk_kept || strncmp(path, walk_kept->tree, root) != 0 ||
        (path[root] != '/' && path[root] != '\0'))
        return false;
    return closed_has(walk_kept->read_only, path + root + (path[root] == '/'));
}

static int give_away(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void)kind, (void)at;
    if (is_kept(path))
        return 0;
    /* A file with a second name may be somebody's outside of the tree. */
    if (!S_ISDIR(st->st_mode) && st->st_nlink > 1)
        return 0;
    return lchown(path, walk_user, walk_user) == 0 ? 0 : -1;
}

/* Everyone may pass through every folder above path. */
static int check_way(const char *path) {
    char part[PATH_MAX];
    struct stat st;
    for (size_t len = 1; len < sizeof(part); len++) {
        if (path[len] != '/' && path[len] != '\0')
            continue;
        (void)snprintf(part, sizeof(part), "%.*s", (int)len, path);
        if (path[len] == '\0')
            return 0;
        if (stat(part, &st) != 0 || !(st.st_mode & S_IXOTH))
            return err_set(ERR_UNSUPPORTED,
                           "the sandbox's user cannot come to %s: %s is closed to others; give "
                           "it a folder below /var/tmp",
                           path, part);
    }
    return 0;
}

/* A name that one process can have, and that is free again when all that hold it are gone. */
static int hold(uid_t user) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int len = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "noctule-sandbox-%u",
                       (unsigned)user);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&name, size) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* One that nobody is, neither by name nor in another sandbox: that one's end kills all of a user,
 * and the limit of processes is a user's. */
static int find_user(uid_t *out, int *held) {
    for (uid_t i = 0; i < USER_COUNT; i++) {
        uid_t user = USER_FIRST + ((uid_t)getpid() + i) % USER_COUNT;
        if (getpwuid(user) || (*held = hold(user)) < 0)
            continue;
        *out = user;
        return 0;
    }
    return err_set(ERR_UNSUPPORTED, "every user that a sandbox may become is taken");
}

/* As root the command runs as a user of its own that owns nothing else. The kernel keeps no limit
 * of processes for root; and Landlock does not watch over modes and owners of files, the old rules
 * do. */
static int take_user(struct cage *c) {
    uid_t user = 0;
    int rc = check_way(c->spec->tree);
    if (rc == 0)
        rc = check_way(cage_cwd(c));
    if (rc == 0)
        rc = find_user(&user, &c->held);
    if (rc < 0)
        return rc;
    walk_user = user;
    walk_kept = c->level == SANDBOX_LANDLOCK ? c->spec : NULL;
    if (nftw(c->spec->tree, give_away, WALK_FOLDERS, FTW_PHYS) != 0 ||
        (c->scratch && nftw(c->scratch, give_away, WALK_FOLDERS, FTW_PHYS) != 0))
        return err_errno(ERR_IO, "cannot give %s to the sandbox's user", c->spec->tree);
    c->user = user;
    return 0;
}

/* Made under a name that nothing has, for it is removed at the end with all that lies in it: beside
 * the folder, or, where that may not be written (in another sandbox), among temporary files. */
static int make_scratch(struct cage *c) {
    const char *base = getenv("TMPDIR");
    for (int i = 0; i < 2; i++) {
        struct buf path;
        buf_init(&path, PATH_MAX);
        if (i == 0)
            buf_printf(&path, "%s.tmp-XXXXXX", c->spec->tree);
        else
            buf_printf(&path, "%s/noctule-XXXXXX", base && *base == '/' ? base : "/var/tmp");
        char *text = buf_detach(&path);
        if (mkdtemp(text)) {
            c->scratch = text;
            return 0;
        }
        free(text);
    }
    return err_errno(ERR_IO, "cannot make a folder for temporary files beside %s", c->spec->tree);
}

int cage_prepare(struct cage *c) {
    c->user = 0;
    c->held = -1;
    c->scratch = NULL;
    c->nice = getpriority(PRIO_PROCESS, 0);
    int rc = c->level == SANDBOX_NAMESPACES ? 0 : make_scratch(c);
    if (rc == 0 && geteuid() == 0)
        rc = take_user(c);
    return rc;
}

void cage_clean(struct cage *c) {
    if (c->held >= 0)
        close(c->held);
    c->held = -1;
    if (!c->scratch)
        return;
    (void)folder_remove(c->scratch);
    free((char *)(uintptr_t)c->scratch);
    c->scratch = NULL;
}

bool cage_become_user(const struct cage *c) {
    if (c->user && (setgroups(0, NULL) != 0 || setresgid(c->user, c->user, c->user) != 0 ||
                    setresuid(c->user, c->user, c->user) != 0))
        return false;
    /* Another user's process forgets who it should die with. */
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
}

void cage_limit_memory(const struct cage *c) {
    rlim_t most = (rlim_t)c->spec->limits.memory_mib << 20;
    struct rlimit r = {most, most};
    (void)setrlimit(RLIMIT_DATA, &r); /* the keeper counts what all of them hold */
}

const char *cage_become_limits(const struct cage *c) {
    if (!cage_become_user(c))
        return "user";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return "privileges";
    if (chdir(cage_cwd(c)) != 0)
        return "cwd";
    char **environment = cage_environment(c);
    if (!witness_enter(c) && c->spec->door)
        return "door";
    cage_limit_memory(c);
    cage_exec(c, environment);
    return "exec";
}
