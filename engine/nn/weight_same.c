/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weight_same.h"

#include <stdatomic.h>
#include <string.h>

#include "engine/base/pool.h"
#include "engine/tensor/tensor.h"

enum { PIECE = 1 << 20 };

struct job {
    const char *a, *b;
    size_t size;
    atomic_bool differ;
};

static void compare(void *arg, int64_t begin, int64_t end, int worker) {
    struct job *job = arg;
    (void)worker;
    for (int64_t i = begin; i < end && !atomic_load(&job->differ); i++) {
        size_t at = (size_t)i * PIECE, rest = job->size - at;
        if (memcmp(job->a + at, job->b + at, rest < PIECE ? rest : PIECE) != 0)
            atomic_store(&job->differ, true);
    }
}

bool weight_same(const struct tensor *a, const struct tensor *b, struct pool *pool) {
    struct job job = {.a = a->data, .b = b->data, .size = tensor_size(a)};
    if (a->dtype != b->dtype || a->layout != b->layout || !tensor_same_shape(a, b))
        return false;
    if (a->data == b->data)
        return true;
    int64_t pieces = (int64_t)((job.size + PIECE - 1) / PIECE);
    if (pool)
        pool_chunks(pool, pieces, 1, compare, &job);
    else
        compare(&job, 0, pieces, 0);
    return !atomic_load(&job.differ);
}
