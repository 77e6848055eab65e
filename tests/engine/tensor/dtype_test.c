/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tensor/dtype.h"
#include "tests/test.h"

/* What a half-width float is worth, from its fields: bits of exponent and mantissa. */
static double value_of(uint16_t h, int exponent_bits) {
    int mantissa_bits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
    int exponent = (h & 0x7fff) >> mantissa_bits, mantissa = h & ((1 << mantissa_bits) - 1);
    double sign = h & 0x8000 ? -1 : 1;
    if (exponent == (1 << exponent_bits) - 1)
        return mantissa ? (double)NAN : sign * (double)INFINITY;
    if (exponent == 0)
        return sign * ldexp(mantissa, 1 - bias - mantissa_bits);
    return sign * ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
}

static bool same(double a, double b) {
    return isnan(a) ? isnan(b) : a == b && signbit(a) == signbit(b);
}

TEST(every_f16_and_bf16_widens_to_its_value_and_narrows_back_to_itself) {
    int wrong = 0;
    for (int h = 0; h < 65536; h++) {
        float f16 = dtype_from_f16((uint16_t)h), bf16 = dtype_from_bf16((uint16_t)h);
        wrong += !same((double)f16, value_of((uint16_t)h, 5));
        wrong += !same((double)bf16, value_of((uint16_t)h, 8));
        if (!isnan(f16))
            wrong += dtype_to_f16(f16) != h;
        if (!isnan(bf16))
            wrong += dtype_to_bf16(bf16) != h;
    }
    EXPECT_INT(wrong, 0);
}

TEST(a_nan_stays_a_nan_with_its_sign_and_is_made_quiet) {
    int wrong = 0;
    for (int h = 0; h < 65536; h++) {
        if (isnan(value_of((uint16_t)h, 5))) {
            uint32_t wide = dtype_float_bits(dtype_from_f16((uint16_t)h));
            wrong += !(wide & 0x400000u) || wide >> 31 != (uint32_t)h >> 15;
            wrong += dtype_to_f16(dtype_bits_float(wide)) != (h | 0x200);
        }
        if (isnan(value_of((uint16_t)h, 8)))
            wrong += dtype_to_bf16(dtype_from_bf16((uint16_t)h)) != (h | 0x40);
    }
    EXPECT_INT(wrong, 0);
    EXPECT_INT(dtype_to_bf16(dtype_bits_float(0x7f800001u)), 0x7fc0); /* not infinity */
    EXPECT_INT(dtype_to_f16(dtype_bits_float(0xff800001u)), 0xfe00);
}

/* Between each two neighbours of the narrow type: a little below the middle, the middle (to the
 * even one), a little above. The f32 between them are exact, so nothing else can be right. */
static int wrong_ties(uint16_t narrow(float), int exponent_bits, uint16_t infinity) {
    int wrong = 0;
    for (int h = 0; h + 1 < infinity; h++) {
        float low = (float)value_of((uint16_t)h, exponent_bits);
        float high = (float)value_of((uint16_t)(h + 1), exponent_bits);
        float middle = low + (high - low) / 2;
        int even = h & 1 ? h + 1 : h;
        for (int sign = 0; sign < 2; sign++) {
            float s = sign ? -1 : 1;
            int bit = sign << 15;
            wrong += narrow(s * middle) != (even | bit);
            wrong += narrow(s * nextafterf(middle, 0)) != (h | bit);
            wrong += narrow(s * nextafterf(middle, INFINITY)) != ((h + 1) | bit);
        }
    }
    return wrong;
}

TEST(narrowing_rounds_to_nearest_and_ties_to_even_everywhere) {
    EXPECT_INT(wrong_ties(dtype_to_f16, 5, 0x7c00), 0);
    EXPECT_INT(wrong_ties(dtype_to_bf16, 8, 0x7f80), 0);
}

TEST(overflow_is_infinity_from_half_way_on) {
    EXPECT_INT(dtype_to_f16(65504), 0x7bff);
    EXPECT_INT(dtype_to_f16(nextafterf(65520, 0)), 0x7bff);
    EXPECT_INT(dtype_to_f16(65520), 0x7c00);
    EXPECT_INT(dtype_to_f16(-1e30f), 0xfc00);
    EXPECT_INT(dtype_to_f16(INFINITY), 0x7c00);
    EXPECT_INT(dtype_to_bf16(dtype_bits_float(0x7f7f7fffu)), 0x7f7f);
    EXPECT_INT(dtype_to_bf16(dtype_bits_float(0x7f7f8000u)), 0x7f80);
    EXPECT_INT(dtype_to_bf16(-INFINITY), 0xff80);
    EXPECT_INT(dtype_to_f16(-0.0f), 0x8000);
    EXPECT_INT(dtype_to_f16(-1e-30f), 0x8000);
}

