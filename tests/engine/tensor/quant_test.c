/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tensor/quant.h"

#include <stdlib.h>

#include "engine/base/err.h"
#include "tests/test.h"

enum { BLOCKS = 64, ROOM = BLOCKS * QUANT_BLOCK_MAX };

static const enum dtype kinds[] = {DTYPE_Q8_0, DTYPE_Q4_0, DTYPE_Q4_K, DTYPE_Q6_K};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

/* The generator and the digest of scripts/fixtures/blocks.py. */
static uint32_t draw(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static uint64_t digest(const void *data, size_t size) {
    uint64_t value = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++)
        value = (value ^ ((const uint8_t *)data)[i]) * 0x100000001b3u;
    return value;
}

/* Any bytes, but scales that are finite. */
static size_t draw_blocks(uint8_t *out, enum dtype kind) {
    size_t size = dtype_size(kind);
    uint64_t state = 1;
    for (size_t i = 0; i < size * BLOCKS; i++)
        out[i] = (uint8_t)draw(&state);
    for (size_t i = 0; i < BLOCKS; i++) {
        out[i * size + (kind == DTYPE_Q6_K ? 209 : 1)] &= 0xbf;
        if (kind == DTYPE_Q4_K)
            out[i * size + 3] &= 0xbf;
    }
    return size * BLOCKS;
}

static void draw_numbers(float *out, int n) {
    uint64_t state = 1;
    for (int i = 0; i < n; i++)
        out[i] = ldexpf((float)(int)(draw(&state) & 2047) - 1024, -(i / 32 % 22));
}

/* Sums of numbers look like weights: a bell, some rows of larger ones. */
static void draw_weights(float *out, int n) {
    uint64_t state = 7;
    for (int i = 0; i < n; i++) {
        float sum = 0;
        for (int k = 0; k < 6; k++)
            sum += (float)(draw(&state) & 0xffff) / 65536 - 0.5f;
        out[i] = sum * (i / 64 % 3 ? 0.02f : 0.05f) + (i / 256 % 2 ? 0.003f : 0);
    }
}

TEST(blocks_stand_for_what_ggml_says) {
    static const uint64_t wanted[KINDS] = {0xd2ea2b0fb13b3fea, 0x54b6c1ff9ab4bf21,
                                           0x626e725690caada8, 0x35e9981d498b9d93};
    static uint8_t bytes[BLOCKS * 256];
    static float out[ROOM];
    for (int k = 0; k < KINDS; k++) {
        int64_t n = (int64_t)BLOCKS * dtype_block(kinds[k]);
        (void)draw_blocks(bytes, kinds[k]);
        quant_decode(out, kinds[k], bytes, n);
        EXPECT(digest(out, (size_t)n * sizeof(*out)) == wanted[k]);
    }
}

TEST(the_plain_formats_are_quantised_to_ggmls_bytes) {
    static const uint64_t wanted[2] = {0xa74d94744f033fd4, 0x84df18c141115b1e};
    static uint8_t bytes[BLOCKS * 34];
    static float in[BLOCKS * 32];
    draw_numbers(in, BLOCKS * 32);
    for (int k = 0; k < 2; k++) {
        EXPECT(quant_encode(bytes, kinds[k], in, BLOCKS * 32));
        EXPECT(digest(bytes, BLOCKS * dtype_size(kinds[k])) == wanted[k]);
    }
}

TEST(the_wide_numbers_round_to_the_narrow_ones) {
    static uint8_t bytes[BLOCKS * 256];
    static float narrow[ROOM];
    static double wide[ROOM];
    for (int k = 0; k < KINDS; k++) {
        int n = BLOCKS * dtype_block(kinds[k]), wrong = 0;
        (void)draw_blocks(bytes, kinds[k]);
        quant_decode(narrow, kinds[k], bytes, n);
        quant_decode_wide(wide, kinds[k], bytes, n);
        for (int i = 0; i < n; i++)
            wrong += (float)wide[i] != narrow[i];
        EXPECT_INT(wrong, 0);
    }
}

