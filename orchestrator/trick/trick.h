/* SPDX-License-Identifier: Apache-2.0 */
/* trick: ways in which a command could do what it may not, tried on purpose.
 *
 * Each goes through the judge of command lines, and, whatever that says, runs in the sandbox with
 * the same rules: the sandbox is what holds, since a test that is allowed to run may do anything.
 * A guard that was not tried is none. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/proc/sandbox.h"
#include "orchestrator/shell/allow.h"

struct buf;
struct world;

/* line: for a shell, with the holes {victim} (a folder that may not be written), {secret} (a file
 * elsewhere), {outside} (a folder elsewhere), {port}, {socket}, {pid} and {fd} of struct world. */
struct trick {
    const char *name; /* NULL ends the rows */
    const char *line;
    bool hidden; /* the line itself is in order, so that the judge may let it pass */
};

struct trick_group {
    const char *name;
    const struct trick *rows;
};

extern const struct trick_group *const trick_table[]; /* generated, NULL-terminated */

struct trick_outcome {
    bool denied;     /* by the judge */
    char why[160];   /* its sentence */
    bool ran;        /* in the sandbox */
    char error[160]; /* why it did not */
    char cut[32];    /* the limit that ended it */
    char harm[96];   /* what it did nevertheless, "" = nothing */
};

/* Runs one in w, which is as new before and after. level: least of the sandbox; only as in struct
 * sandbox_spec. Never fails: what went wrong is in the outcome, and proves nothing. */
void trick_run(const struct trick *a, struct world *w, enum sandbox_level least,
               enum sandbox_level only, const volatile bool *stop, struct trick_outcome *out);
/* The sandbox held it, and the judge denied what the line says openly. */
bool trick_is_proven(const struct trick *a, const struct trick_outcome *o);
/* "judge and sandbox", "sandbox", or "NOTHING: deleted …". */
void trick_stopped_by(struct buf *out, const struct trick *a, const struct trick_outcome *o);
