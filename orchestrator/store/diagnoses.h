/* SPDX-License-Identifier: Apache-2.0 */
/* diagnoses: why a case failed in a run, as the subject itself explained it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;

/* A string is never NULL once read; "" is not known. */
struct diagnosis {
    int64_t run, cell, case_id;
    const char *kind;  /* kernel params weight graph cache tokenizer generation loading unknown */
    int64_t layer;     /* -1 = not known */
    const char *stage; /* "attn_norm" */
    const char *op, *kernel, *shapes;
    double nmse, max_abs, limit; /* NAN = not known */
    const char *reference;       /* hf, cpu, cpu-native.plain, definition, last_good */
    const char *message;         /* one sentence for people */
    const char *error;           /* why there is no diagnosis; "" = there is */
};

/* Adds, or replaces. 0 or ERR_IO. */
int diagnoses_put(struct db *db, const struct diagnosis *d);
/* 0, ERR_NOTFOUND, ERR_IO. */
int diagnoses_find(struct db *db, struct arena *arena, int64_t run, int64_t cell, int64_t case_id,
                   struct diagnosis *out);
/* Names of cases of the cell that failed with wrong numbers or words, or whose test could not judge
 * (what it reads may be read wrong), and were not explained; the more frequent of the two before
 * the other. Of each signature the smallest comes first, so that a bounded number sees every kind
 * of failure.
 * At most `limit`, those that were explained counted in. */
int diagnoses_due(struct db *db, struct arena *arena, int64_t run, const char *cell, int64_t limit,
                  const char ***out, size_t *len);
