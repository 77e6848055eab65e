/* SPDX-License-Identifier: Apache-2.0 */
/* record: the proof that a hook ran: a line of JSON per call, each bound to the one before it.
 *
 * A hook that could not leave its line has not decided, and refuses. Whoever may write the file
 * can write it anew: keep it where the hooked program may not (--log). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "orchestrator/hook/hook.h"

struct record {
    int64_t at_ms;  /* since 1970; 0 = now */
    double took_ms; /* from its start to its decision */
    const char *event, *dialect, *tool, *decision, *why;
    char input[HASH_HEX_SIZE]; /* SHA-256 of what came in on standard input */
};

/* Behind what is there, under a lock, and on the disk before it returns. ERR_IO. */
int record_append(const char *path, const struct record *r);

/* What is looked for; NULL and 0 = any. */
struct record_query {
    const char *event, *dialect, *decision, *input;
    int64_t since_ms;
};

typedef void record_fn(void *arg, const char *line, struct json value);

/* Calls fn for each line that fits. *found counts them. ERR_NOTFOUND, ERR_IO, or ERR_FORMAT naming
 * the line where the chain is broken. */
int record_ask(const char *path, const struct record_query *q, record_fn *fn, void *arg,
               size_t *found);