TEST(a_double_is_rounded_once_not_twice) {
    /* 1 + 2^-11 is the middle of two f16; a last bit that f32 cannot hold decides. */
    double above = 1 + ldexp(1, -11) + ldexp(1, -40), below = 1 + ldexp(1, -11) - ldexp(1, -40);
    double middle_of_bf16 = 1 + ldexp(1, -8) + ldexp(1, -45), tiny = ldexp(1, -160);
    double in[] = {above, -above, below, 1 + ldexp(1, -11), ldexp(1, -25) + ldexp(1, -60)};
    uint16_t out[5];
    dtype_convert(out, DTYPE_F16, in, DTYPE_F64, 5);
    EXPECT_INT(out[0], 0x3c01);
    EXPECT_INT(out[1], 0xbc01);
    EXPECT_INT(out[2], 0x3c00);
    EXPECT_INT(out[3], 0x3c00);
    EXPECT_INT(out[4], 0x0001);
    dtype_convert(out, DTYPE_BF16, &middle_of_bf16, DTYPE_F64, 1);
    EXPECT_INT(out[0], 0x3f81);
    dtype_convert(out, DTYPE_BF16, &tiny, DTYPE_F64, 1);
    EXPECT_INT(out[0], 0);
    int64_t whole[] = {(INT64_C(1) << 62) + (INT64_C(1) << 54) + 1, -257, INT64_MIN};
    dtype_convert(out, DTYPE_BF16, whole, DTYPE_I64, 3);
    EXPECT_INT(out[0], dtype_to_bf16(ldexpf(1 + ldexpf(1, -7), 62)));
    EXPECT_INT(out[1], dtype_to_bf16(-256));
    EXPECT_INT(out[2], dtype_to_bf16(-ldexpf(1, 63)));
}

TEST(integers_saturate_and_reals_truncate) {
    double in[] = {(double)NAN, -1.9, 1e300, -1e300, 255.99, 0.4};
    int8_t i8[6];
    uint8_t u8[6];
    int64_t i64[6];
    uint64_t u64[6];
    uint8_t is[6];
    dtype_convert(i8, DTYPE_I8, in, DTYPE_F64, 6);
    dtype_convert(u8, DTYPE_U8, in, DTYPE_F64, 6);
    dtype_convert(i64, DTYPE_I64, in, DTYPE_F64, 6);
    dtype_convert(u64, DTYPE_U64, in, DTYPE_F64, 6);
    dtype_convert(is, DTYPE_BOOL, in, DTYPE_F64, 6);
    EXPECT(i8[0] == 0 && i8[1] == -1 && i8[2] == 127 && i8[3] == -128 && i8[4] == 127);
    EXPECT(u8[0] == 0 && u8[1] == 0 && u8[2] == 255 && u8[3] == 0 && u8[4] == 255 && u8[5] == 0);
    EXPECT(i64[2] == INT64_MAX && i64[3] == INT64_MIN && i64[4] == 255);
    EXPECT(u64[2] == UINT64_MAX && u64[3] == 0);
    EXPECT(is[0] == 1 && is[1] == 1 && is[5] == 1);
}

/* v as dtype, then as I64, then back: what fits comes back, also by way of every other integer. */
TEST(integers_of_all_widths_convert_to_one_another) {
    static const enum dtype all[] = {DTYPE_I8,  DTYPE_I16, DTYPE_I32, DTYPE_I64,
                                     DTYPE_U8,  DTYPE_U16, DTYPE_U32, DTYPE_U64,
                                     DTYPE_F32, DTYPE_F64, DTYPE_F16, DTYPE_BF16};
    int64_t in[] = {0, 1, 100, 127}, out[4];
    uint64_t between[4];
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 12; j++) {
            uint64_t first[4];
            dtype_convert(first, all[i], in, DTYPE_I64, 4);
            dtype_convert(between, all[j], first, all[i], 4);
            dtype_convert(out, DTYPE_I64, between, all[j], 4);
            EXPECT(memcmp(in, out, sizeof(in)) == 0);
        }
    uint64_t big = UINT64_MAX;
    int64_t small = -1;
    dtype_convert(out, DTYPE_I64, &big, DTYPE_U64, 1);
    EXPECT(out[0] == INT64_MAX);
    dtype_convert(between, DTYPE_U64, &small, DTYPE_I64, 1);
    EXPECT(between[0] == 0);
}

