/* SPDX-License-Identifier: Apache-2.0 */
/* sample: repeated measurements of one thing, and what is said of them.
 *
 * The median stands for the thing: a machine is disturbed in one direction only, so a mean would
 * say more about its other tenants. */
#pragma once

#include "engine/base/json.h"

enum { SAMPLE_MAX = 100 };

struct sample {
    int len;
    double values[SAMPLE_MAX]; /* rising */
};

void sample_add(struct sample *s, double value); /* CHECKs that there is room */
/* 0 when it is empty; of an even number, the mean of the middle two. */
double sample_median(const struct sample *s);
double sample_low(const struct sample *s);
double sample_high(const struct sample *s);
/* How far the values lie apart: (high - low) / median, or 0. */
double sample_spread(const struct sample *s);
/* {"median":…,"low":…,"high":…}, each divided by unit; null when it is empty. */
void sample_put(struct json_writer *w, const char *key, const struct sample *s, double unit);
/* x with the five digits that a measurement can have, for output. */
double sample_round(double x);
