/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weight_quant.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/pool.h"
#include "engine/nn/weight_cast.h"
#include "engine/tensor/quant.h"

struct job {
    struct tensor from, to;   /* the same shape */
    float *rows;              /* [threads, len] */
    atomic_int_least64_t bad; /* the first row that cannot be held, or INT64_MAX */
};

enum dtype weight_quant_fit(enum dtype wanted, int64_t len) {
    if (len > 0 && len % dtype_block(wanted) == 0)
        return wanted;
    return len > 0 && len % dtype_block(DTYPE_Q8_0) == 0 ? DTYPE_Q8_0 : DTYPE_F32;
}

static void note_bad(struct job *job, int64_t row) {
    int64_t first = atomic_load(&job->bad);
    while (row < first && !atomic_compare_exchange_weak(&job->bad, &first, row))
        ;
}

static void encode_rows(void *arg, int64_t begin, int64_t end, int worker) {
    struct job *job = arg;
    const struct tensor *from = &job->from;
    int64_t len = tensor_row_len(from);
    float *values = job->rows + worker * len;
    for (int64_t row = begin; row < end; row++) {
        tensor_copy_row(values, DTYPE_F32, 1, tensor_row(from, row), from->dtype,
                        tensor_row_stride(from), len);
        if (!quant_encode(tensor_row(&job->to, row), job->to.dtype, values, len))
            note_bad(job, row);
    }
}

static int encode(struct job *job, struct pool *pool) {
    int64_t rows = tensor_rows(&job->from), len = tensor_row_len(&job->from);
    size_t threads = pool ? (size_t)pool_threads(pool) : 1;
    job->rows = malloc(threads * (size_t)len * sizeof(float));
    if (!job->rows)
        return err_set(ERR_NOMEM, "no memory for rows of %" PRId64, len);
    atomic_init(&job->bad, INT64_MAX);
    if (pool)
        pool_rows(pool, rows, encode_rows, job);
    else
        encode_rows(job, 0, rows, 0);
    free(job->rows);
    int64_t bad = atomic_load(&job->bad);
    if (bad < INT64_MAX)
        return err_set(ERR_FORMAT,
                       "row %" PRId64 " holds a NaN, an infinity or a number too large for %s", bad,
                       dtype_name(job->to.dtype));
    return 0;
}

int weight_quantise(struct weights *w, struct tensor *t, enum dtype dtype, bool transposed,
                    struct pool *pool) {
    struct job job = {.from = *t};
    CHECK(t->rank == 2 && !dtype_is_block(t->dtype));
    int rc = transposed ? tensor_permute(&job.from, t, (const int[]){1, 0}) : 0;
    if (rc == 0)
        rc = tensor_init(&job.to, dtype, 2, job.from.shape);
    if (rc == 0)
        rc = weight_own(w, &job.to.data, tensor_size(&job.to));
    if (rc == 0 && tensor_count(&job.to) > 0)
        rc = encode(&job, pool);
    if (rc == 0)
        *t = job.to;
    return rc;
}
