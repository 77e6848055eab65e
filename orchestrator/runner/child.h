/* SPDX-License-Identifier: Apache-2.0 */
/* child: a process that a worker runs for one case.
 *
 * It stays in the worker's process group, so that whoever kills the group kills it too, and dies
 * with the worker. When it has ended, nothing that it started is left. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"

enum {
    CHILD_HEAD = 64 << 10, /* of its words the first and the last bytes are kept */
    CHILD_TAIL = 64 << 10,
    CHILD_QUIET_MS = 1000, /* after that its words go to stderr as they come */
    CHILD_OUT_MAX = 64 << 20,
};

struct child_spec {
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
    const char *cwd;
    const char *const *env; /* "NAME=value", beside those that we have; NULL-terminated or NULL */
    const char *prefix;     /* of a line that is its words: all others are dropped, and of these it
                               is taken off; NULL = every line */
    struct buf *others;     /* with a prefix: gets what is dropped; NULL = nobody wants it */
    /* With a prefix: is shown each line of its words, also those that are not kept; or NULL. */
    void (*see)(void *arg, const char *line, size_t len);
    void *see_arg;
    struct buf *out; /* gets its stdout, whole; NULL = stdout and stderr are its words */
};

struct child {
    struct buf words; /* head and tail; what was left out between them is told there */
    bool told;        /* they went to stderr: it ran longer than CHILD_QUIET_MS, or spec.out */
    int exit_code;    /* -1 when a signal ended it */
    int signal;       /* 0 when it exited */
};

/* Once per worker: what our children leave behind is given to us, and nobody dumps core. */
void child_adopt(void);
/* 0 however it ended; ERR_NOTFOUND, there is no such program; ERR_IO; ERR_LIMIT, too much for out.
 * child_done() after 0. */
int child_run(struct child *out, const struct child_spec *spec);
void child_done(struct child *c);
/* "it was killed by SIGSEGV", "it ended with exit status 3", into text. */
void child_put_end(struct buf *text, const struct child *c);
