/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/numbers.h"

#include <math.h>

#include "tests/test.h"

/* Blocks of these bytes, whose scales are made finite, and what gguf-py's dequantize() of them is:
 * three of the numbers, and the sum of all, each times its place. */
static void fill(uint8_t *out, size_t size) {
    uint32_t state = 1;
    for (size_t i = 0; i < size; i++) {
        state = (state * 1103515245u + 12345u) & 0x7fffffffu;
        out[i] = (uint8_t)(state >> 16);
    }
}

TEST(blocks_are_what_their_authors_say) {
    static const struct {
        enum dtype dtype;
        int scale, min; /* where they are; -1 = none */
        double first, one, last, sum;
    } rows[] = {
        {DTYPE_Q8_0, 0,   -1, -12.40234375, -3.3203125,  8.3984375,   896.58203125    },
        {DTYPE_Q4_0, 0,   -1, -0.68359375,  -0.1953125,  0.29296875,  47.265625       },
        {DTYPE_Q4_K, 0,   2,  0.6640625,    6.03515625,  36.44921875, 1112814.14453125},
        {DTYPE_Q6_K, 208, -1, -56.25,       99.90234375, 210.9375,    220156.15234375 },
    };
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        uint8_t bytes[256];
        double out[NUMBERS_BLOCK_MAX], sum = 0;
        int n = numbers_block(rows[k].dtype);
        fill(bytes, numbers_size(rows[k].dtype));
        bytes[rows[k].scale] = 0x40, bytes[rows[k].scale + 1] = 0x2e;
        if (rows[k].min >= 0)
            bytes[rows[k].min] = 0x40, bytes[rows[k].min + 1] = 0x25;
        numbers_read(out, NULL, rows[k].dtype, bytes, n);
        for (int i = 0; i < n; i++)
            sum += (i + 1) * out[i];
        (void)test_check(out[0] == rows[k].first && out[17] == rows[k].one &&
                             out[n - 1] == rows[k].last && sum == rows[k].sum,
                         __FILE__, __LINE__, "%s: %.17g, %.17g, %.17g, in all %.17g",
                         dtype_name(rows[k].dtype), out[0], out[17], out[n - 1], sum);
    }
}

TEST(gaps_lead_to_the_next_numbers_of_a_grid) {
    uint8_t bytes[18] = {0, 0x3c, 0x80, 0x0f}; /* 1.0, and of bytes low and high halves */
    double out[32];
    struct numbers_gap gaps[32];
    numbers_read(out, gaps, DTYPE_Q4_0, bytes, 32);
    EXPECT(out[0] == -8 && gaps[0].below == HUGE_VAL && gaps[0].above == 1);
    EXPECT(out[16] == 0 && gaps[16].below == 1 && gaps[16].above == 1);
    EXPECT(out[1] == 7 && gaps[1].below == 1 && gaps[1].above == HUGE_VAL);
    bytes[1] = 0xb8; /* -0.5 */
    numbers_read(out, gaps, DTYPE_Q4_0, bytes, 32);
    EXPECT(out[0] == 4 && gaps[0].below == 0.5 && gaps[0].above == HUGE_VAL);
    bytes[1] = 0;
    numbers_read(out, gaps, DTYPE_Q4_0, bytes, 32);
    EXPECT(out[16] == 0 && gaps[16].below == HUGE_VAL && gaps[16].above == HUGE_VAL);
}

TEST(floats_are_rounded_once_to_even) {
    static const struct {
        enum dtype dtype;
        double x, y;
    } rows[] = {
        {DTYPE_F16,  1.00048828125, 1          }, /* half way */
        {DTYPE_F16,  1.00146484375, 1.001953125},
        {DTYPE_F16,  65519.99,      65504      },
        {DTYPE_F16,  65520,         HUGE_VAL   },
        {DTYPE_F16,  -0x1.8p-24,    -0x1p-23   },
        {DTYPE_BF16, 1.00390625,    1          },
        {DTYPE_BF16, 1.01171875,    1.015625   },
        {DTYPE_F32,  1 + 0x1p-24,   1          },
        {DTYPE_Q8_0, 1 + 0x1p-50,   1 + 0x1p-50},
    };
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
        (void)test_check(numbers_round(rows[k].x, rows[k].dtype) == rows[k].y, __FILE__, __LINE__,
                         "%.17g in %s is %.17g", rows[k].x, dtype_name(rows[k].dtype),
                         numbers_round(rows[k].x, rows[k].dtype));
    double x;
    numbers_read(&x, NULL, DTYPE_F16, (const uint8_t[]){1, 0x80}, 1);
    EXPECT(x == -0x1p-24);
    numbers_read(&x, NULL, DTYPE_BF16, (const uint8_t[]){0xc0, 0x7f}, 1);
    EXPECT(isnan(x));
}
