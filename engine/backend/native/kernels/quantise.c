/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/quantise.h"

#include "engine/backend/native/simd/simd.h"

/* The largest of 32, or NaN when one of them is not finite. */
static float largest(const float *x) {
    vf most = vf_zero(), bad = vf_zero();
    for (int i = 0; i < QUANTISE_BLOCK; i += VL) {
        vf v = vf_load(x + i);
        most = vf_max(vf_abs(v), most);
        bad = vf_fma(v, vf_zero(), bad);
    }
    return vf_sum(bad) == 0 ? vf_largest(most) : NAN;
}

void NATIVE(quantise_row)(const struct quantised *x, int64_t row, const float *from) {
    int8_t *q = x->q + row * x->k;
    float *d = x->d + row * (x->k / QUANTISE_BLOCK);
    int32_t *sums = x->sums + row * (x->k / 16);
    for (int64_t i = 0; i < x->k; i += QUANTISE_BLOCK, from += QUANTISE_BLOCK) {
        float most = largest(from), scale = most > 0 ? 127 / most : 0;
        vf by = vf_set(isfinite(scale) ? scale : 0);
        for (int j = 0; j < QUANTISE_BLOCK; j += VL)
            vi_store_bytes(q + i + j, vf_int(vf_mul(vf_load(from + j), by)));
        for (int half = 0; half < 2; half++) {
            int32_t sum = 0;
            for (int j = 0; j < 16; j++)
                sum += q[i + half * 16 + j];
            *sums++ = sum;
        }
        *d++ = isfinite(scale) || most != most ? most / 127 : 0;
    }
}
