/* SPDX-License-Identifier: Apache-2.0 */
/* outputs: what a step computed, put together from its chunks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/plan.h"

struct config;

enum output { OUTPUT_LOGITS, OUTPUT_NEXT, OUTPUT_HIDDEN, OUTPUT_POOLED, OUTPUT_COUNT };

struct outputs {
    struct tensor tensors[OUTPUT_COUNT]; /* data NULL = the last step has none */
    float *bytes[OUTPUT_COUNT];
    int64_t room[OUTPUT_COUNT]; /* floats in bytes[] */
    const char *names[8];       /* NULL-terminated, of the last step */
};

void outputs_done(struct outputs *o); /* copes with a zeroed struct */
/* Forgets the last step's. */
void outputs_clear(struct outputs *o);
/* Where a chunk of a step goes: of each of rows rows, `len` of `total` entries from `begin` on. */
struct outputs_part {
    int64_t rows, begin, len, total;
};
/* Copies a plan's output of that kind, when it has it. 0 or ERR_NOMEM. */
int outputs_take(struct outputs *o, enum output which, const struct plan *plan,
                 const struct outputs_part *part);
/* Keeps of logits [B,T,L] the entry at[b] of each row: [B,L]. */
void outputs_pick(struct outputs *o, const int64_t *at);
/* logits [B,1,L] → [B,L]. */
void outputs_flatten(struct outputs *o);
/* As session_output(). */
bool outputs_find(const struct outputs *o, const struct config *c, const char *name,
                  struct tensor *out);
/* Fills names[]. */
void outputs_list(struct outputs *o, const struct config *c);
