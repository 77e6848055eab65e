/* SPDX-License-Identifier: Apache-2.0 */
/* quant: numbers of 4, 6 or 8 bits in blocks that share scales, byte for byte as in ggml.
 *
 * Element i of a block stands for scale · q - min, with the q of the element and the scale and min
 * of its group of neighbours. In double that is exact, and it is what every kernel is measured
 * against; in f32 it rounds once, which is ggml's dequantisation to the bit.
 *
 * What lies in a block, in this order (d, dmin are f16; least bits first):
 *   Q8_0   32: d, 32 × i8 q; scale d
 *   Q4_0   32: d, 16 bytes with q + 8 of elements 0…15 in their low, of 16…31 in their high half
 *   Q4_K  256: d, dmin, eight 6-bit pairs (s, m) in 12 bytes, and for each 64 elements 32 bytes
 * with q of the first 32 in their low halves; 8 groups, scale d · s, min dmin · m Q6_K  256: q + 32
 * in 128 bytes of low halves and 64 of two more bits, 16 × i8 s, d; 16 groups, scale d · s */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/tensor/dtype.h"

enum { QUANT_BLOCK_MAX = 256, QUANT_GROUPS_MAX = 16 };

struct quant_q8_0 {
    uint16_t d;
    int8_t q[32];
};

struct quant_q4_0 {
    uint16_t d;
    uint8_t q[16];
};

struct quant_q4_k {
    uint16_t d, dmin;
    uint8_t scales[12];
    uint8_t q[128];
};

struct quant_q6_k {
    uint8_t low[128], high[64];
    int8_t scales[16];
    uint16_t d;
};

/* A block taken apart. Scales and mins are exact in f32. */
struct quant_parts {
    int groups;                                           /* of dtype_block() / groups elements */
    float scale[QUANT_GROUPS_MAX], min[QUANT_GROUPS_MAX]; /* [groups]; min is 0 but in Q4_K */
    int8_t q[QUANT_BLOCK_MAX];                            /* [dtype_block()] */
};

void quant_parts(struct quant_parts *out, enum dtype dtype, const void *block);
/* Scale s (6 bits) and min m (6 bits) of group g, 0 ≤ g < 8. */
void quant_q4_k_pair(const uint8_t scales[12], int g, int *s, int *m);

/* n elements, a multiple of the block; in and out are aligned as dtype_align() says. */
void quant_decode(float *out, enum dtype from, const void *in, int64_t n);
void quant_decode_wide(double *out, enum dtype from, const void *in, int64_t n);

/* Q8_0 and Q4_0 get ggml's bytes; Q4_K and Q6_K are searched for the smallest error, weighted so
 * that large elements count more. False when some element cannot be held, because it is infinite
 * or NaN or beyond what a scale in f16 reaches: its block decodes to infinities and NaN. */
bool quant_encode(void *out, enum dtype to, const float *in, int64_t n);
