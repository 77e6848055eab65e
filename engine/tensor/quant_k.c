/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tensor/quant_k.h"

#include "engine/tensor/quant_search.h"

/* Large elements count more, but a small one among large ones still counts. */
static float weight_q4_k(float x, float rms) {
    return rms + x;
}

static float weight_q6_k(float x, float rms) {
    (void)rms;
    return x * x;
}

static void pack_pair(uint8_t scales[12], int g, int s, int m) {
    if (g < 4) {
        scales[g] = (uint8_t)((scales[g] & 0xc0) | s);
        scales[g + 4] = (uint8_t)((scales[g + 4] & 0xc0) | m);
    } else {
        scales[g + 4] = (uint8_t)((s & 15) | (m & 15) << 4);
        scales[g - 4] = (uint8_t)((scales[g - 4] & 0x3f) | (s >> 4) << 6);
        scales[g] = (uint8_t)((scales[g] & 0x3f) | (m >> 4) << 6);
    }
}

bool quant_q4_k_encode(struct quant_q4_k *out, const float *x) {
    static const struct quant_grid grid = {
        .groups = 8,
        .len = 32,
        .q_most = 15,
        .s_most = 63,
        .m_most = 63,
        .first = -1,
        .step = 0.25f,
        .weight = weight_q4_k,
    };
    struct quant_found f;
    bool held = quant_search(&f, &grid, x);
    *out = (struct quant_q4_k){.d = f.d, .dmin = f.dmin};
    for (int g = 0; g < 8; g++)
        pack_pair(out->scales, g, f.s[g], f.m[g]);
    for (int i = 0; i < 256; i++)
        out->q[i / 64 * 32 + i % 32] |= (uint8_t)((int)f.q[i] << i / 32 % 2 * 4);
    return held;
}

/* The mirror image of parts_q6_k() in quant.c. */
bool quant_q6_k_encode(struct quant_q6_k *out, const float *x) {
    static const struct quant_grid grid = {
        .groups = 16,
        .len = 16,
        .q_least = -32,
        .q_most = 31,
        .s_least = -128,
        .s_most = 127,
        .first = -0.8f,
        .step = 0.4f,
        .weight = weight_q6_k,
    };
    struct quant_found f;
    bool held = quant_search(&f, &grid, x);
    *out = (struct quant_q6_k){.d = f.d};
    for (int g = 0; g < 16; g++)
        out->scales[g] = (int8_t)f.s[g];
    for (int i = 0; i < 256; i++) {
        int h = i / 128, r = i % 128 / 32, at = i % 32, q = (int)f.q[i] + 32;
        out->low[h * 64 + r % 2 * 32 + at] |= (uint8_t)((q & 15) << r / 2 * 4);
        out->high[h * 32 + at] |= (uint8_t)(q >> 4 << r * 2);
    }
    return held;
}
