/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/simd/simd.h"
#include "tests/simd/numbers.h"
#include "tests/test.h"

static float sum_of(float a, float b) {
    return a + b;
}
static float difference(float a, float b) {
    return a - b;
}
static float product(float a, float b) {
    return a * b;
}
static float quotient(float a, float b) {
    return a / b;
}
static float greater(float a, float b) {
    return a > b ? a : b;
}
static float lesser(float a, float b) {
    return a < b ? a : b;
}
static float of_larger_bits(float a, float b) {
    int32_t x, y;
    memcpy(&x, &a, sizeof(x));
    memcpy(&y, &b, sizeof(y));
    return x > y ? a : b;
}

/* One line for each thing that two vectors can be asked. */
#define PAIRS(X)                   \
    X(vf_add, sum_of)              \
    X(vf_sub, difference)          \
    X(vf_mul, product)             \
    X(vf_div, quotient)            \
    X(vf_max, greater)             \
    X(vf_max_bits, of_larger_bits) \
    X(vf_min, lesser)
#define SINGLES(X)   \
    X(vf_abs, fabsf) \
    X(vf_round, nearbyintf)

#define EXPECT_LANE(what, got, want, a, b)                                                    \
    (void)test_check(numbers_same(got, want), __FILE__, __LINE__, "%s(%a, %a) is %a, not %a", \
                     what, (double)(a), (double)(b), (double)(got), (double)(want))

static void store(float *out, vf v) {
    vf_store(out, v);
}

