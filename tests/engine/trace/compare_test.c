/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/compare.h"

#include "engine/base/err.h"
#include "tests/test.h"

static struct tensor over(enum dtype dtype, int rank, const int64_t *shape, void *data) {
    struct tensor t;
    CHECK(tensor_init(&t, dtype, rank, shape) == 0);
    t.data = data;
    return t;
}

static struct compare_total compare_four(const float *got, const float *want,
                                         const struct tolerance *tol) {
    struct compare_total total = {0};
    float a[4], b[4];
    memcpy(a, got, sizeof(a));
    memcpy(b, want, sizeof(b));
    struct tensor x = over(DTYPE_F32, SHAPE(2, 2), a), y = over(DTYPE_F32, SHAPE(2, 2), b);
    EXPECT_INT(compare_tensors(&total, "logits", &x, &y, NULL, tol), 0);
    return total;
}

TEST(equal_values_pass_every_class_and_are_counted) {
    static const char *const letters[] = {"X", "E", "L", "F", "S", "G", "Q"};
    static const float v[4] = {1, -2, 3, -4};
    for (int i = 0; i < 6; i++) {
        struct compare_total t = compare_four(v, v, tolerance_find(letters[i]));
        EXPECT(!t.wrong && t.nmse == 0 && t.max_abs == 0);
        EXPECT_INT(t.compared, 4);
    }
    EXPECT(tolerance_find("Z") == NULL);
}

TEST(nmse_is_the_squared_error_over_the_squared_reference) {
    static const float want[4] = {1, 1, 1, 1}, got[4] = {1, 1.5F, 1, 1};
    struct compare_total t = compare_four(got, want, &tolerance_final);
    EXPECT(t.wrong);
    EXPECT(t.nmse == 0.25 / 4);
    EXPECT(t.nmse_limit == 1e-10);
    EXPECT(t.max_abs == 0.5);
    EXPECT_STR(t.worst.key, "logits");
    EXPECT_INT(t.worst.rank, 2);
    EXPECT_INT(t.worst.index[0], 0);
    EXPECT_INT(t.worst.index[1], 1);
    EXPECT(t.worst.got == 1.5 && t.worst.want == 1);
    EXPECT_HAS(t.text, "logits: nmse 0.0625");
}

/* A small element that is quite wrong does not show in nmse; the element rule is for it. */
TEST(one_small_element_far_off_is_seen_where_nmse_is_blind) {
    static const float want[4] = {1000, 1000, 1000, 0.001F}, got[4] = {1000, 1000, 1000, 0.0015F};
    struct tolerance blind = tolerance_final, seeing = tolerance_final;
    blind.abs = 1;
    seeing.abs = 1e-7;
    EXPECT(!compare_four(got, want, &blind).wrong);
    EXPECT(compare_four(got, want, &seeing).wrong);
}

TEST(an_exact_class_sees_the_sign_of_zero_and_one_bit) {
    static const float want[4] = {0, 1, 2, 3}, sign[4] = {-0.0F, 1, 2, 3};
    static const float bit[4] = {0, 1.00000012F, 2, 3};
    EXPECT(compare_four(sign, want, &tolerance_exact).wrong);
    EXPECT(compare_four(bit, want, &tolerance_exact).wrong);
    EXPECT(!compare_four(bit, want, &tolerance_final).wrong);
}

TEST(infinities_must_stand_where_the_reference_has_them) {
    static const float want[4] = {2, INFINITY, -INFINITY, 1};
    static const float flipped[4] = {2, -INFINITY, -INFINITY, 1};
    EXPECT(!compare_four(want, want, &tolerance_final).wrong);
    struct compare_total t = compare_four(flipped, want, &tolerance_final);
    EXPECT(t.wrong && t.unlike == 1);
}

TEST(a_nan_is_wrong_on_both_sides_under_every_class) {
    static const char *const letters[] = {"X", "E", "L", "F", "S", "G", "Q"};
    static const float v[4] = {1, NAN, INFINITY, 2}, finite[4] = {1, 3, INFINITY, 2};
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        const struct tolerance *tol = tolerance_find(letters[i]);
        struct compare_total t = compare_four(v, v, tol);
        EXPECT(t.wrong && t.unlike == 1 && t.compared == 4);
        EXPECT_HAS(t.text, "1 of 4 elements off, NaN or infinite ones among them; worst at [0,1]");
        EXPECT(compare_four(v, finite, tol).wrong && compare_four(finite, v, tol).wrong);
    }
}

static struct compare_total alike(const float *got, const float *want) {
    struct compare_total total = {0};
    float a[4], b[4];
    memcpy(a, got, sizeof(a));
    memcpy(b, want, sizeof(b));
    struct tensor x = over(DTYPE_F32, SHAPE(4), a), y = over(DTYPE_F32, SHAPE(4), b);
    EXPECT_INT(compare_alike(&total, "logits", &x, &y, NULL, &tolerance_final), 0);
    return total;
}

