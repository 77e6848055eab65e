/* SPDX-License-Identifier: Apache-2.0 */
/* trace: what a run computed, stage by stage, with all that says where it is from.
 *
 * On disk it is a folder of two files. trace.safetensors holds the tensors under keys like
 * "step-0/layer-3/q_rope" and "step-0/embedding"; step 0 is the prompt, each later one a decoded
 * token. trace.json (schema 1) names the model and its hash, the backend, the engine's commit, the
 * token ids of each step, and of each tensor the kernel that wrote it; which stages are absent and
 * why; and the nodes of each plan that ran. docs/tracing.md describes both for readers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/graph/plan.h"

enum {
    TRACE_SCHEMA = 1,
    TRACE_ITEMS_MAX = 1 << 20,
    TRACE_STEPS_MAX = 1 << 20,
    TRACE_JSON_MAX = 256 << 20,
};

struct trace_item {
    const char *key;  /* "step-0/layer-3/q_rope"; in a file without stages its own name */
    enum stage stage; /* STAGE_NONE: not of the vocabulary */
    int layer;        /* -1 = the whole model */
    int64_t step;
    struct tensor tensor;            /* contiguous, host memory */
    int node;                        /* of the plan that ran, or -1 */
    const char *op, *kernel, *route; /* NULL = not known */
};

/* A stage that was asked for and not seen, and why, in words: "swallowed by attention". */
struct trace_absence {
    enum stage stage;
    int64_t step;
    int first_layer, last_layer; /* -1 = the whole model */
    const char *why;
};

struct trace_step {
    int64_t past; /* tokens before it */
    int32_t *ids; /* [len]; NULL: it was given embeddings */
    int64_t len, rows;
    int plan; /* in plans[]; -1 = none */
};

/* A plan that ran: its routes, whose tensors have shapes and no data. */
struct trace_plan {
    struct plan_route *nodes;
    int count;
    const struct plan *plan; /* which it was while it lived, only to tell it from others */
};

/* A weight as a plan read it. */
struct trace_weight {
    const char *name;
    struct tensor shape; /* without data */
    char hash[65];       /* SHA-256 of its bytes as rows, contiguous; "" of panels */
};

/* Where a trace is from; NULL = not known. */
struct trace_about {
    const char *source; /* "noctule-engine", "transformers" */
    const char *version, *commit;
    const char *model, *model_hash, *family, *backend, *dtype, *prompt;
    const char *files; /* "trace", "aprt" or "npy": what its tensors are in; NULL = the first */
    bool unfused;
};

struct trace {
    struct arena arena;
    bool is_array; /* read from a file of one array, whose name says nothing */
    struct trace_about about;
    struct trace_item *items;
    struct trace_absence *absences;
    struct trace_step *steps;
    struct trace_plan *plans;
    struct trace_weight *weights;
    size_t item_count, absence_count, step_count, plan_count, weight_count;
    size_t item_cap, absence_cap, step_cap, plan_cap, weight_cap;
    size_t bytes;             /* of the tensors added */
    struct safetensors *file; /* of one that was read: items look into it */
    struct json_doc *doc;     /* of the trace.json that was read, or NULL */
};

void trace_init(struct trace *t);
void trace_done(struct trace *t); /* copes with a zeroed struct */

/* Appends a copy of value's numbers: *out is in t until the next is added. 0 or ERR_NOMEM. */
int trace_add(struct trace *t, int64_t step, enum stage stage, int layer,
              const struct tensor *value, struct trace_item **out);
/* The same under a name of the caller's, which is copied. */
int trace_add_named(struct trace *t, const char *key, const struct tensor *value,
                    struct trace_item **out);
/* More of the same item, behind what it has along dimension dim: the next chunk of a prompt. */
int trace_extend(struct trace *t, struct trace_item *item, const struct tensor *value, int dim);
/* A zeroed row at the end, in place until the next of its kind. An item's tensor must come from
 * malloc(), unless the trace was read. */
struct trace_item *trace_add_item(struct trace *t);
struct trace_absence *trace_add_absence(struct trace *t);
struct trace_step *trace_add_step(struct trace *t);
struct trace_plan *trace_add_plan(struct trace *t);
struct trace_weight *trace_add_weight(struct trace *t);

/* NULL when there is none. */
const struct trace_item *trace_find(const struct trace *t, int64_t step, enum stage stage,
                                    int layer);
const struct trace_item *trace_find_key(const struct trace *t, const char *key);
/* "step-0/layer-3/q_rope" in the trace's arena, and back: false for any other text. */
const char *trace_key(struct trace *t, int64_t step, enum stage stage, int layer);
bool trace_key_parse(const char *key, int64_t *step, enum stage *stage, int *layer);
