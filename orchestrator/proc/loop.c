/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"

enum { SIGNALS_MAX = 65, NS_PER_MS = 1000000 };

struct watch {
    int fd; /* -1: unwatched in this turn, to be dropped */
    loop_fd_fn *fn;
    void *arg;
};

struct loop {
    struct watch *watches;
    struct pollfd *polls;
    size_t len, cap;
    struct loop_timer *timers;
    int signal_fd;
    sigset_t caught, before; /* ours; the mask that loop_free() restores */
    struct {
        loop_signal_fn *fn;
        void *arg;
    } signals[SIGNALS_MAX];
};

static void on_signal_fd(void *arg) {
    struct loop *loop = arg;
    struct signalfd_siginfo info;
    while (read(loop->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        if (info.ssi_signo < SIGNALS_MAX && loop->signals[info.ssi_signo].fn)
            loop->signals[info.ssi_signo].fn(loop->signals[info.ssi_signo].arg,
                                             (int)info.ssi_signo);
}

/* That a child ended wakes the loop; who waits for it asks. */
static void on_child(void *arg, int signo) {
    (void)arg, (void)signo;
}

int loop_new(struct loop **out) {
    struct loop *loop = xcalloc(1, sizeof(*loop));
    sigemptyset(&loop->caught);
    sigprocmask(SIG_SETMASK, NULL, &loop->before);
    loop->signal_fd = signalfd(-1, &loop->caught, SFD_CLOEXEC | SFD_NONBLOCK);
    if (loop->signal_fd < 0) {
        free(loop);
        return err_errno(ERR_IO, "cannot watch signals");
    }
    loop_watch(loop, loop->signal_fd, on_signal_fd, loop);
    int rc = loop_on_signal(loop, SIGCHLD, on_child, NULL);
    if (rc < 0)
        loop_free(loop);
    else
        *out = loop;
    return rc;
}

void loop_free(struct loop *loop) {
    if (!loop)
        return;
    on_signal_fd(loop); /* what is already on its way must not strike after the mask is gone */
    close(loop->signal_fd);
    sigprocmask(SIG_SETMASK, &loop->before, NULL);
    free(loop->watches);
    free(loop->polls);
    free(loop);
}

void loop_watch(struct loop *loop, int fd, loop_fd_fn *fn, void *arg) {
    if (loop->len == loop->cap) {
        loop->cap = loop->cap ? loop->cap * 2 : 16;
        loop->watches = xrealloc(loop->watches, loop->cap * sizeof(*loop->watches));
        loop->polls = xrealloc(loop->polls, loop->cap * sizeof(*loop->polls));
    }
    loop->watches[loop->len++] = (struct watch){fd, fn, arg};
}

void loop_unwatch(struct loop *loop, int fd) {
    for (size_t i = 0; i < loop->len; i++)
        if (loop->watches[i].fd == fd)
            loop->watches[i].fd = -1;
}

void loop_timer_stop(struct loop *loop, struct loop_timer *t) {
    for (struct loop_timer **at = &loop->timers; t->set && *at; at = &(*at)->next) {
        if (*at == t) {
            *at = t->next;
            break;
        }
    }
    t->set = false;
}

void loop_timer_set(struct loop *loop, struct loop_timer *t, int64_t ms, loop_timer_fn *fn,
                    void *arg) {
    loop_timer_stop(loop, t);
    *t = (struct loop_timer){clock_mono_ns() + ms * NS_PER_MS, fn, arg, NULL, true};
    struct loop_timer **at = &loop->timers;
    while (*at && (*at)->due_ns <= t->due_ns)
        at = &(*at)->next;
    t->next = *at;
    *at = t;
}

int loop_on_signal(struct loop *loop, int signo, loop_signal_fn *fn, void *arg) {
    CHECK(signo > 0 && signo < SIGNALS_MAX);
    loop->signals[signo].fn = fn;
    loop->signals[signo].arg = arg;
    sigaddset(&loop->caught, signo);
    if (sigprocmask(SIG_BLOCK, &loop->caught, NULL) != 0 ||
        signalfd(loop->signal_fd, &loop->caught, 0) < 0)
        return err_errno(ERR_IO, "cannot watch signal %d", signo);
    return 0;
}

/* Milliseconds until the next timer, rounded up so that it is due when poll() returns. */
static int wait_ms(const struct loop *loop, int max_ms) {
    if (!loop->timers)
        return max_ms;
    int64_t left = loop->timers->due_ns - clock_mono_ns();
    int64_t ms = left <= 0 ? 0 : (left + NS_PER_MS - 1) / NS_PER_MS;
    return max_ms >= 0 && ms > max_ms ? max_ms : ms > 3600000 ? 3600000 : (int)ms;
}

static void drop_unwatched(struct loop *loop) {
    size_t kept = 0;
    for (size_t i = 0; i < loop->len; i++)
        if (loop->watches[i].fd >= 0)
            loop->watches[kept++] = loop->watches[i];
    loop->len = kept;
}

static void run_timers(struct loop *loop) {
    int64_t now = clock_mono_ns();
    while (loop->timers && loop->timers->due_ns <= now) {
        struct loop_timer *t = loop->timers;
        loop->timers = t->next;
        t->set = false;
        t->fn(t->arg);
    }
}

int loop_turn(struct loop *loop, int max_ms) {
    drop_unwatched(loop);
    size_t len = loop->len; /* what a callback adds waits for the next turn */
    for (size_t i = 0; i < len; i++)
        loop->polls[i] = (struct pollfd){.fd = loop->watches[i].fd, .events = POLLIN};
    int ready = poll(loop->polls, (nfds_t)len, wait_ms(loop, max_ms));
    if (ready < 0 && errno != EINTR)
        return err_errno(ERR_IO, "cannot wait for workers");
    for (size_t i = 0; ready > 0 && i < len; i++) {
        bool due = loop->polls[i].revents != 0;
        if (due && loop->watches[i].fd >= 0)
            loop->watches[i].fn(loop->watches[i].arg);
    }
    run_timers(loop);
    return 0;
}
