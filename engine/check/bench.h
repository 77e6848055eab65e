/* SPDX-License-Identifier: Apache-2.0 */
/* bench: what the cases of a cell share – devices, opened models, tokenizers – and the ways of
 * running them.
 *
 * A checkpoint in safetensors is stored as the dtype of the cell says: cast to a plain one, or its
 * matrices quantised to a block dtype. One in GGUF has its dtype and stays as it is.
 *
 * Models are opened once per checkpoint, device and mutation; sessions belong to one case. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/check/capture.h"
#include "engine/check/feed.h"
#include "engine/run/session.h"

struct bench;
struct check_options;
struct mutation;
struct tokenizer;

/* Opens the device. 0, ERR_ARG for a dtype that weights cannot be stored in, ERR_NOTFOUND for an
 * unknown backend, ERR_UNSUPPORTED when this machine lacks it. */
int bench_new(struct bench **out, const struct check_options *options);
void bench_free(struct bench *b);                 /* NULL is fine */
const char *bench_backend(const struct bench *b); /* that the device really is of */

/* What is loaded from now on carries this bug; NULL = none. Borrowed. */
void bench_mutate(struct bench *b, const struct mutation *m);

/* Sees every plan that cases run from now on, besides what they look at themselves. NULL = nobody
 * does. Copied. */
void bench_watch(struct bench *b, const struct plan_watch *watch);
const struct plan_watch *bench_watched(const struct bench *b);

/* Borrowed from the bench. folder is a path. */
int bench_tokenizer(struct case_run *c, const char *folder, const struct tokenizer **out);
/* threads 0 = those of the cell. The device is exact where the case is. */
int bench_model(struct case_run *c, const char *folder, int64_t threads, struct model **out);
/* How the cell stores weights of that checkpoint. */
void bench_storage(const struct bench *b, const char *folder, struct weights_options *out);
/* The same of the case's, with the planted mutation. */
void bench_weights_options(struct case_run *c, struct weights_options *out);

struct bench_options {
    const char *folder;  /* of the checkpoint; NULL = the case's */
    int64_t threads;     /* 0 = those of the cell */
    int64_t rows;        /* of the batch */
    int64_t capacity;    /* tokens of a row */
    int64_t chunk;       /* as in session.h, but 0 = all at once */
    enum dtype kv;       /* of keys and values; f32 (0) rounds nothing */
    unsigned plan_flags; /* beside those of the cell */
};
/* A session of the case's own: end it with bench_session_done(), which counts its routes. */
int bench_session(struct case_run *c, const struct bench_options *o, struct session **out);
void bench_session_done(struct case_run *c, struct session *s); /* NULL is fine */

enum feed_flags {
    FEED_QUIET = 1 << 0, /* no hook: only outputs are captured */
    FEED_LAST = 1 << 1,  /* logits of the last token only, as generation wants them */
};
/* One step. A model that generates counts positions by the mask, unless they are given, as HF's
 * generate() does. out may be NULL. 0, or what the engine says. */
int bench_step(struct case_run *c, struct session *s, const struct feed *feed, int flags,
               struct capture *out);
/* A fresh session for one step of the case's checkpoint. o may be NULL; rows and capacity of 0
 * are taken from the feed. */
int bench_forward(struct case_run *c, const struct bench_options *o, const struct feed *feed,
                  int flags, struct capture *out);
/* The same for the tokens behind the first `begin`, which the cache holds. */
int bench_continue(struct case_run *c, const struct bench_options *o, const struct feed *feed,
                   int64_t begin, int flags, struct capture *out);
/* The configuration of the case's checkpoint. */
int bench_config(struct case_run *c, const struct config **out);
