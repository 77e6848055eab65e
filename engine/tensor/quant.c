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

/* The first four pairs lie in the low six bits of bytes 0…3 and 4…7. The rest have their low four
 * bits in bytes 8…11, and the two above those in what the first eight bytes left free. */
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

/* Half h has 64 bytes of low halves and 32 of high bits: run r of its four runs of 32 elements is
 * in bytes r % 2 · 32 … of the low ones, half r / 2, and in bits 2r, 2r + 1 of the high ones. */
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
        for (int i = 0; i < block; i++)
            out[at + i] = p.scale[i / len] * (float)p.q[i] - p.min[i / len];
    }
}

void quant_decode_wide(double *out, enum dtype from, const void *in, int64_t n) {
    struct quant_parts p;
    int block = dtype_block(from);
    for (int64_t at = 0; at < n; at += block) {
        quant_parts(&p, from, (const char *)in + dtype_bytes(from, at));
        int len = block / p.groups;
        for (int i = 0; i < block; i++)
            out[at + i] = (double)p.scale[i / len] * p.q[i] - (double)p.min[i / len];
    }
}

/* The number of largest size, with its sign; a NaN where there is one. */
static float extreme(const float *x, int n) {
    float most = 0;
    for (int i = 0; i < n; i++) {
        if (isnan(x[i]))
            return x[i];
        if (fabsf(x[i]) > fabsf(most))
            most = x[i];
    }
    return most;
}

/* Beyond the range only when d is so small that it is 0 in f16, or infinite. */
static int whole(float x, int least, int most) {
    return isnan(x) ? 0 : x < (float)least ? least : x > (float)most ? most : (int)x;
}

static bool encode_q8_0(struct quant_q8_0 *out, const float *x) {
    float d = fabsf(extreme(x, 32)) / 127, inverse = d != 0 ? 1 / d : 0;
    out->d = dtype_to_f16(d);
    for (int i = 0; i < 32; i++)
        out->q[i] = (int8_t)whole(roundf(x[i] * inverse), -127, 127);
    return isfinite(dtype_from_f16(out->d));
}

/* The number of largest size becomes -8, so d may be negative. */
static bool encode_q4_0(struct quant_q4_0 *out, const float *x) {
    float d = extreme(x, 32) / -8, inverse = d != 0 ? 1 / d : 0;
    out->d = dtype_to_f16(d);
    for (int i = 0; i < 16; i++) {
        int low = whole(x[i] * inverse + 8.5f, 0, 15);
        int high = whole(x[i + 16] * inverse + 8.5f, 0, 15);
        out->q[i] = (uint8_t)(low | high << 4);
    }
    return isfinite(dtype_from_f16(out->d));
}

bool quant_encode(void *out, enum dtype to, const float *in, int64_t n) {
    bool held = true;
    CHECK(dtype_is_block(to));
    for (int64_t at = 0; at < n; at += dtype_block(to)) {
        void *block = (char *)out + dtype_bytes(to, at);
        if (to == DTYPE_Q8_0)
            held &= encode_q8_0(block, in + at);
        else if (to == DTYPE_Q4_0)
            held &= encode_q4_0(block, in + at);
        else if (to == DTYPE_Q4_K)
            held &= quant_q4_k_encode(block, in + at);
        else
            held &= quant_q6_k_encode(block, in + at);
    }
    return held;
}
