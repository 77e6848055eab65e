/* SPDX-License-Identifier: Apache-2.0 */
/* proc: a child process that leads its own group, with pipes for what it says.
 *
 * The group is what is killed, so nothing that a child started outlives it; and the child dies
 * with the orchestrator, even when that is killed -9. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/buf.h"

struct loop;

struct proc_spec {
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
    const char *cwd;         /* NULL = ours */
    int64_t memory_bytes;    /* address space (RLIMIT_AS); 0 = no limit */
    int input;               /* becomes its stdin; 0 = /dev/null */
    int64_t grace_ms;        /* proc_run(): how long it is asked by SIGTERM, again and again, to end
                              * by itself before it is killed; 0 = it is killed at once */
};

struct proc {
    pid_t pid;    /* also the group; 0 = none */
    int out, err; /* read ends, non-blocking; -1 when closed */
    int64_t started_ns;
};

struct proc_exit {
    int code;   /* exit status, -1 when a signal ended it */
    int signal; /* 0 when it exited */
    int64_t peak_rss_kib;
    double wall_ms;
};

/* 0, or ERR_IO / ERR_NOTFOUND naming the program that could not be started. */
int proc_spawn(struct proc *out, const struct proc_spec *spec);
/* SIGKILL to the whole group. Fine when it has ended. */
void proc_kill(const struct proc *p);
/* False while it runs. When it has ended: kills what is left of its group, collects it. The pipes
 * stay open, for what is still in them. */
bool proc_reap(struct proc *p, struct proc_exit *out);
void proc_close(struct proc *p); /* the pipes; copes with closed ones */

/* Runs to the end, collecting stdout and stderr (either may be NULL = thrown away; bytes past the
 * buffer's limit too). Turns the loop meanwhile, and kills when *stop becomes true (stop may be
 * NULL) or limit_ms pass (0 = no limit). 0, ERR_STOPPED, ERR_LIMIT, or as proc_spawn(). */
int proc_run(struct loop *loop, const struct proc_spec *spec, int64_t limit_ms,
             const volatile bool *stop, struct buf *out, struct buf *err, struct proc_exit *exit);
