/* SPDX-License-Identifier: Apache-2.0 */
/* hearing: one sweep of a tree that was built, by which it is judged.
 *
 * The judge is this program, outside of any sandbox, in a folder that nothing of the tree ever
 * wrote to; each program of the tree is in a sandbox of its own (ward.h). What such a program can
 * do for itself is to say something else over its own stdout, and no more. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "orchestrator/proc/sandbox.h"

struct arena;

struct hearing_spec {
    const char *root;         /* of the subject: its files, and what was built */
    const char *build;        /* {build}, below the root */
    const char *const *cells; /* NULL-terminated; NULL = the whole plan */
    int64_t limit_ms;
    enum sandbox_level least, only; /* as in struct sandbox_spec */
    const volatile bool *stop;
};

/* The journal is below ROOT/logs. *why: one line, in arena, when it could not be swept; else as it
 * was. 0, ERR_STOPPED, ERR_IO. */
int hearing_run(const char **why, struct arena *arena, const struct hearing_spec *spec);