TEST(arithmetic_is_that_of_c_in_every_lane) {
    float a[VL], b[VL], got[VL];
    for (int round = 0; round < NUMBERS_ROUNDS; round++) {
        numbers_floats(a, VL, round, 0);
        numbers_floats(b, VL, round, 1);
#define CHECK(ours, theirs)                   \
    store(got, ours(vf_load(a), vf_load(b))); \
    for (int i = 0; i < VL; i++)              \
        EXPECT_LANE(#ours, got[i], theirs(a[i], b[i]), a[i], b[i]);
        PAIRS(CHECK)
#undef CHECK
#define CHECK(ours, theirs)       \
    store(got, ours(vf_load(a))); \
    for (int i = 0; i < VL; i++)  \
        EXPECT_LANE(#ours, got[i], theirs(a[i]), a[i], 0.0f);
        SINGLES(CHECK)
#undef CHECK
    }
}

TEST(fma_rounds_as_often_as_the_level_says) {
    float a[VL], b[VL], c[VL], got[VL];
    for (int round = 0; round < NUMBERS_ROUNDS; round++) {
        numbers_floats(a, VL, round, 0);
        numbers_floats(b, VL, round, 1);
        numbers_floats(c, VL, round, 2);
        store(got, vf_fma(vf_load(a), vf_load(b), vf_load(c)));
        for (int i = 0; i < VL; i++) {
            float want = VF_FUSED ? fmaf(a[i], b[i], c[i]) : a[i] * b[i] + c[i];
            EXPECT_LANE("vf_fma", got[i], want, a[i], b[i]);
        }
    }
}

TEST(selection_takes_each_lane_by_its_own_comparison) {
    float a[VL], b[VL], c[VL], d[VL], got[VL];
    for (int round = 0; round < NUMBERS_ROUNDS; round++) {
        numbers_floats(a, VL, round, 0);
        numbers_floats(b, VL, round, 1);
        numbers_floats(c, VL, round, 2);
        numbers_floats(d, VL, round, 3);
        store(got, vf_select_less(vf_load(a), vf_load(b), vf_load(c), vf_load(d)));
        for (int i = 0; i < VL; i++)
            EXPECT_LANE("vf_select_less", got[i], a[i] < b[i] ? c[i] : d[i], a[i], b[i]);
        store(got, vf_select_nan(vf_load(a), vf_load(c)));
        for (int i = 0; i < VL; i++)
            EXPECT_LANE("vf_select_nan", got[i], isnan(a[i]) ? a[i] : c[i], a[i], c[i]);
    }
}

TEST(part_of_a_vector_is_read_and_written_and_not_a_byte_more) {
    float lanes[VL], got[VL];
    numbers_mild(lanes, VL, 0, 0);
    for (int n = 0; n <= VL; n++) {
        float *end = numbers_edge((size_t)n * sizeof(float));
        memcpy(end, lanes, (size_t)n * sizeof(float));
        store(got, vf_load_n(end, n));
        for (int i = 0; i < VL; i++)
            EXPECT_LANE("vf_load_n", got[i], i < n ? lanes[i] : 0.0f, (float)n, (float)i);
        vf_store_n(end, vf_set(3), n);
        for (int i = 0; i < n; i++)
            EXPECT_LANE("vf_store_n", end[i], 3.0f, (float)n, (float)i);
        store(got, vf_set(7));
        vf_store_n(got, vf_set(3), n);
        for (int i = 0; i < VL; i++)
            EXPECT_LANE("vf_store_n", got[i], i < n ? 3.0f : 7.0f, (float)n, (float)i);
    }
}

TEST(part_of_a_vector_of_halves_is_read_and_not_a_byte_more) {
    uint16_t halves[VL];
    float bf16[VL], f16[VL];
    for (int i = 0; i < VL; i++)
        halves[i] = (uint16_t)(0x3c01 + 77 * i);
    for (int n = 0; n <= VL; n++) {
        uint16_t *end = numbers_edge((size_t)n * sizeof(uint16_t));
        memcpy(end, halves, (size_t)n * sizeof(uint16_t));
        store(bf16, vf_bf16_n(end, n));
        store(f16, vf_f16_n(end, n));
        for (int i = 0; i < VL; i++) {
            EXPECT_LANE("vf_bf16_n", bf16[i], i < n ? dtype_from_bf16(halves[i]) : 0.0f, (float)n,
                        (float)i);
            EXPECT_LANE("vf_f16_n", f16[i], i < n ? dtype_from_f16(halves[i]) : 0.0f, (float)n,
                        (float)i);
        }
    }
}

TEST(every_half_widens_to_its_own_number) {
    uint16_t halves[2 * VL];
    float bf16[VL], f16[VL], set[VL], even[VL], odd[VL];
    for (int first = 0; first < 65536; first += VL) {
        for (int i = 0; i < 2 * VL; i++)
            halves[i] = (uint16_t)(first + i);
        store(bf16, vf_bf16(halves));
        store(f16, vf_f16(halves));
        store(even, vf_bf16_even(vi_load(halves)));
        store(odd, vf_bf16_odd(vi_load(halves)));
        for (int i = 0; i < VL; i++) {
            EXPECT_LANE("vf_bf16", bf16[i], dtype_from_bf16(halves[i]), (float)halves[i], 0.0f);
            EXPECT_LANE("vf_f16", f16[i], dtype_from_f16(halves[i]), (float)halves[i], 0.0f);
            store(set, vf_set_f16(halves[i]));
            EXPECT_LANE("vf_set_f16", set[i], dtype_from_f16(halves[i]), (float)i, 0.0f);
            EXPECT_LANE("vf_bf16_even", even[i], dtype_from_bf16(halves[2 * i]), (float)i, 0.0f);
            EXPECT_LANE("vf_bf16_odd", odd[i], dtype_from_bf16(halves[2 * i + 1]), (float)i, 0.0f);
        }
    }
}

TEST(every_signed_byte_becomes_its_own_float_and_no_more_are_read) {
    float got[VL];
    int8_t *end = numbers_edge(VL);
    for (int first = -128; first < 128; first += VL) {
        for (int i = 0; i < VL; i++)
            end[i] = (int8_t)(first + i);
        store(got, vf_i8(end));
        for (int i = 0; i < VL; i++)
            EXPECT_LANE("vf_i8", got[i], (float)(first + i), (float)first, (float)i);
    }
}

TEST(a_float_becomes_the_nearest_half) {
    float a[VL];
    uint16_t got[VL];
    for (int round = 0; round < NUMBERS_ROUNDS; round++) {
        round % 2 ? numbers_floats(a, VL, round, 0) : numbers_mild(a, VL, round, 0);
        vf_to_f16(got, vf_load(a));
        for (int i = 0; i < VL; i++)
            EXPECT_LANE("vf_to_f16", dtype_from_f16(got[i]), dtype_from_f16(dtype_to_f16(a[i])),
                        a[i], 0.0f);
    }
}

TEST(sums_and_the_largest_count_every_lane_once) {
    float rows[VL][VL], got[VL], turned[VL];
    for (int round = 0; round < NUMBERS_ROUNDS / 8; round++) {
        vf v[VL], t[VL];
        for (int r = 0; r < VL; r++) {
            numbers_whole(rows[r], VL, round, r);
            v[r] = t[r] = vf_load(rows[r]);
        }
        store(got, vf_sums(v));
        vf_transpose(t);
        for (int r = 0; r < VL; r++) {
            float sum = 0, most = rows[r][0];
            store(turned, t[r]);
            for (int i = 0; i < VL; i++) {
                sum += rows[r][i];
                most = rows[r][i] > most ? rows[r][i] : most;
                EXPECT_LANE("vf_transpose", turned[i], rows[i][r], (float)r, (float)i);
            }
            EXPECT_LANE("vf_sums", got[r], sum, (float)r, 0.0f);
            EXPECT_LANE("vf_sum", vf_sum(vf_load(rows[r])), sum, (float)r, 0.0f);
            EXPECT_LANE("vf_largest", vf_largest(vf_load(rows[r])), most, (float)r, 0.0f);
        }
    }
}

TEST(powers_of_two_are_exact_down_to_the_smallest_normal) {
    float got[VL];
    for (int n = -126; n <= 127; n++) {
        store(got, vf_power2(vf_set((float)n)));
        for (int i = 0; i < VL; i++)
            EXPECT_LANE("vf_power2", got[i], ldexpf(1, n), (float)n, 0.0f);
    }
}

/* Steps of some hundredths over all that does not round to 0 or infinity. */
TEST(the_exponential_is_within_two_units_of_the_last_place) {
    float x[VL], got[VL];
    for (float begin = -86.5f; begin < 88.7f; begin += 0.0137f * VL) {
        for (int i = 0; i < VL; i++)
            x[i] = fminf(begin + 0.0137f * (float)i, 88.7f);
        store(got, vf_exp(vf_load(x)));
        for (int i = 0; i < VL; i++) {
            float want = (float)exp((double)x[i]);
            (void)test_check(numbers_apart(got[i], want) <= 2, __FILE__, __LINE__,
                             "e^%a is %a, not %a", (double)x[i], (double)got[i], (double)want);
        }
    }
}

TEST(the_exponential_ends_in_zero_infinity_and_nan) {
    static const float in[] = {-86.7f, -1e30f, -INFINITY, 88.8f, 1e30f, INFINITY, NAN, 0, -0.0f};
    static const float out[] = {0, 0, 0, INFINITY, INFINITY, INFINITY, NAN, 1, 1};
    float got[VL];
    for (size_t i = 0; i < sizeof(in) / sizeof(*in); i++) {
        store(got, vf_exp(vf_set(in[i])));
        EXPECT_LANE("vf_exp", got[VL - 1], out[i], in[i], 0.0f);
    }
}

static double silu(double x) {
    return x / (1 + exp(-x));
}
static double gelu_tanh(double x) {
    return x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))) / 2;
}

