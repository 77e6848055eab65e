/* SPDX-License-Identifier: Apache-2.0 */
/* exec: where workers run. One file per executor; a sweep knows only these verbs.
 *
 * A job's streams come back in pieces of any size, all of them before its end is told. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "orchestrator/proc/proc.h"

struct exec;
struct exec_job;
struct loop;

/* What a job asks for and where its words go. Borrowed until on_end was called. */
struct exec_request {
    const char *const *argv; /* NULL-terminated */
    const char *cwd;
    int64_t memory_bytes; /* 0 = no limit */
    void (*on_out)(void *arg, const char *bytes, size_t len);
    void (*on_err)(void *arg, const char *bytes, size_t len);
    void (*on_end)(void *arg); /* collect() may be called now, and must be */
    void *arg;
};

struct exec_ops {
    const char *name;
    /* How many jobs may run at once; 0 with a sentence when none can. */
    int (*probe)(struct exec *e);
    /* 0, ERR_NOTFOUND, ERR_IO. */
    int (*submit)(struct exec *e, const struct exec_request *request, struct exec_job **out);
    /* Waits at most max_ms for something to happen and tells of it. 0 or ERR_IO. */
    int (*poll)(struct exec *e, int max_ms);
    /* Hands on what has come of stderr: called from on_out when a line ends what the words before
     * it belong to. */
    void (*drain)(struct exec_job *job);
    /* Kills; on_end still comes. Fine when it was asked before. */
    void (*cancel)(struct exec_job *job);
    /* How it ended; frees the job. */
    void (*collect)(struct exec_job *job, struct proc_exit *out);
    void (*close)(struct exec *e);
};

struct exec {
    const struct exec_ops *ops;
    struct loop *loop;
};

/* Child processes on this machine: as many as `workers`, 0 = one per core that we may use. through:
 * words of the program that runs each of them (ward.h), borrowed, or NULL. */
int exec_open_local(struct exec **out, struct loop *loop, int64_t workers,
                    const char *const *through);
