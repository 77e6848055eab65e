/* SPDX-License-Identifier: Apache-2.0 */
/* compare: a computed tensor against its reference, and what a whole case amounts to.
 *
 * Nothing passes by default: a comparison that saw no element is an error, and so is one that
 * excluded more than half. Sums are taken in f64, in the order of the elements. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/trace/tolerance.h"
#include "engine/tensor/tensor.h"

enum { COMPARE_KEY_SIZE = 96, COMPARE_TEXT_SIZE = 512 };

/* The element that is furthest off, relative to what is allowed there. */
struct compare_worst {
    char key[COMPARE_KEY_SIZE]; /* which of the case's outputs; "" = none yet */
    int rank;
    int64_t index[8];
    double got, want;
};

/* The sum of a case's comparisons; zero it to begin. */
struct compare_total {
    int64_t compared; /* elements, excluded ones not among them */
    int64_t excluded;
    int64_t unlike;    /* NaN, or infinite on one side; no nmse sees them */
    double nmse;       /* of the comparison that came nearest to its limit */
    double nmse_limit; /* of the same comparison */
    double max_abs;    /* of all comparisons */
    struct compare_worst worst;
    bool wrong;                   /* an output is not what it should be */
    char text[COMPARE_TEXT_SIZE]; /* one sentence about the first wrong one */
    double badness;               /* of worst: 1 = exactly at its limit */
};

/* Compares got with want under tol and adds the outcome to total. A NaN is wrong on either side and
 * on both, whatever the class; an infinity where want has the same one is right, as a mask's is, or
 * a score that a processor took out. Both are of any float type (or
 * both of integer types), any strides; or rows of blocks, under an exact class. keep, when not
 * NULL, is an integer tensor whose shape is a prefix of theirs: 0 leaves an element out. A wrong
 * value is no failure of this function, and neither is a wrong shape: both set total->wrong.
 * ERR_ARG: nothing to compare, or more than half excluded. key names the output. */
int compare_tensors(struct compare_total *total, const char *key, const struct tensor *got,
                    const struct tensor *want, const struct tensor *keep,
                    const struct tolerance *tol);
/* The same, where a NaN is a value as others are and must stand where want has one: against a
 * golden that holds NaN on purpose, and of an op that two devices run on the same inputs. */
int compare_alike(struct compare_total *total, const char *key, const struct tensor *got,
                  const struct tensor *want, const struct tensor *keep,
                  const struct tolerance *tol);
/* A fact that holds or not: counts one element, and sets wrong with the sentence when not.
 * Returns holds. */
bool compare_fact(struct compare_total *total, bool holds, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#ifdef __clang_analyzer__ /* which cannot see into another file that it returns what holds */
#define compare_fact(total, holds, ...) ((void)compare_fact(total, holds, __VA_ARGS__), (holds))
#endif
/* count facts that were all true, checked elsewhere. */
void compare_count(struct compare_total *total, int64_t count);
/* As if what part has seen had been compared here. */
void compare_add(struct compare_total *total, const struct compare_total *part);
