/* SPDX-License-Identifier: Apache-2.0 */
/* event: what a worker tells the orchestrator, one JSON object a line (schema 1).
 *
 * The plan comes first and names every case; a `started` line stands before each result, so that
 * a worker that dies leaves the name of the case it died in. Each line is flushed at once. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "engine/trace/compare.h"

struct calibration;

enum { EVENT_SCHEMA = 1 };

struct event_plan {
    const char *family, *backend, *dtype;
    const char *const *cases; /* full ids */
    size_t count;
};

/* How the graph nodes of the case were computed. */
struct event_route {
    int64_t native, composite, reference;
};

struct event_result {
    const char *id, *status; /* pass fail numerics error na */
    double ms, cpu_ms;       /* on the clock; of the processor, all threads together */
    const char *type, *ref, *tolerance;
    const struct compare_total *total; /* NULL for na */
    const char *golden_sha256;         /* NULL when the case needs no golden */
    const char *requested, *actual;    /* backends */
    struct event_route route;
    const char *reason;  /* na only */
    const char *message; /* all but pass */
};

/* 0 or ERR_IO when the line could not be written. */
int event_plan(FILE *out, const struct event_plan *plan);
int event_started(FILE *out, const char *id);
int event_result(FILE *out, const struct event_result *result);
/* calibration may be NULL: nothing was timed. */
int event_done(FILE *out, size_t cases, const struct calibration *calibration);
