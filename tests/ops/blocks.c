/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ops/blocks.h"

#include "engine/base/err.h"

static void put_scale(uint8_t *at, double value) {
    uint16_t bits = dtype_to_f16((float)value);
    at[0] = (uint8_t)bits;
    at[1] = (uint8_t)(bits >> 8);
}

void blocks_fill(const struct tensor *t, uint64_t (*draw)(void), double (*scale)(void *arg),
                 void *arg) {
    size_t size = dtype_size(t->dtype), row = dtype_bytes(t->dtype, tensor_row_len(t));
    int64_t rows = tensor_count(t) ? tensor_rows(t) : 0;
    for (int64_t r = 0; r < rows; r++)
        for (size_t at = 0; at < row; at += size) {
            uint8_t *block = (uint8_t *)tensor_row(t, r) + at;
            for (size_t i = 0; i < size; i++)
                block[i] = (uint8_t)(draw() >> 40);
            put_scale(block + (t->dtype == DTYPE_Q6_K ? 208 : 0), scale(arg));
            if (t->dtype == DTYPE_Q4_K)
                put_scale(block + 2, scale(arg));
        }
}
