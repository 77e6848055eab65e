/* SPDX-License-Identifier: Apache-2.0 */
/* loop: one poll() over descriptors, timers and signals; the orchestrator has no threads.
 *
 * Callbacks run inside loop_turn(), one at a time, and may watch, unwatch and set timers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct loop;

typedef void loop_fd_fn(void *arg);
typedef void loop_timer_fn(void *arg);
typedef void loop_signal_fn(void *arg, int signo);

/* A timer lives in its owner; zeroed = not set. */
struct loop_timer {
    int64_t due_ns; /* monotonic */
    loop_timer_fn *fn;
    void *arg;
    struct loop_timer *next; /* sorted by due_ns */
    bool set;
};

/* 0 or ERR_IO. */
int loop_new(struct loop **out);
void loop_free(struct loop *loop); /* NULL is fine; signals are as they were before */

/* fn is called while fd is readable or at its end. */
void loop_watch(struct loop *loop, int fd, loop_fd_fn *fn, void *arg);
void loop_unwatch(struct loop *loop, int fd); /* fine when it is not watched */

/* Sets (or moves) the timer; it is called once. */
void loop_timer_set(struct loop *loop, struct loop_timer *t, int64_t ms, loop_timer_fn *fn,
                    void *arg);
void loop_timer_stop(struct loop *loop, struct loop_timer *t); /* fine when not set */

/* From now on signo (for the whole process) calls fn from loop_turn() and does nothing else. */
int loop_on_signal(struct loop *loop, int signo, loop_signal_fn *fn, void *arg);

/* Waits for something to happen, at most max_ms (-1 = for ever), and calls what it calls.
 * 0 or ERR_IO. */
int loop_turn(struct loop *loop, int max_ms);
