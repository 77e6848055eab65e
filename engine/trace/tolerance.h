/* SPDX-License-Identifier: Apache-2.0 */
/* tolerance: how far a value may be from its reference, by class.
 *
 * The numbers stand 20 to 100 times above the measured noise of f32 and eight orders below the
 * smallest seeded bug. They are never loosened to make a case pass. */
#pragma once

#include <stdbool.h>

/* Both rules must hold: Σ(a-r)² ≤ nmse·Σr², and |a-r| ≤ abs·rms(r) + rel·|r| for each element. */
struct tolerance {
    const char *name;
    bool exact; /* byte for byte; the numbers below are then 0 */
    double nmse, abs, rel;
};

extern const struct tolerance tolerance_exact;   /* X: ids, masks, positions, look-ups, casts */
extern const struct tolerance tolerance_element; /* E: one norm, rope, softmax, activation */
extern const struct tolerance tolerance_product; /* E: one matrix product or attention core */
extern const struct tolerance tolerance_final;   /* F: logits and head outputs */
extern const struct tolerance tolerance_self;    /* S: two legal orders of summation */

/* L: the hidden state or the attention of layer i, counted from 0. */
struct tolerance tolerance_layer(int i);

/* The class a letter of cases.json stands for: X E L F S G Q, else NULL. L gives the strictest
 * layer; G gives F, which its scores are held to; Q is a product with activations of 8 bits. */
const struct tolerance *tolerance_find(const char *letter);

/* D: stages of a model of many layers, in f32, taken only where it is asked for. What two orders of
 * summation differ by grows from layer to layer: up to 2e-9 was measured over the twelve of GPT-2,
 * five orders below a bug. */
extern const struct tolerance tolerance_deep;
/* Native: a run in a narrow type against one in a wide one. They show how types are handled, and
 * nothing finer. */
extern const struct tolerance tolerance_native_f16, tolerance_native_bf16;
extern const struct tolerance tolerance_native_q8; /* activations of 8 bits */
/* The same, and "D", and "f16", "bf16", "q8" for the native ones. */
const struct tolerance *tolerance_find_any(const char *name);

/* A reference that is zero everywhere has no rms, and no nmse: this is the largest value allowed
 * beside it, and the only rule. A zero beside a reference that is not zero everywhere, however
 * small, is held to the class as any value is: which of the two is the reference decides. */
#define TOLERANCE_ZERO 1e-7
/* Greedy ids must agree while the reference's two best logits differ by more than this many rms;
 * below it either of the two will do. */
#define TOLERANCE_MARGIN 1e-3
