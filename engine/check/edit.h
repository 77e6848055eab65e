/* SPDX-License-Identifier: Apache-2.0 */
/* edit: one change to the weights of a model, as a row of mutations.json says it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/tensor/tensor.h"

struct checkpoint;
struct weight_edit;

/* Parses {"tensor": name or pattern, "op": …}: of "scale", "add" and "roll_rows" the "value", of
 * "swap" the tensor "with", of "permute_rows" the "rows"; of "misread" the "dtype" whose tensors
 * are read wrongly and "how", one of misread.h, which alone changes stored blocks. Everything lives
 * in arena but what edit_done() frees. 0 or ERR_FORMAT naming the path. On failure *out is left
 * alone. */
int edit_parse(struct weight_edit **out, struct json at, struct arena *arena);
void edit_done(struct weight_edit *e); /* NULL is fine */

/* Whether it changes the tensor of that name. */
bool edit_matches(const struct weight_edit *e, const char *name);
/* *t becomes a contiguous f32 copy, changed, in arena. cp gives the other tensor of a swap.
 * Returns 1, or 0 when a misreading is none of the tensor's dtype and *t is left alone, or
 * ERR_FORMAT, ERR_NOTFOUND, ERR_UNSUPPORTED. */
int edit_apply(const struct weight_edit *e, struct checkpoint *cp, const char *name,
               struct tensor *t, struct arena *arena);
