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
    const char *const *argv;    /* NULL-terminated; argv[0] is looked up in PATH */
    const char *const *through; /* the words of a program that runs it, NULL-terminated; or NULL */
    const char *cwd;            /* NULL = ours */
    int64_t memory_bytes;       /* address space (RLIMIT_AS); 0 = no limit */
    int input;                  /* becomes its stdin; 0 = /dev/null */
    int64_t grace_ms; /* proc_run(): how long it is asked by SIGTERM, again and again, to end
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

/* A child that runs while the loop turns. It lies still while it runs: the loop knows it. */
struct proc_job {
    struct proc p;
    struct loop *loop;
    const char *name; /* argv[0], borrowed */
    struct proc_drain {
        struct loop *loop;
        int *fd;
        struct buf *into;
    } streams[2];
    int64_t limit_ms, grace_ms;
    int64_t ended_ns, asked_ns; /* when it was first and last asked to end; 0 = it was not */
    int why;                    /* it is asked to end: ERR_STOPPED, ERR_LIMIT */
};
enum { PROC_POLL_MS = 100 }; /* how often a job that is asked to end wants to be looked at */

/* Starts it; out, err and limit_ms as for proc_run(). As proc_spawn(). */
int proc_job_start(struct proc_job *j, struct loop *loop, const struct proc_spec *spec,
                   int64_t limit_ms, struct buf *out, struct buf *err);
/* Asks it to end, for that reason; a second one counts for nothing. */
void proc_job_stop(struct proc_job *j, int why);
/* After each turn. False while it runs; else *rc and *exit are those of proc_run(). */
bool proc_job_poll(struct proc_job *j, struct proc_exit *exit, int *rc);
/* Kills it and waits, where nobody wants to know how it ended. */
void proc_job_kill(struct proc_job *j);

/* Runs to the end, collecting stdout and stderr (either may be NULL = thrown away; bytes past the
 * buffer's limit too). Turns the loop meanwhile, and kills when *stop becomes true (stop may be
 * NULL) or limit_ms pass (0 = no limit). 0, ERR_STOPPED, ERR_LIMIT, or as proc_spawn(). */
int proc_run(struct loop *loop, const struct proc_spec *spec, int64_t limit_ms,
             const volatile bool *stop, struct buf *out, struct buf *err, struct proc_exit *exit);
