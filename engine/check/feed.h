/* SPDX-License-Identifier: Apache-2.0 */
/* feed: what one forward pass is given, as tensors; what is not given has rank -1.
 *
 * What is left out is left to the engine's defaults, which are part of what is tested. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/tensor/tensor.h"

struct case_run;

/* B rows of the batch, T tokens, P tokens that a cache already holds. */
struct feed {
    struct tensor ids;       /* [B,T] integers */
    struct tensor embeds;    /* [B,T,H] f32, instead of ids */
    struct tensor mask;      /* [B,T] integers, 1 = a token, 0 = padding */
    struct tensor positions; /* [B,T] integers */
    struct tensor types;     /* [B,T] integers */
    struct tensor mask_3d;   /* [B,T,P+T] integers, 1 = may see */
    const int32_t *keep;     /* [keep_len] tokens whose logits are wanted; NULL = all */
    int64_t keep_len;
};

struct feed feed_none(void);
/* The case's inputs by their names. Choices [B,choices,T] become rows. Failures make it broken. */
int feed_of_case(struct case_run *c, struct feed *out);
/* One row of ids, those of the case's params; ERR_FORMAT, and broken, when there are none. */
int feed_of_params(struct case_run *c, struct feed *out);
bool feed_has(const struct tensor *t);
int64_t feed_rows(const struct feed *s);
int64_t feed_tokens(const struct feed *s);
/* Views of rows begin … begin+len-1 of all that is given. */
struct feed feed_of_rows(const struct feed *s, int64_t begin, int64_t len);
/* Views of tokens begin … begin+len-1 of a feed without a past, for a cache that holds the tokens
 * before them: mask_3d keeps its columns up to the last of them. */
struct feed feed_of_tokens(const struct feed *s, int64_t begin, int64_t len);
/* Contiguous copies of another dtype, with room to change them, in the case's arena. */
struct tensor feed_pack(struct case_run *c, const struct tensor *t, enum dtype dtype);
struct tensor feed_copy_ints(struct case_run *c, const struct tensor *t); /* as i64 */
/* Element [row, column] of such a copy. */
int64_t *feed_at(const struct tensor *t, int64_t row, int64_t column);
/* The attention mask, or ones where there is none, as such a copy [B,T]. */
struct tensor feed_mask_of(struct case_run *c, const struct feed *s);
