/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "orchestrator/proc/drain.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/sweep/exec/exec.h"

struct exec_job {
    struct local *owner;
    struct exec_job *next;
    struct exec_request request;
    struct proc proc;
    struct proc_exit ended;
    bool over;
};

struct local {
    struct exec base;
    struct exec_job *jobs; /* those whose end was not told yet */
    int slots;
    const char *const *through;
};

static int core_count(void) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
    return count > 0 ? count : 1;
}

static int probe(struct exec *e) {
    return ((struct local *)e)->slots;
}

static void read_pipe(struct exec_job *job, int *fd, drain_sink *sink) {
    if (*fd < 0 || drain(*fd, sink, job->request.arg))
        return;
    loop_unwatch(job->owner->base.loop, *fd);
    close(*fd);
    *fd = -1;
}

static void on_out_readable(void *arg) {
    struct exec_job *job = arg;
    read_pipe(job, &job->proc.out, job->request.on_out);
}

static void on_err_readable(void *arg) {
    struct exec_job *job = arg;
    read_pipe(job, &job->proc.err, job->request.on_err);
}

static int submit(struct exec *e, const struct exec_request *request, struct exec_job **out) {
    struct local *local = (struct local *)e;
    struct exec_job *job = xcalloc(1, sizeof(*job));
    const struct proc_spec spec = {.argv = request->argv,
                                   .through = local->through,
                                   .cwd = request->cwd,
                                   .memory_bytes = request->memory_bytes};
    job->owner = local;
    job->request = *request;
    int rc = proc_spawn(&job->proc, &spec);
    if (rc < 0) {
        free(job);
        return rc;
    }
    job->next = local->jobs;
    local->jobs = job;
    /* In this order, so that the line that begins a case is read before its first words. */
    loop_watch(e->loop, job->proc.out, on_out_readable, job);
    loop_watch(e->loop, job->proc.err, on_err_readable, job);
    *out = job;
    return 0;
}

static void hand_on(struct exec_job *job) {
    on_err_readable(job);
}

static void cancel(struct exec_job *job) {
    proc_kill(&job->proc);
}

static void unlink_job(struct exec_job *job) {
    struct exec_job **at = &job->owner->jobs;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
}

/* Every word before the end. Whoever held the pipes open was killed with the group. */
static void end_job(struct exec_job *job) {
    job->over = true;
    read_pipe(job, &job->proc.out, job->request.on_out);
    read_pipe(job, &job->proc.err, job->request.on_err);
    loop_unwatch(job->owner->base.loop, job->proc.out);
    loop_unwatch(job->owner->base.loop, job->proc.err);
    proc_close(&job->proc);
    unlink_job(job);
    job->request.on_end(job->request.arg);
}

static int poll_jobs(struct exec *e, int max_ms) {
    struct local *local = (struct local *)e;
    int rc = loop_turn(e->loop, max_ms);
    for (struct exec_job *job = local->jobs, *next; job; job = next) {
        next = job->next;
        if (!job->over && proc_reap(&job->proc, &job->ended)) {
            end_job(job);
            next = local->jobs; /* on_end may have submitted another */
        }
    }
    return rc;
}

static void collect(struct exec_job *job, struct proc_exit *out) {
    *out = job->ended;
    free(job);
}

/* Nobody is told of these any more. */
static void close_local(struct exec *e) {
    struct local *local = (struct local *)e;
    while (local->jobs) {
        struct exec_job *job = local->jobs;
        local->jobs = job->next;
        proc_kill(&job->proc);
        while (!proc_reap(&job->proc, &job->ended))
            (void)usleep(1000);
        loop_unwatch(e->loop, job->proc.out);
        loop_unwatch(e->loop, job->proc.err);
        proc_close(&job->proc);
        free(job);
    }
    free(local);
}

static const struct exec_ops ops = {"local", probe,  submit,  poll_jobs,
                                    hand_on, cancel, collect, close_local};

int exec_open_local(struct exec **out, struct loop *loop, int64_t workers,
                    const char *const *through) {
    struct local *local = xcalloc(1, sizeof(*local));
    local->base = (struct exec){&ops, loop};
    local->through = through;
    local->slots = workers > 0 ? (int)workers : core_count();
    *out = &local->base;
    return 0;
}