/* Relative to what is computed, but no closer than the smallest number that e^x still tells. */
static void expect_near(const char *what, float got, double want, float x) {
    bool near = fabs((double)got - want) <= 2e-6 * fabs(want) + 1e-30;
    (void)test_check(near, __FILE__, __LINE__, "%s(%a) is %a, not %a", what, (double)x, (double)got,
                     want);
}

TEST(activations_follow_their_formulas) {
    float x[VL], got[VL];
    for (float begin = -30; begin < 30; begin += 0.0071f * VL) {
        for (int i = 0; i < VL; i++)
            x[i] = begin + 0.0071f * (float)i;
        store(got, vf_silu(vf_load(x)));
        for (int i = 0; i < VL; i++)
            expect_near("silu", got[i], silu((double)x[i]), x[i]);
        store(got, vf_gelu_tanh(vf_load(x)));
        for (int i = 0; i < VL; i++)
            if (x[i] > -4) /* below, 1 + tanh itself keeps few digits */
                expect_near("gelu_tanh", got[i], gelu_tanh((double)x[i]), x[i]);
    }
}

#if VF_PAIRS
TEST(pairs_of_bf16_are_multiplied_and_added_up) {
    float a[2 * VL], b[2 * VL], c[VL], got[VL];
    uint16_t ha[2 * VL], hb[2 * VL];
    for (int round = 0; round < NUMBERS_ROUNDS; round++) {
        numbers_mild(a, 2 * VL, round, 0);
        numbers_mild(b, 2 * VL, round, 1);
        numbers_mild(c, VL, round, 2);
        for (int i = 0; i < 2 * VL; i++) {
            ha[i] = dtype_to_bf16(a[i]);
            hb[i] = dtype_to_bf16(b[i]);
        }
        store(got, vf_pairs(vf_load(c), vi_load(ha), vi_load(hb)));
        for (int i = 0; i < VL; i++) {
            double want = (double)c[i], size = fabs((double)c[i]);
            for (int j = 2 * i; j < 2 * i + 2; j++) {
                double term = (double)dtype_from_bf16(ha[j]) * (double)dtype_from_bf16(hb[j]);
                want += term;
                size += fabs(term);
            }
            bool near = fabs((double)got[i] - want) <= 0x1p-21 * size;
            (void)test_check(near, __FILE__, __LINE__, "lane %d is %a, not %a", i, (double)got[i],
                             want);
        }
    }
}
#endif
