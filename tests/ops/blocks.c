/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ops/blocks.h"

#include <math.h>

#include "engine/base/err.h"

typedef long double real;

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

static real half_at(const uint8_t *p) {
    int sign = p[1] >> 7, exponent = p[1] >> 2 & 31, fraction = (p[1] & 3) << 8 | p[0];
    real size = exponent == 31  ? (fraction ? (real)NAN : (real)INFINITY)
                : exponent == 0 ? fraction * 0x1p-24L
                                : (real)((int64_t)(1024 + fraction) << exponent) * 0x1p-25L;
    return sign ? -size : size;
}

/* n bits of a byte, from bit `bit` on. */
static int bits_at(const uint8_t *p, int bit, int n) {
    return *p >> bit & ((1 << n) - 1);
}

/* compat.md §6.2: the scale and min of groups 4…7 are in two pieces each. */
static real q4_k_at(const uint8_t *p, int i) {
    const uint8_t *b = p + 4;
    int j = i / 32, q = bits_at(p + 16 + i / 64 * 32 + i % 32, i / 32 % 2 * 4, 4);
    int sc =
        j < 4 ? bits_at(b + j, 0, 6) : bits_at(b + j + 4, 0, 4) + 16 * bits_at(b + j - 4, 6, 2);
    int m = j < 4 ? bits_at(b + j + 4, 0, 6) : bits_at(b + j + 4, 4, 4) + 16 * bits_at(b + j, 6, 2);
    return half_at(p) * sc * q - half_at(p + 2) * m;
}

/* Of each 128 elements, the first and second 32 have their low halves in the low halves of 64
 * bytes, the third and fourth in the high halves. */
static real q6_k_at(const uint8_t *p, int i) {
    int h = i / 128, run = i % 128 / 32, at = i % 32;
    int low = bits_at(p + h * 64 + run % 2 * 32 + at, run < 2 ? 0 : 4, 4);
    int high = bits_at(p + 128 + h * 32 + at, run * 2, 2);
    return half_at(p + 208) * (int8_t)p[192 + i / 16] * (low + 16 * high - 32);
}

long double blocks_at(const struct tensor *t, int64_t offset) {
    int64_t elements = t->dtype == DTYPE_Q8_0 || t->dtype == DTYPE_Q4_0 ? 32 : 256;
    int64_t size = t->dtype == DTYPE_Q8_0   ? 34
                   : t->dtype == DTYPE_Q4_0 ? 18
                   : t->dtype == DTYPE_Q4_K ? 144
                                            : 210;
    const uint8_t *p = (const uint8_t *)t->data + offset / elements * size;
    int i = (int)(offset % elements);
    switch (t->dtype) {
    case DTYPE_Q8_0:
        return half_at(p) * (int8_t)p[2 + i];
    case DTYPE_Q4_0:
        return half_at(p) * (bits_at(p + 2 + i % 16, i < 16 ? 0 : 4, 4) - 8);
    case DTYPE_Q4_K:
        return q4_k_at(p, i);
    default:
        CHECK(t->dtype == DTYPE_Q6_K);
        return q6_k_at(p, i);
    }
}