TEST(rows_convert_like_single_numbers) {
    float in[67], back[67];
    uint16_t h[67];
    for (int i = 0; i < 67; i++)
        in[i] = ldexpf((float)(i - 33) * 1.2345f, i % 40 - 30);
    for (enum dtype d = DTYPE_F16; d <= DTYPE_BF16; d++) {
        dtype_convert(h, d, in, DTYPE_F32, 67);
        dtype_convert(back, DTYPE_F32, h, d, 67);
        for (int i = 0; i < 67; i++) {
            EXPECT_INT(h[i], d == DTYPE_F16 ? dtype_to_f16(in[i]) : dtype_to_bf16(in[i]));
            EXPECT(back[i] == (d == DTYPE_F16 ? dtype_from_f16(h[i]) : dtype_from_bf16(h[i])));
        }
    }
}

TEST(names_are_read_back_and_others_refused) {
    for (int i = 0; i < DTYPE_COUNT; i++) {
        enum dtype ours = DTYPE_COUNT, theirs = DTYPE_COUNT;
        EXPECT(dtype_parse(&ours, dtype_name((enum dtype)i)));
        EXPECT_INT(ours, i);
        EXPECT(dtype_is_block(ours) == !dtype_safetensors_name(ours));
        if (dtype_is_block(ours))
            continue;
        EXPECT(dtype_parse_safetensors(&theirs, dtype_safetensors_name(ours)));
        EXPECT_INT(theirs, i);
    }
    enum dtype untouched = DTYPE_I8;
    EXPECT(!dtype_parse(&untouched, "BF16"));
    EXPECT(!dtype_parse_safetensors(&untouched, "F8_E4M3"));
    EXPECT_INT(untouched, DTYPE_I8);
}

TEST(blocks_are_counted_whole) {
    EXPECT(dtype_block(DTYPE_F32) == 1 && dtype_block(DTYPE_Q8_0) == 32);
    EXPECT(dtype_bytes(DTYPE_F32, 3) == 12 && dtype_bytes(DTYPE_Q4_0, 96) == 54);
    EXPECT(dtype_bytes(DTYPE_Q4_K, 512) == 288 && dtype_bytes(DTYPE_Q6_K, 256) == 210);
    EXPECT(dtype_align(DTYPE_F64) == 8 && dtype_align(DTYPE_Q6_K) == 2);
}

/* Longer than what is converted at once, and not a multiple of it. */
TEST(blocks_convert_by_way_of_f32) {
    enum { N = 512 + 256 };
    static float in[N], direct[N], back[N];
    static uint16_t half[N], from_half[N];
    static uint8_t blocks[2][N * 2];
    for (int i = 0; i < N; i++)
        in[i] = dtype_from_bf16(dtype_to_bf16(sinf((float)i)));
    dtype_convert(half, DTYPE_BF16, in, DTYPE_F32, N);
    for (int d = DTYPE_Q8_0; d <= DTYPE_Q6_K; d++) {
        enum dtype dtype = (enum dtype)d;
        dtype_convert(blocks[0], dtype, in, DTYPE_F32, N);
        dtype_convert(blocks[1], dtype, half, DTYPE_BF16, N);
        EXPECT(memcmp(blocks[0], blocks[1], dtype_bytes(dtype, N)) == 0);
        dtype_convert(direct, DTYPE_F32, blocks[0], dtype, N);
        dtype_convert(from_half, DTYPE_F16, blocks[0], dtype, N);
        dtype_convert(back, DTYPE_F32, from_half, DTYPE_F16, N);
        for (int i = 0; i < N; i++) {
            EXPECT(fabsf(direct[i] - in[i]) < 0.13f);
            EXPECT(fabsf(direct[i] - back[i]) < 1e-3f);
        }
        dtype_convert(blocks[1], dtype, blocks[0], dtype, N);
        EXPECT(memcmp(blocks[0], blocks[1], dtype_bytes(dtype, N)) == 0);
    }
}