/* sqrt(Σ error² / Σ x²) of a round trip. */
static double lost(enum dtype kind, const float *in, int n) {
    static uint8_t bytes[ROOM * 2];
    static float back[ROOM];
    double error = 0, size = 0;
    EXPECT(quant_encode(bytes, kind, in, n));
    quant_decode(back, kind, bytes, n);
    for (int i = 0; i < n; i++) {
        error += ((double)back[i] - (double)in[i]) * ((double)back[i] - (double)in[i]);
        size += (double)in[i] * (double)in[i];
    }
    return size > 0 ? sqrt(error / size) : sqrt(error);
}

TEST(a_round_trip_loses_what_the_bits_cannot_hold) {
    static const double most[KINDS] = {0.006, 0.095, 0.075, 0.018};
    static float in[ROOM];
    draw_weights(in, ROOM);
    for (int k = 0; k < KINDS; k++) {
        double is = lost(kinds[k], in, ROOM);
        EXPECT(is < most[k] && is > most[k] / 3);
    }
}

TEST(nothing_but_zeros_stays_zero) {
    static const float in[256];
    for (int k = 0; k < KINDS; k++)
        EXPECT(lost(kinds[k], in, 256) == 0);
}

/* Values of every size that scales in f16 reach, and none of them alone. */
TEST(scales_reach_from_the_smallest_to_the_largest) {
    float in[256];
    for (int k = 0; k < KINDS; k++)
        for (int e = -12; e <= 18; e++) {
            draw_weights(in, 256);
            for (int i = 0; i < 256; i++)
                in[i] = ldexpf(in[i] * 10, e);
            EXPECT(lost(kinds[k], in, 256) < 0.25);
        }
}

TEST(what_cannot_be_held_is_told_and_seen) {
    static const float bad[] = {NAN, INFINITY, -INFINITY, 1e30f, -3e38f};
    for (int k = 0; k < KINDS; k++)
        for (int b = 0; b < 5; b++) {
            float in[512], back[512];
            uint8_t bytes[512 * 2];
            draw_weights(in, 512);
            in[77] = bad[b];
            EXPECT(!quant_encode(bytes, kinds[k], in, 512));
            quant_decode(back, kinds[k], bytes, 512);
            EXPECT(!isfinite(back[77]));
            EXPECT(isfinite(back[300])); /* another block */
        }
}

/* A group that lies on one side of zero needs its 16 steps for what it spans, not for the way from
 * zero; so does one far from the rest. */
TEST(q4_k_spends_its_steps_where_the_numbers_are) {
    static float in[ROOM];
    uint64_t state = 3;
    for (int i = 0; i < ROOM; i++)
        in[i] = (float)(draw(&state) & 0xffff) / 0x1p20f - 0.05f * (float)(1 + i / 32 % 3);
    EXPECT(lost(DTYPE_Q4_K, in, ROOM) < 0.015);
}

TEST(tiny_numbers_become_zero_or_nearly) {
    for (int k = 0; k < KINDS; k++)
        for (int e = -149; e < -30; e += 7) {
            float in[256], back[256];
            uint8_t bytes[512];
            for (int i = 0; i < 256; i++)
                in[i] = ldexpf(i % 3 ? 1 : -1, e);
            EXPECT(quant_encode(bytes, kinds[k], in, 256));
            quant_decode(back, kinds[k], bytes, 256);
            for (int i = 0; i < 256; i++)
                EXPECT(fabsf(back[i]) < ldexpf(1, -29));
        }
}

TEST(the_pairs_of_q4_k_are_where_they_should_be) {
    static const uint8_t scales[12] = {0x40 | 1, 0x80 | 2, 0xc0 | 3,   4,    0xc0 | 5, 6,
                                       7,        0x40 | 8, 0x1 | 0x20, 0xab, 0xcd,     0xef};
    static const int wanted[8][2] = {
        {1,  5 },
        {2,  6 },
        {3,  7 },
        {4,  8 },
        {17, 50},
        {43, 10},
        {61, 12},
        {15, 30}
    };
    for (int g = 0; g < 8; g++) {
        int s, m;
        quant_q4_k_pair(scales, g, &s, &m);
        EXPECT_INT(s, wanted[g][0]);
        EXPECT_INT(m, wanted[g][1]);
    }
}
