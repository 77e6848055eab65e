/* SPDX-License-Identifier: Apache-2.0 */
/* capture: copies of all that one step computed, in the case's arena.
 *
 * Per-token tensors, [N,…] in the engine, are held as [B,T,…]. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/check/case.h"
#include "engine/op/stage.h"

struct config;

struct captured {
    const char *name; /* of an output, as session.h has it; NULL for a stage */
    enum stage stage;
    int layer; /* -1 = none */
    struct tensor tensor;
};

struct capture {
    struct case_run *run;
    struct captured *items;
    int count, cap;
    int64_t rows, tokens; /* B and T */
};

/* An empty capture of a step of that shape. */
void capture_init(struct capture *k, struct case_run *c, int64_t rows, int64_t tokens);
/* Adds a copy; name for an output, stage and layer otherwise. */
void capture_add(struct capture *k, const char *name, enum stage stage, int layer,
                 const struct tensor *t);

/* NULL when it was not computed. */
const struct tensor *capture_output(const struct capture *k, const char *name);
const struct tensor *capture_stage(const struct capture *k, enum stage stage, int layer);
/* By the words of cases.json: "q_rope.1", "final_norm", "hidden_states.2", "attentions.0",
 * "last_hidden_state", "logits", "start_logits" … False when it was not computed. */
bool capture_find(const struct capture *k, const struct config *config, const char *name,
                  struct tensor *out);

/* A view of row `row` of a [B,…] tensor, as a batch of one; and of tokens of a [B,T,…] one. */
struct tensor capture_row(const struct tensor *t, int64_t row);
struct tensor capture_tokens(const struct tensor *t, int64_t begin, int64_t len);

/* Each item of a against the same item of b; facts when one side lacks it. label is for messages.
 * keep [B,T] (NULL or rank -1 = all) is for tensors with a row a token; the others are then left
 * out. */
int capture_same(struct case_run *c, const char *label, const struct capture *a,
                 const struct capture *b, const struct tensor *keep,
                 const struct tolerance *tolerance);
