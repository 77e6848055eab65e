/* SPDX-License-Identifier: Apache-2.0 */
/* session: one mutable timeline over a model: what it has seen, and the outputs of its last step.
 *
 * A step appends tokens to every row of the batch at once. A step that fails leaves the timeline
 * as it was. Plans are made once per shape and kept, so that a step of a shape seen before
 * allocates nothing. A session belongs to one thread, and sessions of one device to one thread at
 * a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/plan.h"
#include "engine/nn/kv.h"
#include "engine/nn/network.h"
#include "engine/run/model.h"

enum {
    SESSION_CHUNK = 512,     /* tokens of a row computed at once, by default */
    SESSION_CAPACITY = 4096, /* tokens a row can hold, by default; less where positions end */
    SESSION_ROWS_MAX = 4096,
};

struct session_options {
    int64_t rows;        /* the largest batch; 0 = 1 */
    int64_t capacity;    /* tokens of a row; 0 = SESSION_CAPACITY */
    int64_t chunk;       /* tokens of a row computed at once; 0 = SESSION_CHUNK, < 0 = all */
    enum dtype kv;       /* of keys and values: f32 (0), f16 or q8_0 */
    unsigned plan_flags; /* enum plan_flags */
};

/* Which rows of a step the head is computed for. */
enum keep { KEEP_LAST, KEEP_ALL, KEEP_LIST, KEEP_NONE };

enum step_flags {
    STEP_HIDDEN = 1 << 0,         /* the last hidden state is wanted */
    STEP_MASK_POSITIONS = 1 << 1, /* positions count the tokens that are no padding, as HF's
                                     generate does; without it they count slots */
};

/* B rows of T tokens. Exactly one of ids and embeds; the rest may be NULL. */
struct step {
    int64_t rows, tokens;
    const int32_t *ids;       /* [B,T] */
    const float *embeds;      /* [B,T,H] */
    const uint8_t *mask;      /* [B,T] 0 = padding */
    const int32_t *positions; /* [B,T] */
    const int32_t *types;     /* [B,T] */
    const uint8_t *visible;   /* [B,T,past+T] 1 = may attend; replaces causality and windows */
    enum keep keep;
    const int32_t *keep_list; /* KEEP_LIST: [keep_len] rising indices in T, the same for all rows */
    int64_t keep_len;
    unsigned flags;
};

struct session;

/* The capacity that 0 stands for. */
int64_t session_default_capacity(const struct config *c);
/* Why a model cannot have a cache of that dtype, or 0: a model without one has f32. */
int session_check_kv(const struct config *c, enum dtype kv);
/* options may be NULL. m is borrowed. 0, ERR_ARG, ERR_LIMIT, ERR_NOMEM, ERR_UNSUPPORTED. */
int session_new(struct session **out, struct model *m, const struct session_options *options);
void session_free(struct session *s); /* NULL is fine */

/* 0; ERR_ARG for an id, position or type out of range or a step that contradicts itself;
 * ERR_LIMIT when the capacity is exceeded (nothing is written); what a kernel or the hook says. */
int session_step(struct session *s, const struct step *step);
/* Sees every chunk of later steps: its plan's nodes and staged values. NULL = nobody does. Copied.
 */
void session_set_watch(struct session *s, const struct plan_watch *watch);
/* The same for staged values only. */
void session_set_hook(struct session *s, plan_hook *hook, void *arg);

/* Outputs of the last step, f32, on the host, valid until the next. False when it has none of
 * that name: "logits" [B,K,V] (K kept rows) or [B,T,labels] or [B,labels], "start_logits" and
 * "end_logits" [B,T] (strided), "seq_relationship_logits" [B,2], "last_hidden_state" [B,T,H],
 * "pooler_output" [B,H]. A pretraining model's "logits" is also "prediction_logits". */
bool session_output(const struct session *s, const char *name, struct tensor *out);
/* The names that the last step has outputs for, ended by NULL. */
const char *const *session_outputs(const struct session *s);

const struct model *session_model(const struct session *s);
struct model *session_model_mutable(struct session *s);
int64_t session_rows(const struct session *s);
int64_t session_length(const struct session *s); /* tokens of each row, padding included */
int64_t session_capacity(const struct session *s);
int64_t session_chunk(const struct session *s);
/* Borrowed, NULL for a model without a cache. */
const struct kv *session_kv(const struct session *s);

/* As kv_crop() and kv_select(). Without a cache there is nothing to crop. */
int session_crop(struct session *s, int64_t length);
int session_select(struct session *s, const int64_t *from, int64_t n);
void session_reset(struct session *s); /* to length 0; rows may differ afterwards */

/* The plan that a step of this shape would run, made and kept but not run. keep as in struct
 * network_shape. */
int session_plan(struct session *s, const struct network_shape *shape, struct plan **out);
/* Nodes of the plans run so far by how they were resolved. */
void session_routes(const struct session *s, int64_t counts[ROUTE_COUNT]);
/* Bytes: weights are the model's; these are the session's. */
int64_t session_cache_bytes(const struct session *s);
int64_t session_workspace_bytes(const struct session *s);
