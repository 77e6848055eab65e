/* SPDX-License-Identifier: Apache-2.0 */
/* pool: worker threads that share out rows.
 *
 * Which thread computes a row is nobody's business: what a row computes never depends on how many
 * threads there are, nor on who is late. Each thread begins with a contiguous share of its own and
 * then helps the others; a thread whose core is taken away costs no more than the chunk it holds.
 * Between jobs workers spin for about 100 µs, then sleep. */
#pragma once

#include <stdint.h>

struct pool;

/* Rows begin ≤ r < end are the callee's. worker is 0 … pool_threads()-1. */
typedef void pool_fn(void *arg, int64_t begin, int64_t end, int worker);

/* threads ≥ 1 (the caller's thread is one of them); 0 = one per core. 0, ERR_ARG or ERR_NOMEM. */
int pool_new(struct pool **out, int threads);
/* Binds each thread to a core of its own among those that the caller may use; the caller, too, who
 * is bound until pool_free() and has to be the one who calls it. 0; ERR_UNSUPPORTED for fewer cores
 * than threads. */
int pool_pin(struct pool *p);
void pool_free(struct pool *p); /* NULL is fine */
int pool_threads(const struct pool *p);
/* Runs fn over 0 … n-1 and returns when all is done. Not reentrant; one caller at a time. */
void pool_rows(struct pool *p, int64_t n, pool_fn *fn, void *arg);
/* The same in chunks of grain ≥ 1 rows (the last may be shorter), each beginning at a multiple of
 * grain. No more than grain rows, and fn runs on the caller's thread, without a barrier. */
void pool_chunks(struct pool *p, int64_t n, int64_t grain, pool_fn *fn, void *arg);
