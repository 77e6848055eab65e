/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/start.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "orchestrator/proc/cage.h"
#include "orchestrator/proc/census.h"

enum { LOCKED_BYTES = 64 << 10, NO_EXEC = 127 };

static bool limit(int what, int64_t value) {
    struct rlimit r;
    if (value <= 0 || getrlimit((__rlimit_resource_t)what, &r) != 0)
        return true;
    rlim_t most =
        r.rlim_max == RLIM_INFINITY || (rlim_t)value < r.rlim_max ? (rlim_t)value : r.rlim_max;
    r = (struct rlimit){most, most};
    return setrlimit((__rlimit_resource_t)what, &r) == 0;
}

static bool set_limits(const struct cage *c) {
    const struct sandbox_limits *l = &c->spec->limits;
    struct rlimit none = {0, 0};
    /* No file has room in it, and a program that takes cores is not started for it; it is for 0. */
    struct rlimit byte = {1, 1};
    int64_t own = c->level == SANDBOX_NAMESPACES ? START_OWN_PROCESSES : 0;
    int64_t others = c->user || geteuid() == 0 ? 0 : census_of_user(geteuid());
    return limit(RLIMIT_FSIZE, l->file_mib << 20) && limit(RLIMIT_NOFILE, l->open_files) &&
           limit(RLIMIT_NPROC, others + l->processes + own) &&
           limit(RLIMIT_MEMLOCK, LOCKED_BYTES) &&
           limit(RLIMIT_CPU, l->wall_ms / 1000 * (l->processes < 64 ? l->processes : 64) + 1) &&
           setrlimit(RLIMIT_CORE, &byte) == 0 && setrlimit(RLIMIT_MSGQUEUE, &none) == 0;
}

static const char *become(const struct cage *c, int out, int err) {
    sigset_t empty;
    sigemptyset(&empty);
    for (int s = 1; s < 32; s++)
        (void)signal(s, SIG_DFL);
    sigprocmask(SIG_SETMASK, &empty, NULL);
    (void)umask(022);
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        return "pipes";
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        return "descriptors";
    if (c->status >= 0 && fcntl(c->status, F_SETFD, 0) != 0)
        return "descriptors";
    if (c->info >= 0 && (fcntl(c->info, F_SETFD, 0) != 0 || fcntl(c->block, F_SETFD, 0) != 0))
        return "door";
    char go;
    if (c->info < 0 && c->block >= 0 && read(c->block, &go, 1) != 1)
        return "door";
    if (!set_limits(c))
        return "limits";
    if (c->level == SANDBOX_NAMESPACES)
        return cage_become_namespaces(c);
    return c->level == SANDBOX_LANDLOCK ? cage_become_landlock(c) : cage_become_limits(c);
}

void start_child(const struct cage *c, int out, int err, int tell) {
    struct start_refusal r = {0};
    pid_t parent = getppid();
    (void)setsid();
    (void)setpriority(PRIO_PROCESS, 0, c->nice);
    const char *stage = "group";
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
        stage = become(c, out, err);
    r.error = errno;
    (void)snprintf(r.stage, sizeof(r.stage), "%s", stage);
    _exit(write(tell, &r, sizeof(r)) == (ssize_t)sizeof(r) ? NO_EXEC : NO_EXEC - 1);
}
