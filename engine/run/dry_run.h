/* SPDX-License-Identifier: Apache-2.0 */
/* dry_run: the plan of a step and the memory it would take, without taking it. */
#pragma once

#include "engine/graph/plan.h"
#include "engine/nn/kv.h"
#include "engine/run/model.h"

struct dry_run_options {
    int64_t rows, tokens; /* ≥ 1 */
    int64_t capacity;     /* of the cache; 0 = what a session takes */
    enum dtype kv;        /* of the cache, as in struct session_options */
    unsigned plan_flags;
};

struct dry_run {
    struct kv kv; /* shapes only */
    struct plan *plan;
    int64_t weight_bytes, cache_bytes;
};

/* Computes nothing and reads no weight. 0, or what plan_new() says; ERR_ARG for tokens that exceed
 * the capacity. dry_run_done() before the model closes. */
int dry_run_init(struct dry_run *d, const struct model *m, const struct dry_run_options *options);
void dry_run_done(struct dry_run *d); /* copes with a zeroed struct */
