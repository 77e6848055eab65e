/* SPDX-License-Identifier: Apache-2.0 */
/* Where the level has vectors of f16, or an emulation of them. */
#include "engine/backend/native/simd/half.h"
#include "tests/simd/numbers.h"
#include "tests/test.h"

#if SIMD_HALVES
/* Whole numbers of 2^-48 hold every product of two f16, and every f16. */
__extension__ typedef __int128 whole;

static bool is_finite(uint16_t h) {
    return (h & 0x7c00) != 0x7c00;
}

static whole units(uint16_t h) {
    return (whole)(dtype_from_f16(h) * 0x1p24f) * (1 << 24);
}

static whole distance(uint16_t h, whole from) {
    whole d = is_finite(h) ? units(h) - from : ((whole)65536 << 48) - (from < 0 ? -from : from);
    return d < 0 ? -d : d;
}

/* Of all f16 close by, the nearest to a·b + c; of two the one whose last bit is 0. */
static uint16_t nearest(uint16_t a, uint16_t b, uint16_t c) {
    whole sum = (whole)(dtype_from_f16(a) * 0x1p24f) * (whole)(dtype_from_f16(b) * 0x1p24f);
    sum += units(c);
    uint16_t near = dtype_to_f16((float)sum * 0x1p-48f), best = near;
    for (int i = -1; i <= 1; i++) {
        uint16_t other = (uint16_t)(near + i);
        if ((other & 0x8000) != (near & 0x8000) || (other & 0x7fff) > 0x7c00)
            continue;
        whole d = distance(other, sum), least = distance(best, sum);
        if (d < least || (d == least && other % 2 == 0))
            best = other;
    }
    return best;
}

static void expect_fma(const uint16_t *a, const uint16_t *b, const uint16_t *c) {
    float low[VL], high[VL];
    vh v = vh_fma(vh_load(a), vh_load(b), vh_load(c));
    vf_store(low, vh_low(v));
    vf_store(high, vh_high(v));
    for (int i = 0; i < 2 * VL; i++) {
        float got = i < VL ? low[i] : high[i - VL];
        if (!is_finite(a[i]) || !is_finite(b[i]) || !is_finite(c[i])) {
            float want = dtype_from_f16(a[i]) * dtype_from_f16(b[i]) + dtype_from_f16(c[i]);
            EXPECT(isnan(want) ? isnan(got) : got == want);
            continue;
        }
        float want = dtype_from_f16(nearest(a[i], b[i], c[i]));
        (void)test_check(got == want, __FILE__, __LINE__, "fma(%04x, %04x, %04x) is %a, not %a",
                         a[i], b[i], c[i], (double)got, (double)want);
    }
}

TEST(products_of_f16_are_rounded_once_with_their_sum) {
    int32_t words[4];
    uint16_t a[2 * VL], b[2 * VL], c[2 * VL];
    for (int round = 0; round < 20000; round++) {
        for (int i = 0; i < 2 * VL; i++) {
            numbers_words(words, 4, round, i);
            a[i] = (uint16_t)words[0];
            b[i] = (uint16_t)words[1];
            c[i] = (uint16_t)words[2];
            if (round % 2) { /* sums of about 1, where ties are */
                a[i] = (uint16_t)((a[i] & 0x83ff) | 0x3800);
                b[i] = (uint16_t)((b[i] & 0x83ff) | 0x3c00);
                c[i] = (uint16_t)((c[i] & 0x9fff) | 0x2000);
            }
        }
        expect_fma(a, b, c);
    }
}

TEST(one_half_fills_a_vector) {
    float low[VL], high[VL];
    vf_store(low, vh_low(vh_set(0xc123)));
    vf_store(high, vh_high(vh_set(0xc123)));
    for (int i = 0; i < VL; i++)
        EXPECT(low[i] == dtype_from_f16(0xc123) && high[i] == low[i]);
}
#endif
