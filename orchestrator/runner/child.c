/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/runner/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "orchestrator/proc/census.h"
#include "orchestrator/proc/drain.h"

enum { LINE_MAX_BYTES = 1 << 20, TURN_MS = 20, SWEEPS_MAX = 200, NO_EXEC = 127 };

struct run {
    const struct child_spec *spec;
    struct child *c;
    pid_t pid;
    int words, out; /* read ends; -1 when closed */
    int64_t began_ns, dropped;
    struct buf line; /* behind the last newline, where lines are looked at */
};

void child_adopt(void) {
    const struct rlimit none = {0, 0};
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)setrlimit(RLIMIT_CORE, &none);
}

static void tell(const char *bytes, size_t len) {
    while (len) {
        ssize_t n = write(STDERR_FILENO, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        bytes += n;
        len -= (size_t)n;
    }
}

/* The first CHILD_HEAD bytes stay; of the rest, the last, in a buffer of twice as many. */
static void keep(struct run *r, const char *bytes, size_t len) {
    struct buf *w = &r->c->words;
    for (size_t part; len; bytes += part, len -= part) {
        part = len < CHILD_TAIL ? len : CHILD_TAIL;
        if (w->len + part > CHILD_HEAD + 2 * CHILD_TAIL) {
            r->dropped += (int64_t)(w->len - CHILD_HEAD - CHILD_TAIL);
            memmove(w->data + CHILD_HEAD, w->data + w->len - CHILD_TAIL, CHILD_TAIL);
            w->len = CHILD_HEAD + CHILD_TAIL;
        }
        buf_add(w, bytes, part);
    }
}

static void add_words(struct run *r, const char *bytes, size_t len) {
    if (r->c->told)
        tell(bytes, len);
    keep(r, bytes, len);
}

static void add_line(struct run *r) {
    const struct child_spec *spec = r->spec;
    size_t prefix = strlen(spec->prefix);
    if (r->line.len >= prefix && memcmp(r->line.data, spec->prefix, prefix) == 0) {
        add_words(r, r->line.data + prefix, r->line.len - prefix);
        if (spec->see)
            spec->see(spec->see_arg, r->line.data + prefix, r->line.len - prefix);
    } else if (spec->others) {
        buf_add(spec->others, r->line.data, r->line.len);
    }
    buf_reset(&r->line);
}

static void add_lines(struct run *r, const char *bytes, size_t len) {
    while (len) {
        const char *newline = memchr(bytes, '\n', len);
        size_t part = newline ? (size_t)(newline - bytes) + 1 : len;
        buf_add(&r->line, bytes, part);
        if (newline || r->line.over)
            add_line(r);
        bytes += part;
        len -= part;
    }
}

/* Once it takes long, whoever waits wants to see what it says, also when it is killed meanwhile. */
static void tell_if_long(struct run *r) {
    if (r->c->told || clock_mono_ns() - r->began_ns < CHILD_QUIET_MS * INT64_C(1000000))
        return;
    r->c->told = true;
    tell(r->c->words.data, r->c->words.len);
}

static void take_words(void *arg, const char *bytes, size_t len) {
    struct run *r = arg;
    if (r->spec->prefix)
        add_lines(r, bytes, len);
    else
        add_words(r, bytes, len);
}

static void take_out(void *arg, const char *bytes, size_t len) {
    struct run *r = arg;
    buf_add(r->spec->out, bytes, len);
}

static void read_pipe(struct run *r, int *fd, drain_sink *sink) {
    if (*fd < 0 || drain(*fd, sink, r))
        return;
    close(*fd);
    *fd = -1;
}

static void read_both(struct run *r) {
    read_pipe(r, &r->words, take_words);
    read_pipe(r, &r->out, take_out);
    tell_if_long(r);
}

/* Everybody below us, and below those who come meanwhile. */
static void end_the_rest(void) {
    struct census left = {0};
    for (int i = 0; i < SWEEPS_MAX; i++) {
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
        census_take(&left, getpid());
        if (!left.len)
            break;
        for (size_t k = 0; k < left.len; k++)
            (void)kill(left.pids[k], SIGKILL);
        (void)usleep(1000);
    }
    census_done(&left);
}

static _Noreturn void become(const struct child_spec *spec, pid_t parent, int words, int out,
                             int refused) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
        dup2(out >= 0 ? out : words, 1) >= 0 && dup2(words, 2) >= 0 && chdir(spec->cwd) == 0) {
        for (size_t i = 0; spec->env && spec->env[i]; i++)
            (void)putenv((char *)(uintptr_t)spec->env[i]);
        execvp(spec->argv[0], (char *const *)(uintptr_t)spec->argv);
    }
    int error = errno;
    ssize_t n = write(refused, &error, sizeof(error));
    _exit(n == (ssize_t)sizeof(error) ? NO_EXEC : NO_EXEC - 1);
}

