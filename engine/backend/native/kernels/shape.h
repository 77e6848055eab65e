/* SPDX-License-Identifier: Apache-2.0 */
/* shape: a tensor as rows at one distance, which is what kernels walk. */
#pragma once

#include <stdbool.h>

#include "engine/tensor/tensor.h"

/* Rows of contiguous numbers, `stride` elements from one to the next. */
struct rows {
    char *data;
    int64_t count, len, stride;
};

/* False when the tensor's rows are not contiguous or not at one distance. *out's data may be NULL
 * while a plan is made. */
static inline bool shape_rows(struct rows *out, const struct tensor *t) {
    *out = (struct rows){.data = t->data, .count = tensor_rows(t), .len = tensor_row_len(t)};
    out->stride = t->rank > 1 ? t->stride[t->rank - 2] : out->len;
    if (out->len > 1 && tensor_row_stride(t) != 1)
        return false;
    for (int i = t->rank - 3; i >= 0; i--)
        if (t->shape[i] > 1 && t->stride[i] != t->stride[i + 1] * t->shape[i + 1])
            return false;
    return true;
}

static inline bool shape_is_rows(const struct tensor *t) {
    struct rows rows;
    return shape_rows(&rows, t);
}

/* Bytes up to the next cache line. */
static inline size_t shape_lines(size_t bytes) {
    return (bytes + 63) / 64 * 64;
}