TEST(a_golden_may_hold_nan_and_then_it_must_stand_there) {
    static const float want[4] = {NAN, INFINITY, -INFINITY, 1};
    static const float moved[4] = {1, INFINITY, -INFINITY, NAN};
    static const float flipped[4] = {NAN, -INFINITY, -INFINITY, 1};
    static const float finite[4] = {NAN, 3.4e38F, -INFINITY, 1};
    EXPECT(!alike(want, want).wrong);
    EXPECT(alike(moved, want).wrong);
    EXPECT(alike(flipped, want).wrong);
    EXPECT(alike(finite, want).wrong);
}

TEST(beside_a_reference_of_zeros_only_the_tiniest_value_passes) {
    static const float zeros[4] = {0}, tiny[4] = {0, 5e-8F, 0, 0}, small[4] = {0, 5e-7F, 0, 0};
    EXPECT(!compare_four(tiny, zeros, &tolerance_final).wrong);
    EXPECT(compare_four(small, zeros, &tolerance_final).wrong);
}

TEST(a_mask_leaves_rows_out_but_never_more_than_half) {
    float a[4] = {1, 2, 99, 99}, b[4] = {1, 2, 3, 4};
    int64_t keep[2] = {1, 0}, none[2] = {0, 0}, third[4] = {1, 0, 0, 0};
    struct tensor x = over(DTYPE_F32, SHAPE(2, 2), a), y = over(DTYPE_F32, SHAPE(2, 2), b);
    struct tensor mask = over(DTYPE_I64, SHAPE(2), keep), nothing = over(DTYPE_I64, SHAPE(2), none);
    struct tensor most = over(DTYPE_I64, SHAPE(2, 2), third);
    struct compare_total total = {0};
    EXPECT_INT(compare_tensors(&total, "x", &x, &y, &mask, &tolerance_final), 0);
    EXPECT(!total.wrong);
    EXPECT_INT(total.compared, 2);
    EXPECT_INT(total.excluded, 2);
    EXPECT_INT(compare_tensors(&total, "x", &x, &y, &nothing, &tolerance_final), ERR_ARG);
    EXPECT_INT(compare_tensors(&total, "x", &x, &y, &most, &tolerance_final), ERR_ARG);
    EXPECT_HAS(err_text(), "3 of 4 elements are excluded");
}

TEST(comparing_nothing_is_an_error_and_another_shape_is_wrong) {
    float a[4] = {0};
    struct tensor empty = over(DTYPE_F32, SHAPE(0, 2), a), square = over(DTYPE_F32, SHAPE(2, 2), a);
    struct tensor line = over(DTYPE_F32, SHAPE(4), a);
    struct compare_total total = {0};
    EXPECT_INT(compare_tensors(&total, "x", &empty, &empty, NULL, &tolerance_final), ERR_ARG);
    EXPECT_INT(total.compared, 0);
    EXPECT_INT(compare_tensors(&total, "x", &line, &square, NULL, &tolerance_final), 0);
    EXPECT(total.wrong);
    EXPECT_HAS(total.text, "[4]");
    EXPECT_HAS(total.text, "[2,2]");
}

TEST(ids_of_different_widths_are_compared_by_value) {
    int32_t got[2] = {7, -1};
    int64_t want[2] = {7, -1}, other[2] = {7, 4294967295};
    struct tensor x = over(DTYPE_I32, SHAPE(2), got), y = over(DTYPE_I64, SHAPE(2), want);
    struct tensor z = over(DTYPE_I64, SHAPE(2), other);
    struct compare_total total = {0};
    EXPECT_INT(compare_tensors(&total, "ids", &x, &y, NULL, &tolerance_exact), 0);
    EXPECT(!total.wrong);
    EXPECT_INT(compare_tensors(&total, "ids", &x, &z, NULL, &tolerance_exact), 0);
    EXPECT(total.wrong);
}

TEST(strided_views_are_walked_in_their_own_order) {
    float a[4] = {1, 3, 2, 4}, b[4] = {1, 2, 3, 4};
    struct tensor x = over(DTYPE_F32, SHAPE(2, 2), a), y = over(DTYPE_F32, SHAPE(2, 2), b);
    struct compare_total total = {0};
    x.stride[0] = 1;
    x.stride[1] = 2;
    EXPECT_INT(compare_tensors(&total, "x", &x, &y, NULL, &tolerance_exact), 0);
    EXPECT(!total.wrong);
}

