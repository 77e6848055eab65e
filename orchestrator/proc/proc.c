/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "orchestrator/proc/drain.h"
#include "orchestrator/proc/loop.h"

enum { EXIT_NO_EXEC = 127 };

/* What the child tells when it could not become the program. */
struct refusal {
    int error;     /* errno */
    char stage[8]; /* "cwd", "exec" … */
};

static _Noreturn void refuse(int fd, const char *stage) {
    struct refusal r = {.error = errno};
    memcpy(r.stage, stage, strlen(stage));
    ssize_t n = write(fd, &r, sizeof(r));
    _exit(n == (ssize_t)sizeof(r) ? EXIT_NO_EXEC : EXIT_NO_EXEC - 1);
}

/* Between fork and exec only what is safe there. words: what it becomes. */
static _Noreturn void become(const struct proc_spec *spec, const char *const *words, pid_t parent,
                             const int *fds, int tell) {
    sigset_t none;
    sigemptyset(&none);
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        refuse(tell, "group");
    for (int s = 1; s < 32; s++)
        (void)signal(s, SIG_DFL); /* the two that cannot be set say so, and may */
    sigprocmask(SIG_SETMASK, &none, NULL);
    int input = spec->input > 0 ? spec->input : open("/dev/null", O_RDONLY);
    if (input < 0 || dup2(input, 0) < 0 || dup2(fds[1], 1) < 0 || dup2(fds[3], 2) < 0)
        refuse(tell, "pipes");
    struct rlimit memory = {(rlim_t)spec->memory_bytes, (rlim_t)spec->memory_bytes};
    if (spec->memory_bytes > 0 && setrlimit(RLIMIT_AS, &memory) != 0)
        refuse(tell, "memory");
    if (spec->cwd && chdir(spec->cwd) != 0)
        refuse(tell, "cwd");
    execvp(words[0], (char *const *)(uintptr_t)words);
    refuse(tell, "exec");
}

