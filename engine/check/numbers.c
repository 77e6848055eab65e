/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/numbers.h"

#include <math.h>

/* -- floats -- */

/* Sign, exponent and fraction by arithmetic. */
static double decode(uint64_t bits, int exponent_bits, int fraction_bits) {
    uint64_t fraction = bits & ((1ull << fraction_bits) - 1);
    int exponent = (int)(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
    int bias = (1 << (exponent_bits - 1)) - 1;
    double sign = bits >> (fraction_bits + exponent_bits) & 1 ? -1.0 : 1.0;
    if (exponent == (1 << exponent_bits) - 1)
        return fraction ? (double)NAN : sign * HUGE_VAL;
    if (exponent == 0)
        return sign * ldexp((double)fraction, 1 - bias - fraction_bits);
    return sign *
           ldexp((double)(fraction | 1ull << fraction_bits), exponent - bias - fraction_bits);
}

static uint64_t load(const uint8_t *p, int size) {
    uint64_t bits = 0;
    for (int i = 0; i < size; i++)
        bits |= (uint64_t)p[i] << (8 * i);
    return bits;
}

static double half(const uint8_t *p) {
    return decode(load(p, 2), 5, 10);
}

/* x to the nearest number of that many bits, ties to even. */
static double rounded(double x, int exponent_bits, int fraction_bits) {
    int bias = (1 << (exponent_bits - 1)) - 1, exponent;
    if (!isfinite(x) || (x >= 0 && x <= 0))
        return x;
    (void)frexp(x, &exponent); /* |x| in [2^(e-1), 2^e) */
    int ulp = exponent - 1 < 1 - bias ? 1 - bias - fraction_bits : exponent - 1 - fraction_bits;
    double y = ldexp(nearbyint(ldexp(x, -ulp)), ulp);
    double most = ldexp(2 - ldexp(1, -fraction_bits), bias);
    return fabs(y) > most ? copysign(HUGE_VAL, x) : y;
}

static void read_f32(double *out, struct numbers_gap *gaps, const uint8_t *p) {
    *out = decode(load(p, 4), 8, 23);
    *gaps = (struct numbers_gap){0, 0};
}

static void read_f16(double *out, struct numbers_gap *gaps, const uint8_t *p) {
    *out = half(p);
    *gaps = (struct numbers_gap){0, 0};
}

static void read_bf16(double *out, struct numbers_gap *gaps, const uint8_t *p) {
    *out = decode(load(p, 2), 8, 7);
    *gaps = (struct numbers_gap){0, 0};
}

/* -- blocks -- */

/* A place of the grid: q times scale less min, where q is one of least … most. */
static void place(double *out, struct numbers_gap *gap, int q, double scale, double min, int least,
                  int most) {
    int low = scale < 0 ? most : least, high = scale < 0 ? least : most;
    bool is_one = !(scale < 0 || scale > 0); /* number, whatever q is */
    *out = scale * q - min;
    gap->below = is_one || q == low ? HUGE_VAL : fabs(scale);
    gap->above = is_one || q == high ? HUGE_VAL : fabs(scale);
}

static int signed_byte(uint8_t b) {
    return b < 128 ? b : b - 256;
}

static void read_q8_0(double *out, struct numbers_gap *gaps, const uint8_t *p) {
    for (int i = 0; i < 32; i++)
        place(out + i, gaps + i, signed_byte(p[2 + i]), half(p), 0, -128, 127);
}

static void read_q4_0(double *out, struct numbers_gap *gaps, const uint8_t *p) {
    for (int i = 0; i < 32; i++) {
        int byte = p[2 + i % 16], q = i < 16 ? byte % 16 : byte / 16;
        place(out + i, gaps + i, q - 8, half(p), 0, -8, 7);
    }
}

/* get_scale_min_k4(): of the twelve bytes the first four hold six bits of four scales, the next
 * four of four mins; the last four hold four bits each of the other scales and mins, whose upper
 * two bits are those that the first eight have left over. */
static int six_bits(const uint8_t *twelve, int j, bool is_min) {
    int own = twelve[j % 4 + (is_min ? 4 : 0)], rest = twelve[8 + j % 4];
    if (j < 4)
        return own % 64;
    return (is_min ? rest / 16 : rest % 16) + own / 64 * 16;
}

static void read_q4_k(double *out, struct numbers_gap *gaps, const uint8_t *p) {
    double d = half(p), dmin = half(p + 2);
    for (int i = 0; i < 256; i++) {
        int j = i / 32, byte = p[16 + i / 64 * 32 + i % 32], q = j % 2 ? byte / 16 : byte % 16;
        place(out + i, gaps + i, q, d * six_bits(p + 4, j, false), dmin * six_bits(p + 4, j, true),
              0, 15);
    }
}

/* Of each 128: 64 bytes of lower halves, first of elements 0 … 63, then of the rest; 32 bytes of
 * upper pairs, whose pair k is of element 32 k + …; eight scales. */
static void read_q6_k(double *out, struct numbers_gap *gaps, const uint8_t *p) {
    double d = half(p + 208);
    for (int i = 0; i < 256; i++) {
        int within = i % 128;
        int low = p[i / 128 * 64 + within % 64], high = p[128 + i / 128 * 32 + within % 32];
        low = within < 64 ? low % 16 : low / 16;
        for (int k = 0; k < within / 32; k++)
            high /= 4;
        place(out + i, gaps + i, low + 16 * (high % 4) - 32, d * signed_byte(p[192 + i / 16]), 0,
              -32, 31);
    }
}

/* -- all -- */

static const struct kind {
    enum dtype dtype;
    int block, bytes;
    void (*read)(double *out, struct numbers_gap *gaps, const uint8_t *p); /* a block */
} kinds[] = {
    {DTYPE_F32,  1,   4,   read_f32 },
    {DTYPE_F16,  1,   2,   read_f16 },
    {DTYPE_BF16, 1,   2,   read_bf16},
    {DTYPE_Q8_0, 32,  34,  read_q8_0},
    {DTYPE_Q4_0, 32,  18,  read_q4_0},
    {DTYPE_Q4_K, 256, 144, read_q4_k},
    {DTYPE_Q6_K, 256, 210, read_q6_k},
};

static const struct kind *kind_of(enum dtype dtype) {
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].dtype == dtype)
            return &kinds[i];
    return NULL;
}

bool numbers_can(enum dtype dtype) {
    return kind_of(dtype) != NULL;
}

int numbers_block(enum dtype dtype) {
    return kind_of(dtype)->block;
}

size_t numbers_size(enum dtype dtype) {
    return (size_t)kind_of(dtype)->bytes;
}

void numbers_read(double *out, struct numbers_gap *gaps, enum dtype dtype, const uint8_t *bytes,
                  int64_t n) {
    const struct kind *k = kind_of(dtype);
    struct numbers_gap unasked[NUMBERS_BLOCK_MAX];
    for (int64_t i = 0; i < n; i += k->block, bytes += k->bytes)
        k->read(out + i, gaps ? gaps + i : unasked, bytes);
}

double numbers_round(double x, enum dtype dtype) {
    switch (dtype) {
    case DTYPE_F16:
        return rounded(x, 5, 10);
    case DTYPE_BF16:
        return rounded(x, 8, 7);
    case DTYPE_F32:
        return rounded(x, 8, 23);
    default:
        return x;
    }
}
