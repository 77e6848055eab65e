/* SPDX-License-Identifier: Apache-2.0 */
/* event: a line that a worker wrote to stdout, checked.
 *
 *     {"event":"plan","schema":1,"family":"qwen3","cases":["qwen3/load_single",…]}
 *     {"event":"started","case":"qwen3/load_single"}
 *     {"event":"result","case":"qwen3/load_single","status":"pass","ms":1.25,"compared":12,…}
 *     {"event":"done","cases":57,"calibration":{"version":1,"ms":0.115}}
 *
 * Statuses: pass, fail, numerics, error, na, xfail and xpass; crash (with "signal" or "exit") and
 * timeout of a process that the worker ran for the case.
 *
 * Workers are not trusted: a line that is anything else is ERR_FORMAT. Keys that are not known
 * are passed over, so that a newer engine can be swept. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/results.h"

struct arena;

enum { EVENT_LINE_MAX = 1 << 20, EVENT_CASE_MAX = 256, EVENT_TEXT_MAX = 64 << 10 };

enum event_kind { EVENT_PLAN, EVENT_STARTED, EVENT_RESULT, EVENT_DONE };

/* Strings live in the arena given to event_parse(). */
struct event {
    enum event_kind kind;
    const char *case_name;  /* started, result */
    const char *type, *ref; /* result; "" when not given */
    const char *log;        /* result: its output where stderr does not hold it, "" = none */
    struct attempt result; /* result: what the worker measured; keys and times are not its to say */
    const char **cases;    /* plan: [case_count] */
    size_t case_count;     /* plan, done */
    double calibration_ms; /* done; 0 when the worker did not calibrate */
    int64_t calibration;   /* done; version of it */
};

/* line without its newline. A result is checked as well: na needs a reason, what did not pass a
 * message, and a pass that compared nothing becomes an error. */
int event_parse(struct event *out, struct arena *arena, const char *line, size_t len);
/* An id of a case: printable, no blank at its ends, at most EVENT_CASE_MAX bytes. */
bool event_is_case_name(const char *name);
/* Appends at most max bytes of a line for a message, what is not printable as \xNN. */
struct buf;
void event_quote(struct buf *out, const char *line, size_t len, size_t max);