TEST(a_total_keeps_the_comparison_nearest_to_its_limit_and_the_first_sentence) {
    float a[2] = {1, 1.001F}, b[2] = {1, 1}, far[2] = {1, 2};
    struct tensor x = over(DTYPE_F32, SHAPE(2), a), y = over(DTYPE_F32, SHAPE(2), b);
    struct tensor z = over(DTYPE_F32, SHAPE(2), far);
    struct compare_total total = {0};
    EXPECT_INT(compare_tensors(&total, "near", &x, &y, NULL, &tolerance_final), 0);
    EXPECT_INT(compare_tensors(&total, "far", &z, &y, NULL, &tolerance_final), 0);
    EXPECT_INT(compare_tensors(&total, "same", &y, &y, NULL, &tolerance_final), 0);
    EXPECT_STR(total.worst.key, "far");
    EXPECT(total.nmse == 0.5);
    EXPECT_INT(total.compared, 6);
    EXPECT_HAS(total.text, "near: ");
}

TEST(the_gate_of_a_layer_widens_with_depth_up_to_that_of_the_logits) {
    EXPECT(tolerance_layer(0).nmse == 2e-11);
    EXPECT(fabs(tolerance_layer(1).nmse - 4e-11) < 1e-20);
    EXPECT(tolerance_layer(50).nmse == 1e-10);
}

TEST(an_error_too_small_for_any_element_is_seen_in_their_sum) {
    static const float want[4] = {1, 1, 1, 1}, got[4] = {1.0001F, 1.0001F, 1.0001F, 1.0001F};
    struct compare_total t = compare_four(got, want, &tolerance_final);
    EXPECT(t.wrong);
    EXPECT_HAS(t.text, "0 of 4 elements off");
}

TEST(an_exact_class_sees_another_type_of_float) {
    uint16_t half[2] = {0, 0};
    float whole[2] = {0, 0};
    struct tensor x = over(DTYPE_F16, SHAPE(2), half), y = over(DTYPE_F32, SHAPE(2), whole);
    struct tensor z = over(DTYPE_BF16, SHAPE(2), half);
    struct compare_total total = {0};
    EXPECT_INT(compare_tensors(&total, "x", &x, &z, NULL, &tolerance_exact), 0);
    EXPECT(total.wrong);
    total = (struct compare_total){0};
    EXPECT_INT(compare_tensors(&total, "x", &y, &x, NULL, &tolerance_exact), 0);
    EXPECT(total.wrong);
}

/* The figures of the specification, so that a looser one cannot come in unseen. */
TEST(each_letter_stands_for_the_tolerance_that_was_agreed) {
    static const struct {
        const char *letter;
        struct tolerance is;
    } rows[] = {
        {"X", {"X", true, 0, 0, 0}           },
        {"E", {"E", false, 1e-11, 3e-5, 1e-5}},
        {"L", {"L", false, 2e-11, 1e-4, 1e-5}},
        {"F", {"F", false, 1e-10, 2e-4, 1e-5}},
        {"S", {"S", false, 1e-10, 1e-4, 1e-5}},
        {"G", {"F", false, 1e-10, 2e-4, 1e-5}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct tolerance *t = tolerance_find(rows[i].letter), *is = &rows[i].is;
        REQUIRE(t);
        EXPECT(t->exact == is->exact && t->nmse == is->nmse);
        EXPECT(t->abs == is->abs && t->rel == is->rel);
    }
    EXPECT(tolerance_element.nmse == 1e-12 && tolerance_element.abs == 1e-5);
    EXPECT(TOLERANCE_ZERO == 1e-7 && TOLERANCE_MARGIN == 1e-3);
}

TEST(blocks_are_compared_by_their_bytes) {
    uint8_t a[2 * 2 * 18] = {0}, b[sizeof(a)] = {0};
    struct tensor x, y, q;
    struct compare_total total = {0}, sum = {0};
    REQUIRE(tensor_init(&x, DTYPE_Q4_0, SHAPE(2, 64)) == 0);
    y = q = x;
    x.data = a;
    y.data = b;
    REQUIRE(compare_tensors(&total, "w", &x, &y, NULL, &tolerance_exact) == 0);
    EXPECT(!total.wrong && total.compared == 128);
    b[18 * 2 + 5] = 1;
    REQUIRE(compare_tensors(&total, "w", &x, &y, NULL, &tolerance_exact) == 0);
    EXPECT(total.wrong && total.compared == 256);
    EXPECT_STR(total.text, "w: 1 of 2 rows of q4_0 have other bytes; the first is 1");
    compare_add(&sum, &total);
    EXPECT(sum.wrong && sum.compared == 256);
    EXPECT_STR(sum.text, total.text);
    EXPECT(compare_tensors(&total, "w", &x, &y, NULL, &tolerance_element) < 0);
    REQUIRE(tensor_init(&q, DTYPE_Q8_0, SHAPE(2, 64)) == 0);
    total = (struct compare_total){0};
    REQUIRE(compare_tensors(&total, "w", &q, &y, NULL, &tolerance_exact) == 0);
    EXPECT_STR(total.text, "w: is q8_0, and should be q4_0");
}
