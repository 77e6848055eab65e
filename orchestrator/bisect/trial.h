/* SPDX-License-Identifier: Apache-2.0 */
/* trial: one run of one case by one worker, judged as a sweep judges it, so that its signature is
 * the one that the sweep would have given. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "orchestrator/store/verdict.h"
#include "orchestrator/triage/signature.h"

struct arena;
struct exec;
struct loop;
struct plan_cell;
struct rules;

struct trial_spec {
    const struct plan_cell *cell; /* its argv is run, with --case behind it */
    const char *case_name;
    const char *root;  /* where it runs */
    int64_t limit_ms;  /* of the case, from its beginning; until then startup_ms of the suite */
    struct exec *exec; /* of this loop */
    struct loop *loop;
    const struct rules *rules;
    const bool *stop;
};

/* Strings live in the arena given to trial_run(). */
struct trial {
    enum attempt_status status;
    bool began;                     /* the worker began the case: it has one of that name */
    char signature[SIGNATURE_SIZE]; /* "" for what is not red */
    const char *what;               /* one line, "" for a pass */
    double ms;                      /* of the whole process */
};

/* 0 however the case ended; ERR_STOPPED; ERR_IO when no process could be started. */
int trial_run(struct trial *out, struct arena *arena, const struct trial_spec *spec);
