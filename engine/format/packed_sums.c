/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/mman.h>

#include "engine/base/err.h"
#include "engine/base/pool.h"
#include "engine/base/sum.h"
#include "engine/format/packed_head.h"

enum { PIECE = 1 << 20 };

struct piece {
    const char *data;
    size_t size;
};
struct job {
    const struct piece *pieces;
    uint64_t *sums;
};

uint64_t packed_sums_count(const struct tensor *tensors, size_t count) {
    uint64_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += (tensor_size(&tensors[i]) + PIECE - 1) / PIECE;
    return n;
}

static void fill(struct piece *pieces, const struct tensor *tensors, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t size = tensor_size(&tensors[i]);
        for (size_t at = 0; at < size; at += PIECE)
            *pieces++ = (struct piece){(const char *)tensors[i].data + at,
                                       size - at < PIECE ? size - at : PIECE};
    }
}

static void sum_pieces(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    (void)worker;
    for (int64_t i = begin; i < end; i++)
        job->sums[i] = sum_bytes(job->pieces[i].data, job->pieces[i].size);
}

void packed_sums(uint64_t *sums, const struct tensor *tensors, size_t count, struct pool *pool) {
    size_t n = packed_sums_count(tensors, count);
    struct piece *pieces = xcalloc(n ? n : 1, sizeof(*pieces));
    struct job job = {pieces, sums};
    fill(pieces, tensors, count);
    if (pool)
        pool_chunks(pool, (int64_t)n, 1, sum_pieces, &job);
    else
        sum_pieces(&job, 0, (int64_t)n, 0);
    free(pieces);
}
