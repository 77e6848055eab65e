/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/difference.h"

#include "tests/test.h"

static struct tensor of(float *values, int64_t rows, int64_t columns) {
    struct tensor t;
    (void)tensor_init(&t, DTYPE_F32, SHAPE(rows, columns));
    t.data = values;
    return t;
}

TEST(the_figures_are_those_of_their_definitions) {
    float a[] = {1, 2, 3, 4}, b[] = {1, 2, 5, 4};
    struct tensor x = of(a, 2, 2), y = of(b, 2, 2);
    struct difference d;
    difference_of(&d, &x, &y, 3);
    EXPECT(d.count == 4 && d.max_at == 2 && d.unlike == 0);
    EXPECT(fabs(d.max_abs - 2) < 1e-15 && fabs(d.rms - 1) < 1e-15);
    EXPECT(fabs(d.nmse - 4.0 / 46) < 1e-15);
    EXPECT(fabs(d.cosine - 36 / (sqrt(30) * sqrt(46))) < 1e-15);
    EXPECT(d.top_count == 1 && d.top[0].index == 2 && d.top[0].b > 4.9);
    char text[DIFFERENCE_PLACE_SIZE];
    EXPECT_STR(difference_place(&y, 2, text), "[1, 0]");
}

TEST(what_is_not_finite_is_counted_and_comes_first) {
    float a[] = {NAN, 2, INFINITY, -INFINITY, 9, 1}, b[] = {1, 2, INFINITY, INFINITY, 6, NAN};
    struct tensor x = of(a, 1, 6), y = of(b, 1, 6);
    struct difference d;
    difference_of(&d, &x, &y, 4);
    EXPECT_INT(d.unlike, 3);
    EXPECT(d.special_a.nan == 1 && d.special_a.inf == 2);
    EXPECT(d.special_b.nan == 1 && d.special_b.inf == 2);
    EXPECT(d.special_a.place_count == 3 && d.special_a.places[2] == 3);
    EXPECT(d.max_at == 4 && fabs(d.max_abs - 3) < 1e-12);
    REQUIRE(d.top_count == 4);
    EXPECT(d.top[0].index == 0 && d.top[1].index == 3 && d.top[2].index == 5 &&
           d.top[3].index == 4);
}

TEST(nan_against_nan_is_unlike_and_leaves_no_ratio) {
    float a[] = {1, NAN, -INFINITY}, b[] = {1, NAN, -INFINITY};
    struct tensor x = of(a, 1, 3), y = of(b, 1, 3);
    struct difference d;
    difference_of(&d, &x, &y, 4);
    EXPECT(d.unlike == 1 && isnan(d.nmse) && d.top_count == 1 && d.top[0].index == 1);
}

TEST(choices_are_compared_row_by_row) {
    float a[] = {9, 8, 7, 6, 5, 4, /**/ 1, 2, 3, 4, 5, 6};
    float b[] = {9, 8, 7, 6, 4, 5, /**/ 6, 5, 4, 3, 2, 1};
    struct tensor x = of(a, 2, 6), y = of(b, 2, 6);
    struct difference d;
    difference_of(&d, &x, &y, 0);
    EXPECT(d.rows == 2 && d.same_best == 1 && d.top_count == 0);
    EXPECT(fabs(d.best_5 - (4.0 / 5 + 4.0 / 5) / 2) < 1e-15);
}

TEST(a_reference_of_zeros_has_no_ratio) {
    float a[] = {0, 1e-3f}, b[] = {0, 0};
    struct tensor x = of(a, 1, 2), y = of(b, 1, 2);
    struct difference d;
    difference_of(&d, &x, &y, 1);
    EXPECT(isinf(d.nmse) && isnan(d.cosine) && d.b_is_zero);
    difference_of(&d, &y, &y, 1);
    EXPECT(!(d.nmse > 0) && d.top_count == 0);
}
