/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/hook/vigil.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"

enum { CHUNK = 16 << 10, BROKEN = 125 };

struct vigil {
    pid_t pid;
    int fds[2]; /* read ends of stdout and stderr; -1 at their end */
    struct buf *bufs[2];
    int64_t due_ns;
};

static _Noreturn void work(vigil_fn *fn, void *arg, pid_t parent, const int *out, const int *err) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || dup2(out[1], 1) < 0 ||
        dup2(err[1], 2) < 0)
        _exit(BROKEN);
    int status = fn(arg);
    if (fflush(stdout) != 0 || fflush(stderr) != 0)
        _exit(BROKEN);
    _exit(status);
}

static void drain(struct vigil *v, int which) {
    char chunk[CHUNK];
    ssize_t n = read(v->fds[which], chunk, sizeof(chunk));
    if (n > 0) {
        buf_add(v->bufs[which], chunk, (size_t)n);
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        close(v->fds[which]);
        v->fds[which] = -1;
    }
}

/* Until both are at their end, or the time is over (false). */
static bool collect(struct vigil *v) {
    while (v->fds[0] >= 0 || v->fds[1] >= 0) {
        struct pollfd polls[2] = {
            {.fd = v->fds[0], .events = POLLIN},
            {.fd = v->fds[1], .events = POLLIN},
        };
        int64_t left_ms = (v->due_ns - clock_mono_ns()) / 1000000;
        if (left_ms <= 0)
            return false;
        if (poll(polls, 2, left_ms > 1000 ? 1000 : (int)left_ms) <= 0)
            continue;
        for (int i = 0; i < 2; i++)
            if (polls[i].revents)
                drain(v, i);
    }
    return true;
}

static int finish(struct vigil *v, bool in_time, int *status) {
    int raw = 0;
    while (in_time && clock_mono_ns() < v->due_ns) {
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)v->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid)
            break;
        (void)poll(NULL, 0, 1);
    }
    in_time = in_time && clock_mono_ns() < v->due_ns;
    (void)kill(-v->pid, SIGKILL); /* it has not been collected: the number is still its own */
    while (waitpid(v->pid, &raw, 0) < 0 && errno == EINTR) {
    }
    if (!in_time)
        return err_set(ERR_LIMIT, "it took too long");
    if (WIFSIGNALED(raw))
        return err_set(ERR_IO, "it was ended by signal %d", WTERMSIG(raw));
    if (!WIFEXITED(raw) || WEXITSTATUS(raw) == BROKEN)
        return err_set(ERR_IO, "it broke");
    *status = WEXITSTATUS(raw);
    return v->bufs[0]->over || v->bufs[1]->over ? err_set(ERR_IO, "it said too much") : 0;
}

int vigil_run(vigil_fn *fn, void *arg, int64_t ms, struct buf *out, struct buf *err, int *status) {
    int to[2] = {-1, -1}, too[2] = {-1, -1};
    struct vigil v = {
        .bufs = {out, err},
          .due_ns = clock_mono_ns() + ms * 1000000
    };
    pid_t parent = getpid();
    (void)fflush(stdout);
    (void)fflush(stderr);
    bool made = pipe2(to, O_CLOEXEC) == 0 && pipe2(too, O_CLOEXEC) == 0;
    v.pid = made ? fork() : -1;
    if (v.pid == 0) {
        (void)setpgid(0, 0);
        work(fn, arg, parent, to, too);
    }
    if (v.pid < 0) {
        int rc = err_errno(ERR_IO, "cannot start a process");
        for (int i = 0; i < 2; i++) {
            if (to[i] >= 0)
                close(to[i]);
            if (too[i] >= 0)
                close(too[i]);
        }
        return rc;
    }
    (void)setpgid(v.pid, v.pid); /* whoever is first */
    close(to[1]);
    close(too[1]);
    v.fds[0] = to[0];
    v.fds[1] = too[0];
    bool in_time = collect(&v);
    for (int i = 0; i < 2; i++)
        if (v.fds[i] >= 0)
            close(v.fds[i]);
    return finish(&v, in_time, status);
}
