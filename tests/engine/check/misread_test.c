/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/misread.h"

#include <math.h>

#include "engine/base/err.h"
#include "engine/tensor/quant.h"
#include "tests/test.h"

enum { BLOCKS = 2, LEN_MAX = BLOCKS * QUANT_BLOCK_MAX };

/* Two blocks, the second of which is half of the first. */
struct sample {
    enum dtype dtype;
    int len; /* of a block */
    _Alignas(8) uint8_t bytes[BLOCKS * sizeof(struct quant_q6_k)];
    struct quant_parts parts[BLOCKS];
    float right[LEN_MAX], wrong[LEN_MAX];
};

static void make(struct sample *s, const char *how, enum dtype dtype) {
    float x[LEN_MAX];
    const struct misread *m = misread_find(how, dtype);
    REQUIRE(m != NULL);
    *s = (struct sample){.dtype = dtype, .len = dtype_block(dtype)};
    for (int i = 0; i < s->len; i++) {
        int row = i / 32;
        x[i] = 0.5F + 3 * sinf(1.7F * (float)i) * (float)(1 + row);
        x[s->len + i] = x[i] / 2;
    }
    CHECK(dtype_bytes(dtype, BLOCKS * s->len) <= sizeof(s->bytes));
    REQUIRE(quant_encode(s->bytes, dtype, x, BLOCKS * s->len));
    for (size_t i = 0; i < BLOCKS; i++)
        quant_parts(&s->parts[i], dtype, s->bytes + i * dtype_size(dtype));
    quant_decode(s->right, dtype, s->bytes, BLOCKS * s->len);
    misread_decode(m, s->wrong, dtype, s->bytes, BLOCKS * s->len);
}

/* What element i of all comes to, by its parts: factor · scale · q - min. */
static float by_parts(const struct sample *s, int i, float factor, int q, bool mins) {
    const struct quant_parts *p = &s->parts[i / s->len];
    int g = i % s->len / (s->len / p->groups);
    return factor * p->scale[g] * (float)q - (mins ? p->min[g] : 0);
}

static int q_of(const struct sample *s, int i) {
    return s->parts[i / s->len].q[i % s->len];
}

/* Another rule than the right one, and it shows. */
static void expect(const struct sample *s, int i, float want) {
    test_check(fabsf(s->wrong[i] - want) <= 1e-6F * fabsf(want), __FILE__, __LINE__,
               "%s: element %d is %g, not %g", dtype_name(s->dtype), i, (double)s->wrong[i],
               (double)want);
}

TEST(the_scale_of_the_block_before_is_that_of_the_last_for_the_first) {
    static const enum dtype dtypes[] = {DTYPE_Q8_0, DTYPE_Q4_0, DTYPE_Q4_K, DTYPE_Q6_K};
    struct sample s;
    for (size_t k = 0; k < sizeof(dtypes) / sizeof(*dtypes); k++) {
        make(&s, "previous_scale", dtypes[k]);
        for (int i = 0; i < BLOCKS * s.len; i++)
            expect(&s, i, by_parts(&s, i, i < s.len ? 0.5F : 2, q_of(&s, i), true));
    }
}

TEST(nibbles_have_another_offset_or_another_order) {
    struct sample s;
    make(&s, "offset_7", DTYPE_Q4_0);
    for (int i = 0; i < BLOCKS * s.len; i++)
        expect(&s, i, by_parts(&s, i, 1, q_of(&s, i) + 1, true));
    make(&s, "halves_swapped", DTYPE_Q4_0);
    for (int i = 0; i < BLOCKS * s.len; i++)
        expect(&s, i, s.right[i ^ 16]);
}

TEST(signed_bytes_are_read_without_a_sign) {
    struct sample s;
    make(&s, "unsigned_bytes", DTYPE_Q8_0);
    for (int i = 0; i < BLOCKS * s.len; i++)
        expect(&s, i, by_parts(&s, i, 1, q_of(&s, i) & 255, true));
}

TEST(what_k_quants_keep_apart_is_left_out) {
    struct sample s;
    make(&s, "no_mins", DTYPE_Q4_K);
    for (int i = 0; i < BLOCKS * s.len; i++)
        expect(&s, i, by_parts(&s, i, 1, q_of(&s, i), false));
    make(&s, "no_high_bits", DTYPE_Q6_K);
    for (int i = 0; i < BLOCKS * s.len; i++)
        expect(&s, i, by_parts(&s, i, 1, q_of(&s, i) & 15, true));
    make(&s, "low_scales", DTYPE_Q4_K);
    for (int i = 0; i < BLOCKS * s.len; i++) {
        const struct quant_q4_k *block = (const struct quant_q4_k *)s.bytes + i / s.len;
        int g = i % s.len / 32, scale, min;
        quant_q4_k_pair(block->scales, g, &scale, &min);
        float d = s.parts[i / s.len].scale[0], dmin = s.parts[i / s.len].min[0];
        int scale0, min0;
        quant_q4_k_pair(block->scales, 0, &scale0, &min0);
        expect(&s, i,
               d / (float)scale0 * (float)(g < 4 ? scale : scale & 15) * (float)q_of(&s, i) -
                   (min0 ? dmin / (float)min0 : 0) * (float)(g < 4 ? min : min & 15));
    }
}

TEST(sixteen_bits_of_the_other_kind_are_kept_finite) {
    static const uint16_t f16[3] = {0x3C00, 0x4F80, 0xCF80}, bf16[3] = {0x3F80, 0x7F80, 0x4900};
    float out[3];
    misread_decode(misread_find("other_16_bits", DTYPE_F16), out, DTYPE_F16, f16, 3);
    EXPECT(out[0] == 0.0078125F && out[1] == 8 && out[2] == -8);
    misread_decode(misread_find("other_16_bits", DTYPE_BF16), out, DTYPE_BF16, bf16, 3);
    EXPECT(out[0] == 1.875F && out[1] == 0 && out[2] == 8);
}

TEST(a_misreading_belongs_to_its_dtypes) {
    EXPECT(misread_find("no_mins", DTYPE_Q4_0) == NULL);
    EXPECT(misread_find("previous_scale", DTYPE_F16) == NULL);
    EXPECT(misread_find("other_16_bits", DTYPE_Q8_0) == NULL);
    EXPECT(misread_find("no_such", DTYPE_Q4_0) == NULL);
}
