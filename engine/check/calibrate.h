/* SPDX-License-Identifier: Apache-2.0 */
/* calibrate: how fast this machine is just now, by work that stays the same from commit to commit.
 *
 * Times of cases are compared as multiples of it, so that a slower clock or a neighbour does not
 * look like slower code. It shares nothing with what is checked – no kernel, no pool, no
 * allocation –, or a regression there would hide itself. Changing the work breaks with all times
 * on record: then CALIBRATE_VERSION is counted up, and no two versions are compared. */
#pragma once

enum { CALIBRATE_VERSION = 1 };

/* Processor time of the best look so far; 0 = none yet. */
struct calibration {
    double compute_ms; /* chains of multiplications and additions, in registers */
    double stream_ms;  /* reading 2 MiB, again and again: what a core's own cache cannot hold */
};

/* A look of some milliseconds; the smallest of its times and those before are kept. */
void calibrate(struct calibration *c);
/* What times are divided by: both together. */
double calibrate_ms(const struct calibration *c);
