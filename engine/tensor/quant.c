/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tensor/quant.h"

#include <math.h>

#include "engine/base/err.h"
#include "engine/tensor/quant_k.h"

_Static_assert(sizeof(struct quant_q8_0) == 34 && sizeof(struct quant_q4_0) == 18 &&
                   sizeof(struct quant_q4_k) == 144 && sizeof(struct quant_q6_k) == 210,
               "blocks have ggml's sizes");

static void parts_q8_0(struct quant_parts *out, const struct quant_q8_0 *b) {
    out->groups = 1;
    out->scale[0] = dtype_from_f16(b->d);
    out->min[0] = 0;
    memcpy(out->q, b->q, sizeof(b->q));
}

static void parts_q4_0(struct quant_parts *out, const struct quant_q4_0 *b) {
    out->groups = 1;
    out->scale[0] = dtype_from_f16(b->d);
    out->min[0] = 0;
    for (int i = 0; i < 16; i++) {
        out->q[i] = (int8_t)((b->q[i] & 15) - 8);
        out->q[i + 16] = (int8_t)((b->q[i] >> 4) - 8);
    }
}

/* The first four pairs lie in the low six bits of bytes 0…3 and 4…7. The rest
 * have their low four bits in bytes 8…11, and the two above those in what the
 * first eight bytes left free. */
void quant_q4_k_pair(const uint8_t scales[12], int g, int *s, int *m) {
    if (g < 4) {
        *s = scales[g] & 63;
        *m = scales[g + 4] & 63;
    } else {
        *s = (scales[g + 4] & 15) | (scales[g - 4] >> 6) << 4;
        *m = scales[g + 4] >> 4 | (scales[g] >> 6) << 4;
    }
}

static void parts_q4_k(struct quant_parts *out, const struct quant_q4_k *b) {
    float d = dtype_from_f16(b->d), dmin = dtype_from_f16(b->dmin);
    out->groups = 8;
    for (int g = 0; g < 8; g++) {
        int s, m;
        quant_q4_k_pair(b->scales, g, &s, &m);
        out->scale[g] = d * (float)s;
        out->min[g] = dmin * (float)m;
        for (int i = 0; i < 32; i++)
            out->q[g * 32 + i] = (int8_t)(b->q[g / 2 * 32 + i] >> g % 2 * 4 & 15);
    }
}

/* Half h has 64 bytes of low halves and 32 of high bits: run r of its four runs
 * of 32 elements is in bytes r % 2 · 32 … of the low ones, half r / 2, and in
 * bits 2r, 2r + 1 of the high ones. */
static void parts_q6_k(struct quant_parts *out, const struct quant_q6_k *b) {
    float d = dtype_from_f16(b->d);
    out->groups = 16;
    for (int g = 0; g < 16; g++) {
        out->scale[g] = d * (float)b->scales[g];
        out->min[g] = 0;
    }
    for (int i = 0; i < 256; i++) {
        int h = i / 128, r = i % 128 / 32, at = i % 32;
        int low = b->low[h * 64 + r % 2 * 32 + at] >> r / 2 * 4 & 15;
        int high = b->high[h * 32 + at] >> r * 2 & 3;
        out->q[i] = (int8_t)((low | high << 4) - 32);
    }
}

void quant_parts(struct quant_parts *out, enum dtype dtype, const void *block) {
    CHECK(dtype_is_block(dtype));
    if (dtype == DTYPE_Q8_0)
        parts_q8_0(out, block);
    else if (dtype == DTYPE_Q4_0)
        parts_q4_0(out, block);
    else if (dtype == DTYPE_Q4_K)
        parts_q4_k(out, block);
    else
        parts_q6_k(out, block);
}

void quant_decode(float *out, enum dtype from, const void *in, int64_t n) {
    struct quant_parts p;
    int block = dtype_block(from);
    for (int64_t at = 0; at < n; at += block) {
        quant_parts(&p, from, (const char *)in + dtype_bytes(from, at));
        int len = block / p.groups;
        for (int g = 0; g < p.groups; g++)
            for (int i = g * len; i < (g + 1) * len; i++)
                out[at + i] = p.scale[g] * (float)p.q[i] - p.min[g];
    }
}

void quant_decode_wide(double *out, enum dtype from, const void *in, int64_t n) {
    struct quant_parts p;
    int block = dtype_block(from);
    for (int64_t at = 0; at < n; at += block) {
        quant_parts(&p, from, (const char *)in + dtype_bytes(from, at));
        int len = block / p.groups;
        for (int g = 0; g < p.groups; g++)
            for (int i = g * len; i < (g + 1) * len; i++)
                out[at + i] = (double)p.scale[g] * p.q[i] - (double)p.min[g];
    }
}

/* Loops of one kind each, over a length that is known: the compiler takes
 * several at once. */

/* Without its sign; infinity and NaN are above all others, as their bits are.
 */
static float largest(const float *x, int n) {
    int32_t most = 0;
    for (int i = 0; i < n; i++) {
        int32_t bits = (int32_t)(dtype_float_bits(x[i]) & 0x7fffffffu);
        most = bits > most ? bits : most;
    }
    return dtype_bits_float((uint32_t)most);
}

/* 1 / d, or 0 where that is no number: d is then 0 in f16 or not finite, and q
 * does not matter. */
static float inverse_of(float d) {
    float inverse = 1 / d;
    return isfinite(d) && isfinite(inverse) ? inverse : 0;
}

/* roundf() without a call; x is far from the end of int. */
static inline int nearest(float x) {
    int whole = (int)x;
    float rest = x - (float)whole;
    return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

static bool encode_q8_0(struct quant_q8_0 *out, const float *x) {
    float d = largest(x, 32) / 127, inverse = inverse_of(d);
    out->d = dtype_to_f16(d);
    if (!isfinite(dtype_from_f16(out->d))) {
        memset(out->q, 0, sizeof(out->q));
        return false;
    }
    for (int i = 0; i < 32; i++)
        out->q[i] = (int8_t)nearest(x[i] * inverse);
    return true;
}

/* The first number of largest size becomes -8, so d may be negative. */
static bool encode_q4_0(struct quant_q4_0 *out, const float *x) {
    float size = largest(x, 32), most = size;
    for (int i = 31; i >= 0; i--)
        most = fabsf(x[i]) == size ? x[i] : most;
    float d = most / -8, inverse = inverse_of(d);
    out->d = dtype_to_f16(d);
    if (!isfinite(dtype_from_f16(out->d))) {
        memset(out->q, 0, sizeof(out->q));
        return false;
    }
    for (int i = 0; i < 16; i++) {
        int low = (int)(x[i] * inverse + 8.5f), high = (int)(x[i + 16] * inverse + 8.5f);
        out->q[i] = (uint8_t)((low < 15 ? low : 15) | (high < 15 ? high : 15) << 4);
    }
    return true;
}

static bool encode_each(void *out, enum dtype to, const float *in, int64_t n) {
    bool held = true;
    for (int64_t at = 0; at < n; at += dtype_block(to)) {
        void *block = (char *)out + dtype_bytes(to, at);
        held &= to == DTYPE_Q8_0 ? encode_q8_0(block, in + at) : encode_q4_0(block, in + at);
    }
    return held;
}

bool quant_encode(void *out, enum dtype to, const float *in, int64_t n) {
    CHECK(dtype_is_block(to));
    if (to == DTYPE_Q4_K)
        return quant_q4_k_encode(out, in, n / dtype_block(to));
    if (to == DTYPE_Q6_K)
        return quant_q6_k_encode(out, in, n / dtype_block(to));
    return encode_each(out, to, in, n);
}
