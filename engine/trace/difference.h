/* SPDX-License-Identifier: Apache-2.0 */
/* difference: two tensors of one shape in figures, for people. Whether it is too large is said by
 * compare.h alone.
 *
 * The second is the reference. Sums are in f64, in the order of the elements, over the elements
 * that are finite on both sides; what is NaN, or infinite on one side only, is counted, and never
 * lost. */
#pragma once

#include <stdint.h>

#include "engine/tensor/tensor.h"

enum { DIFFERENCE_TOP_MAX = 64, DIFFERENCE_PLACES = 4, DIFFERENCE_CHOICES = 5 };

struct difference_at {
    int64_t index; /* of the element, in order */
    double a, b;
};

/* What is not finite on a side. */
struct difference_special {
    int64_t nan, inf;
    int64_t places[DIFFERENCE_PLACES]; /* the first few of either, indices in order */
    int place_count;
};

struct difference {
    int64_t count;
    double nmse;    /* Σ(a-b)²/Σb²; infinite when only b is zero, NaN of unlike ones */
    double max_abs; /* of a-b */
    int64_t max_at; /* where; -1 = nowhere */
    double rms;     /* of a-b */
    double rms_b;   /* of the reference */
    bool b_is_zero; /* wherever both are finite: then nmse is no measure */
    double cosine;  /* NaN when a side is zero everywhere */
    int64_t unlike; /* NaN on a side or on both, infinite on one, or another infinity */
    struct difference_special special_a, special_b;
    struct difference_at top[DIFFERENCE_TOP_MAX]; /* the largest, unlike ones first */
    int top_count;
    /* Of rows as scores of choices: */
    int64_t rows, same_best; /* whose largest is the same */
    double best_5;           /* how many of b's best five are among a's, as a mean in 0 … 1 */
};

/* Shapes are the same (CHECKed). top: how many of the largest to keep. */
void difference_of(struct difference *out, const struct tensor *a, const struct tensor *b, int top);
/* "[1, 3]" for the element of that index. Returns text. */
enum { DIFFERENCE_PLACE_SIZE = 200 };
const char *difference_place(const struct tensor *t, int64_t index,
                             char text[DIFFERENCE_PLACE_SIZE]);