static void close_all(const int *fds, int count) {
    for (int i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* fds: out read, out write, err read, err write, tell read, tell write. */
static int make_pipes(int *fds) {
    for (int i = 0; i < 6; i++)
        fds[i] = -1;
    for (int i = 0; i < 6; i += 2)
        if (pipe2(fds + i, O_CLOEXEC) != 0) {
            int rc = err_errno(ERR_IO, "cannot make a pipe");
            close_all(fds, 6);
            return rc;
        }
    for (int i = 0; i < 4; i += 2)
        if (fcntl(fds[i], F_SETFL, O_NONBLOCK) != 0) {
            int rc = err_errno(ERR_IO, "cannot set up a pipe");
            close_all(fds, 6);
            return rc;
        }
    return 0;
}

/* 0 once the program runs; else the sentence for why it does not. */
static int wait_for_exec(int tell, pid_t pid, const struct proc_spec *spec) {
    struct refusal r;
    ssize_t n;
    do
        n = read(tell, &r, sizeof(r));
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(r))
        return 0;
    waitpid(pid, NULL, 0);
    errno = r.error;
    bool absent = strcmp(r.stage, "exec") == 0 && r.error == ENOENT;
    return err_errno(absent ? ERR_NOTFOUND : ERR_IO, "cannot start %s (%s)", spec->argv[0],
                     r.stage);
}

/* All that is run, the program that runs the other first. free() it. */
static const char **all_words(const struct proc_spec *spec) {
    const char *const *lists[] = {spec->through, spec->argv};
    size_t n = 0, k = 0;
    for (size_t i = 0; i < 2; i++)
        for (const char *const *w = lists[i]; w && *w; w++)
            n++;
    const char **all = xcalloc(n + 1, sizeof(*all));
    for (size_t i = 0; i < 2; i++)
        for (const char *const *w = lists[i]; w && *w; w++)
            all[k++] = *w;
    return all;
}

int proc_spawn(struct proc *out, const struct proc_spec *spec) {
    int fds[6];
    int rc = make_pipes(fds);
    if (rc < 0)
        return rc;
    const char **words = all_words(spec);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        become(spec, words, parent, fds, fds[5]);
    free(words);
    if (pid < 0) {
        rc = err_errno(ERR_IO, "cannot start %s", spec->argv[0]);
        close_all(fds, 6);
        return rc;
    }
    (void)setpgid(pid, pid); /* whoever is first; the other fails and may */
    close(fds[1]);
    close(fds[3]);
    close(fds[5]);
    rc = wait_for_exec(fds[4], pid, spec);
    close(fds[4]);
    if (rc < 0) {
        close(fds[0]);
        close(fds[2]);
        return rc;
    }
    *out = (struct proc){pid, fds[0], fds[2], clock_mono_ns()};
    return 0;
}

void proc_kill(const struct proc *p) {
    if (p->pid > 0)
        (void)kill(-p->pid, SIGKILL);
}

bool proc_reap(struct proc *p, struct proc_exit *out) {
    siginfo_t info = {0};
    if (p->pid <= 0 || waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0)
        return false;
    /* While the leader is not collected its number is not given away, so this strikes only its
     * own group. */
    proc_kill(p);
    int status = 0;
    struct rusage usage = {0};
    pid_t got;
    do
        got = wait4(p->pid, &status, 0, &usage);
    while (got < 0 && errno == EINTR);
    *out = (struct proc_exit){.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                              .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
                              .peak_rss_kib = usage.ru_maxrss,
                              .wall_ms = (double)(clock_mono_ns() - p->started_ns) / 1e6};
    p->pid = 0;
    return true;
}

void proc_close(struct proc *p) {
    if (p->out >= 0)
        close(p->out);
    if (p->err >= 0)
        close(p->err);
    p->out = p->err = -1;
}

static void take(void *arg, const char *bytes, size_t len) {
    const struct proc_drain *d = arg;
    if (d->into)
        buf_add(d->into, bytes, len);
}

static void read_pipe(void *arg) {
    struct proc_drain *d = arg;
    if (*d->fd < 0 || drain(*d->fd, take, d))
        return;
    loop_unwatch(d->loop, *d->fd);
    close(*d->fd);
    *d->fd = -1;
}

int proc_job_start(struct proc_job *j, struct loop *loop, const struct proc_spec *spec,
                   int64_t limit_ms, struct buf *out, struct buf *err) {
    *j = (struct proc_job){
        .loop = loop, .name = spec->argv[0], .limit_ms = limit_ms, .grace_ms = spec->grace_ms};
    int rc = proc_spawn(&j->p, spec);
    if (rc < 0)
        return rc;
    j->streams[0] = (struct proc_drain){loop, &j->p.out, out};
    j->streams[1] = (struct proc_drain){loop, &j->p.err, err};
    for (int i = 0; i < 2; i++)
        loop_watch(loop, *j->streams[i].fd, read_pipe, &j->streams[i]);
    return 0;
}

/* Asked again and again, as what sleeps just after it was asked did not hear it, but not at each
 * turn: what it says while it tidies up makes one, and a second SIGTERM may cut its last words. */
static void ask_to_end(struct proc_job *j) {
    int64_t now = clock_mono_ns();
    if (now - j->ended_ns >= j->grace_ms * 1000000) {
        proc_kill(&j->p);
    } else if (now - j->asked_ns >= PROC_POLL_MS * INT64_C(1000000)) {
        j->asked_ns = now;
        (void)kill(j->p.pid, SIGTERM);
    }
}

void proc_job_stop(struct proc_job *j, int why) {
    if (j->why || j->p.pid <= 0)
        return;
    j->why = why;
    j->ended_ns = clock_mono_ns();
    ask_to_end(j);
}

/* What is still in the pipes. */
static void close_streams(struct proc_job *j) {
    for (int i = 0; i < 2; i++) {
        read_pipe(&j->streams[i]);
        if (*j->streams[i].fd >= 0)
            loop_unwatch(j->loop, *j->streams[i].fd);
    }
    proc_close(&j->p);
}

bool proc_job_poll(struct proc_job *j, struct proc_exit *exit, int *rc) {
    if (!proc_reap(&j->p, exit)) {
        if (j->why)
            ask_to_end(j);
        else if (j->limit_ms > 0 && clock_mono_ns() - j->p.started_ns > j->limit_ms * 1000000)
            proc_job_stop(j, ERR_LIMIT);
        return false;
    }
    close_streams(j);
    *rc = j->why;
    if (j->why == ERR_STOPPED)
        *rc = err_set(j->why, "%s was stopped", j->name);
    else if (j->why == ERR_LIMIT)
        *rc = err_set(j->why, "%s took longer than %lld ms", j->name, (long long)j->limit_ms);
    return true;
}

void proc_job_kill(struct proc_job *j) {
    struct proc_exit exit;
    siginfo_t info;
    proc_kill(&j->p);
    while (j->p.pid > 0 && waitid(P_PID, (id_t)j->p.pid, &info, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR)
        ;
    (void)proc_reap(&j->p, &exit);
    close_streams(j);
}

int proc_run(struct loop *loop, const struct proc_spec *spec, int64_t limit_ms,
             const volatile bool *stop, struct buf *out, struct buf *err, struct proc_exit *exit) {
    struct proc_job j;
    int rc = proc_job_start(&j, loop, spec, limit_ms, out, err);
    if (rc < 0)
        return rc;
    while (!proc_job_poll(&j, exit, &rc)) {
        if (stop && *stop)
            proc_job_stop(&j, ERR_STOPPED);
        int turned = loop_turn(loop, PROC_POLL_MS);
        if (turned < 0)
            proc_job_stop(&j, turned);
    }
    return rc;
}
