/* SPDX-License-Identifier: Apache-2.0 */
/* call: one call of a tool while it runs: its arguments, what it may look at, its answer, and the
 * word to its client meanwhile. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/json.h"
#include "orchestrator/proc/proc.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/sweep/place.h"

struct db;
struct request;
struct tool;

enum { CALL_OUT_MAX = 8 << 20 };

struct call {
    struct request *request;
    const struct tool *tool; /* that is called */
    struct json args;
    struct place place; /* the checkout; its arena is the call's, too */
    struct db *db;      /* the index, once asked for */
    struct buf out;     /* the answer: a JSON object, however indented */
    int64_t began_ns;
    double told; /* the last progress, s; below 0 = none */
};

/* Opens the checkout that holds the current folder. 0, ERR_NOTFOUND, ERR_FORMAT, ERR_IO. */
int call_open(struct call *c, struct request *r, const struct tool *tool, struct json args);
void call_close(struct call *c);

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

/* Runs a command to its end, at most limit_ms, telling a client that wants to know how long it has
 * been. ERR_STOPPED once nobody waits for it. Else as proc_run(). */
int call_command(struct call *c, const struct proc_spec *spec, int64_t limit_ms, struct buf *out,
                 struct buf *err, struct proc_exit *ended);
