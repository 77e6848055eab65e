/* SPDX-License-Identifier: Apache-2.0 */
/* graph: the ops of one step, in the order in which they will run. Shapes only, no numbers.
 *
 * Builders append one node and return its value. What varies from step to step (ids, positions,
 * past, masks) is the content of inputs, so a graph depends on (B, T, C) and flags alone, is built
 * once, and its plan is replayed.
 *
 * A wrong graph is a failure with a sentence: the first one sticks, every builder after it returns
 * a harmless value of no use, and graph_check() reports it. Nothing needs checking in between. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/op/op.h"
#include "engine/op/stage.h"

enum value_kind {
    VALUE_INPUT,  /* bytes of the caller's, bound by name before a run */
    VALUE_WEIGHT, /* a tensor of the caller's, whose data is read at each run */
    VALUE_BUFFER, /* bytes of the plan's, written slice by slice */
    VALUE_VIEW,   /* other bytes seen with another shape */
    VALUE_RESULT, /* what a node computes */
};

/* Owned by the graph and read-only to others. */
struct value {
    enum value_kind kind;
    int index;                   /* in graph.values */
    struct tensor t;             /* dtype, shape and strides; data stays NULL */
    const char *name;            /* INPUT, WEIGHT */
    const struct tensor *source; /* WEIGHT: borrowed */
    struct value *base;          /* whose bytes these are; NULL = its own */
    int64_t offset;              /* in base, elements */
    int node;                    /* RESULT: which node computes it; else -1 */
    int last_write;              /* the last node so far that writes these bytes, or -1 */
};

struct node {
    enum op op;
    struct op_params params;
    struct value *in[OP_INPUTS_MAX]; /* NULL = absent */
    struct value *out;
    enum stage stage; /* of out, if any: for routes and messages */
    int layer;        /* -1 = none */
    bool is_part;     /* of a composite that a plan has taken apart */
};

struct graph_stage {
    struct value *value;
    enum stage stage;
    int layer;
    int after; /* node after which the value is complete; -1 = before the first */
};

struct graph_output {
    const char *name;
    struct value *value;
};

/* Read-only outside graph/. */
struct graph {
    struct arena arena; /* owns all below */
    struct value **values;
    struct node **nodes;
    struct graph_stage *stages; /* in order of `after` */
    struct graph_output *outputs;
    int value_count, node_count, stage_count, output_count;
    int value_cap, node_cap, stage_cap, output_cap;
    struct value *none; /* what builders return after a failure */
    int failed;         /* ERR_* of the first failure, or 0 */
    const char *why;
};

void graph_init(struct graph *g);
void graph_done(struct graph *g); /* copes with a zeroed struct */
/* 0, or the first failure with its text. */
int graph_check(const struct graph *g);

/* Leaves. Names are copied. An input is unique by name and contiguous. */
struct value *graph_input(struct graph *g, const char *name, enum dtype dtype, int rank,
                          const int64_t *shape);
/* t (borrowed, must outlive the graph and its plans) may have data NULL until a plan runs: then
 * nothing but shapes is known, which is enough to plan. Also for caches: see KV_STORE. */
struct value *graph_weight(struct graph *g, const char *name, const struct tensor *t);
/* Bytes that nodes write slices of: see graph_into(). */
struct value *graph_buffer(struct graph *g, enum dtype dtype, int rank, const int64_t *shape);

/* Any op: in has op_inputs_max() entries, NULL where an optional one is absent. */
struct value *graph_op(struct graph *g, enum op op, const struct op_params *params,
                       struct value *const *in);
/* The rows of OP_MAP, spelled out. Shapes are in op.h. */
struct value *graph_get_rows(struct graph *g, struct value *table, struct value *ids);
struct value *graph_add(struct graph *g, struct value *a, struct value *b);
struct value *graph_mul(struct graph *g, struct value *a, struct value *b);
struct value *graph_scale(struct graph *g, struct value *a, double scale);
/* OP_SILU, OP_GELU, OP_GELU_TANH, OP_TANH, OP_RELU, OP_SOFTMAX */
struct value *graph_unary(struct graph *g, enum op op, struct value *a);
struct value *graph_matmul(struct graph *g, struct value *x, struct value *w);
/* Two or three matrices over one x: w[2] may be NULL. */
struct value *graph_matmuls(struct graph *g, struct value *x, struct value *const w[3]);
/* act: OP_SILU, OP_GELU, OP_GELU_TANH, OP_TANH, OP_RELU */
struct value *graph_gated(struct graph *g, enum op act, struct value *x, struct value *gate,
                          struct value *up);
struct value *graph_rms_norm(struct graph *g, struct value *x, struct value *w, double eps);
struct value *graph_layer_norm(struct graph *g, struct value *x, struct value *w, struct value *b,
                               double eps);
/* scale: HF's attention_scaling; 1 for plain RoPE. */
struct value *graph_rope(struct graph *g, struct value *x, struct value *pos,
                         struct value *inv_freq, enum rope_layout layout, double scale);
/* The value returned is the cache after the write: attention must read that one. */
struct value *graph_kv_store(struct graph *g, struct value *x, struct value *cache,
                             struct value *past);
struct attention {
    struct value *q, *k, *v, *past;
    struct value *key_mask, *mask; /* NULL = all ones */
    double scale;
    int64_t window; /* 0 = none */
    bool causal;
};
struct value *graph_attention(struct graph *g, const struct attention *a);
struct value *graph_attn_scores(struct graph *g, const struct attention *a); /* v is not read */
struct value *graph_attn_values(struct graph *g, struct value *p, struct value *v);
struct value *graph_copy(struct graph *g, struct value *a, enum dtype dtype);

/* Views. They cost nothing at run time. */
struct value *graph_reshape(struct graph *g, struct value *a, int rank, const int64_t *shape);
struct value *graph_narrow(struct graph *g, struct value *a, int dim, int64_t begin, int64_t len);
struct value *graph_permute(struct graph *g, struct value *a, const int *order);

/* v, the value of the node built last, gets its bytes inside `view` (of a graph_buffer, same dtype
 * and shape) instead of bytes of its own. Three matmuls so fill one [N, q + k + v]. */
void graph_into(struct graph *g, struct value *v, struct value *view);
/* Names v for tracing. A run's hook sees it as soon as all nodes built so far that write its bytes
 * have run; so stage a buffer after its last slice. layer -1 = none. */
void graph_stage(struct graph *g, struct value *v, enum stage stage, int layer);
/* Keeps v's bytes to the end of a run, for plan_output(name). */
void graph_output(struct graph *g, const char *name, struct value *v);