/* 0 once the program runs. */
static int wait_for_exec(int refused, pid_t pid, const struct child_spec *spec) {
    int error = 0;
    ssize_t n;
    do
        n = read(refused, &error, sizeof(error));
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(error))
        return 0;
    (void)waitpid(pid, NULL, 0);
    errno = error;
    return err_errno(error == ENOENT ? ERR_NOTFOUND : ERR_IO, "cannot start %s in %s",
                     spec->argv[0], spec->cwd);
}

enum { WORDS, OUT, REFUSED, PIPES };

static void close_pipes(int (*pipes)[2]) {
    for (int i = 0; i < PIPES; i++)
        for (int k = 0; k < 2; k++)
            if (pipes[i][k] >= 0)
                close(pipes[i][k]);
}

static int start(struct run *r) {
    int pipes[PIPES][2] = {
        {-1, -1},
        {-1, -1},
        {-1, -1}
    };
    bool ok = pipe2(pipes[WORDS], O_CLOEXEC) == 0 && pipe2(pipes[REFUSED], O_CLOEXEC) == 0 &&
              (!r->spec->out || pipe2(pipes[OUT], O_CLOEXEC) == 0) &&
              fcntl(pipes[WORDS][0], F_SETFL, O_NONBLOCK) == 0 &&
              (!r->spec->out || fcntl(pipes[OUT][0], F_SETFL, O_NONBLOCK) == 0);
    pid_t parent = getpid();
    r->pid = ok ? fork() : -1;
    if (r->pid < 0) {
        int rc = err_errno(ERR_IO, "cannot start %s", r->spec->argv[0]);
        close_pipes(pipes);
        return rc;
    }
    if (r->pid == 0)
        become(r->spec, parent, pipes[WORDS][1], pipes[OUT][1], pipes[REFUSED][1]);
    r->words = pipes[WORDS][0];
    r->out = pipes[OUT][0];
    pipes[WORDS][0] = pipes[OUT][0] = -1;
    close(pipes[REFUSED][1]);
    pipes[REFUSED][1] = -1;
    int rc = wait_for_exec(pipes[REFUSED][0], r->pid, r->spec);
    close_pipes(pipes);
    if (rc < 0) {
        close(r->words);
        if (r->out >= 0)
            close(r->out);
    }
    return rc;
}

/* Until it has ended: a child of its own that holds the pipes open is not waited for. */
static int wait_for_end(struct run *r) {
    for (;;) {
        int status, open = r->words >= 0 || r->out >= 0;
        struct pollfd fds[2] = {
            {.fd = r->words, .events = POLLIN},
            {.fd = r->out,   .events = POLLIN}
        };
        if (open)
            (void)poll(fds, 2, TURN_MS);
        read_both(r);
        pid_t got = waitpid(r->pid, &status, open ? WNOHANG : 0);
        if (got == r->pid)
            return status;
    }
}

/* The words become what a log can hold: the gap is told. */
static void finish_words(struct run *r) {
    struct buf *w = &r->c->words;
    if (r->spec->prefix && r->line.len)
        add_lines(r, "\n", 1);
    if (!r->dropped)
        return;
    struct buf all;
    buf_init(&all, CHILD_HEAD + 3 * CHILD_TAIL);
    buf_add(&all, w->data, CHILD_HEAD);
    buf_printf(&all, "\n… %lld bytes left out …\n", (long long)r->dropped);
    buf_add(&all, w->data + CHILD_HEAD, w->len - CHILD_HEAD);
    buf_done(w);
    *w = all;
}

int child_run(struct child *out, const struct child_spec *spec) {
    struct run r = {.spec = spec, .c = out, .began_ns = clock_mono_ns()};
    *out = (struct child){.told = spec->out != NULL};
    int rc = start(&r);
    if (rc < 0)
        return rc;
    buf_init(&out->words, CHILD_HEAD + 3 * CHILD_TAIL);
    buf_init(&r.line, LINE_MAX_BYTES);
    int status = wait_for_end(&r);
    end_the_rest();
    read_both(&r);
    if (r.words >= 0)
        close(r.words);
    if (r.out >= 0)
        close(r.out);
    finish_words(&r);
    buf_done(&r.line);
    out->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (spec->out && spec->out->over) {
        child_done(out);
        return err_set(ERR_LIMIT, "%s wrote more than %zu bytes", spec->argv[0], spec->out->max);
    }
    return 0;
}

void child_done(struct child *c) {
    buf_done(&c->words);
}

void child_put_end(struct buf *text, const struct child *c) {
    const char *name = c->signal ? sigabbrev_np(c->signal) : NULL;
    if (name)
        buf_printf(text, "it was killed by SIG%s", name);
    else if (c->signal)
        buf_printf(text, "it was killed by signal %d", c->signal);
    else
        buf_printf(text, "it ended with exit status %d", c->exit_code);
}
