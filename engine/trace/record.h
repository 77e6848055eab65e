/* SPDX-License-Identifier: Apache-2.0 */
/* record: a trace in the making, of the very plans that a session runs.
 *
 * Nothing is computed for it: a stage is copied when its last node has run, and one that a fused
 * kernel keeps to itself is noted as absent, with the op that swallowed it. */
#pragma once

#include "engine/trace/trace.h"

struct checkpoint;

struct record_options {
    bool stages[STAGE_COUNT]; /* which */
    int first_layer;  /* and of which layers: first … end - 1. Stages of the whole model */
    int end_layer;    /* are always in. */
    bool nodes;       /* also what each node wrote, as "step-0/node-12", and before that
                         what the plan was given, as "step-0/input-positions" */
    bool runs;        /* each run of a plan is a step: nobody says where one begins */
    int64_t runs_max; /* of those; what comes behind is left out. 0 = no limit */
    bool weights;     /* also the SHA-256 of each weight that is read */
    size_t bytes_max; /* of tensors; 0 = no limit */
};

struct record {
    struct trace *trace;
    struct record_options options;
    const struct plan *plan; /* that runs, or ran last */
    int node;                /* of it, that ran last; -1 = none yet */
    int64_t tokens_so_far;   /* slots in use after this step: what of scores means something */
    size_t step_begin;       /* first item of this step */
    int64_t step;
};

/* "all", or names with commas between them, blanks and case no matter; "" is none. 0, or ERR_ARG
 * naming the first that is no stage, and all that are. */
int record_parse_stages(bool out[STAGE_COUNT], const char *text);
/* "A..B" is A … B-1, "A" that one layer. 0, or ERR_ARG. */
int record_parse_layers(int *first, int *end, const char *text);

/* trace: initialised; must outlive the record. */
void record_init(struct record *r, struct trace *trace, const struct record_options *options);
/* A step of rows texts of len tokens each behind past; ids [rows,len] are copied, NULL =
 * embeddings. */
void record_begin_step(struct record *r, const int32_t *ids, int64_t rows, int64_t len,
                       int64_t past);
/* What the session shows it during the step. */
struct plan_watch record_watch(struct record *r);
/* Notes which of the stages asked for were not seen. layers: of the model. */
void record_end_step(struct record *r, int layers);

/* The SHA-256 over the SHA-256 of each file of a checkpoint, in hex, in the order of its shards,
 * in the trace's arena. 0 or ERR_IO. */
int record_model_hash(struct trace *t, const struct checkpoint *cp, const char **out);
