/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/sample.h"

#include <string.h>

#include "tests/test.h"

static struct sample filled(const double *values, int n) {
    struct sample s = {0};
    for (int i = 0; i < n; i++)
        sample_add(&s, values[i]);
    return s;
}

TEST(the_median_is_what_lies_in_the_middle) {
    struct sample odd = filled((const double[]){9, 1, 5}, 3);
    EXPECT(sample_median(&odd) == 5 && sample_low(&odd) == 1 && sample_high(&odd) == 9);
    struct sample even = filled((const double[]){4, 8, 1, 2}, 4);
    EXPECT(sample_median(&even) == 3);
    struct sample alike = filled((const double[]){7, 7, 7}, 3);
    EXPECT(sample_median(&alike) == 7 && sample_spread(&alike) == 0);
}

TEST(the_spread_is_relative) {
    struct sample s = filled((const double[]){80, 100, 110}, 3);
    EXPECT(sample_spread(&s) == 0.3);
}

TEST(nothing_measured_is_nothing) {
    struct sample s = {0};
    EXPECT(sample_median(&s) == 0 && sample_low(&s) == 0 && sample_high(&s) == 0);
    EXPECT(sample_spread(&s) == 0);
}

TEST(a_sample_takes_as_many_as_it_promises) {
    struct sample s = {0};
    for (int i = 0; i < SAMPLE_MAX; i++)
        sample_add(&s, SAMPLE_MAX - i);
    EXPECT(s.len == SAMPLE_MAX && sample_low(&s) == 1 && sample_high(&s) == SAMPLE_MAX);
}

TEST(five_digits_are_said) {
    EXPECT(sample_round(1234567.0) == 1234600.0);
    EXPECT(sample_round(0.00012345678) == 0.00012346);
    EXPECT(sample_round(-99999.6) == -100000.0);
    EXPECT(sample_round(0) == 0);
}

TEST(a_sample_is_written_in_a_unit) {
    struct sample s = filled((const double[]){2e9, 1e9, 4e9}, 3), none = {0};
    struct json_writer w;
    struct buf out;
    buf_init(&out, 1000);
    json_writer_init(&w, &out, 0);
    json_open_object(&w, NULL);
    sample_put(&w, "x", &s, 1e9);
    sample_put(&w, "y", &none, 1);
    json_close_object(&w);
    EXPECT_STR(out.data, "{\"x\":{\"median\":2,\"low\":1,\"high\":4},\"y\":null}");
    buf_done(&out);
}
