/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tensor/quant_k.h"

#include "engine/tensor/quant_search.h"

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

static void pack_q4_k(struct quant_q4_k *out, const struct quant_found *f) {
    *out = (struct quant_q4_k){.d = f->d, .dmin = f->dmin};
    for (int g = 0; g < 8; g++)
        pack_pair(out->scales, g, f->s[g], f->m[g]);
    for (int i = 0; i < 128; i++) {
        const float *q = f->q + i / 32 * 64 + i % 32;
        out->q[i] = (uint8_t)((int)q[0] | (int)q[32] << 4);
    }
}

bool quant_q4_k_encode(struct quant_q4_k *out, const float *x, int64_t blocks) {
    struct quant_found f[QUANT_SEARCH_BLOCKS];
    bool held = true;
    for (int64_t at = 0; at < blocks; at += QUANT_SEARCH_BLOCKS) {
        int n = blocks - at < QUANT_SEARCH_BLOCKS ? 1 : QUANT_SEARCH_BLOCKS;
        held &= quant_search(f, DTYPE_Q4_K, x + at * 256, n);
        for (int i = 0; i < n; i++)
            pack_q4_k(&out[at + i], &f[i]);
    }
    return held;
}

/* The mirror image of parts_q6_k() in quant.c. */
static void pack_q6_k(struct quant_q6_k *out, const struct quant_found *f) {
    *out = (struct quant_q6_k){.d = f->d};
    for (int g = 0; g < 16; g++)
        out->scales[g] = (int8_t)f->s[g];
    for (int i = 0; i < 64; i++) {
        const float *q = f->q + i / 32 * 128 + i % 32;
        int a = (int)q[0] + 32, b = (int)q[32] + 32, c = (int)q[64] + 32, d = (int)q[96] + 32;
        out->low[i / 32 * 64 + i % 32] = (uint8_t)((a & 15) | (c & 15) << 4);
        out->low[i / 32 * 64 + 32 + i % 32] = (uint8_t)((b & 15) | (d & 15) << 4);
        out->high[i] = (uint8_t)(a >> 4 | b >> 4 << 2 | c >> 4 << 4 | d >> 4 << 6);
    }
}

bool quant_q6_k_encode(struct quant_q6_k *out, const float *x, int64_t blocks) {
    struct quant_found f;
    bool held = true;
    for (int64_t at = 0; at < blocks; at++) {
        held &= quant_search(&f, DTYPE_Q6_K, x + at * 256, 1);
        pack_q6_k(&out[at], &f);
    }
    return held;
}
