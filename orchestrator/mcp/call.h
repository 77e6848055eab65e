/* SPDX-License-Identifier: Apache-2.0 */
/* call: one call of a tool while it runs: its arguments, what it may look at, its answer, and the
 * word to its client meanwhile. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/json.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/proc.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/sweep/place.h"

struct db;
struct request;
struct tool;

enum { CALL_OUT_MAX = 8 << 20, CALL_RUNS = 1000 /* no code that ends a call */ };

struct call {
    struct request *request;
    const struct tool *tool; /* that is called */
    struct json args;
    struct place place; /* the checkout; its arena is the call's, too */
    struct db *db;      /* the index, once asked for */
    struct buf out;     /* the answer: a JSON object, however indented */
    int64_t began_ns;
    double told; /* the last progress, s; below 0 = none */
    int rc;      /* what the tool came to, once it does not run any more */
    char *why;   /* the sentence behind it, when it is negative */
    /* Its command, while it runs one. */
    bool runs;
    struct proc_job job;
    struct loop_timer tick;
    struct buf said, err; /* what it prints */
    int (*then)(struct call *c, const struct proc_exit *ended);
    void *kept; /* what the tool wants to know by then, in the arena of place */
};

/* Opens the checkout that holds the current folder and begins the tool in it. Never NULL; it may
 * run on (c->runs), and else c->rc says what came of it. */
struct call *call_begin(struct request *r, const struct tool *tool, struct json args);
/* After each turn of the loop. False while it runs. */
bool call_poll(struct call *c);
void call_stop(struct call *c);  /* nobody waits for it: its command is asked to end */
void call_close(struct call *c); /* kills what still runs; NULL is fine */

/* Arguments; `fallback` for those that are absent. */
const char *call_str(const struct call *c, const char *name, const char *fallback);
int64_t call_int(const struct call *c, const char *name, int64_t fallback);
bool call_bool(const struct call *c, const char *name);
/* The real path of the file or folder that an argument names, seen from the checkout's root. It
 * must be in the checkout: else NULL and the sentence is set. */
const char *call_path(struct call *c, const char *name);

/* The index as c->db. 0, ERR_NOTFOUND when nothing was swept yet, ERR_IO. */
int call_index(struct call *c);
/* The same, and the run that the argument "run" means, usually the last. */
int call_run(struct call *c, struct run *out);

/* For the end of a tool's run(): starts a command that takes at most limit_ms, while a client that
 * wants to know is told how long it has been. When it has ended by itself then() makes the answer
 * of c->said and c->err, of which so many bytes are kept, and returns what run() would have.
 * CALL_RUNS, or as proc_spawn(). */
int call_command(struct call *c, const struct proc_spec *spec, int64_t limit_ms, size_t said_max,
                 size_t err_max, int (*then)(struct call *c, const struct proc_exit *ended));
