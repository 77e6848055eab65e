/* SPDX-License-Identifier: Apache-2.0 */
/* trial: one op on one set of shapes, dtype, layout and numbers, run on a device and held against
 * plain arithmetic (engine/check/plain.h) that shares no code with kernels. */
#pragma once

#include "engine/backend/buffer.h"
#include "engine/graph/plan.h"

enum { TRIAL_DIMS = 8, TRIAL_TEXT = 256 };

/* How the bytes of every input, and of the result, lie. */
enum trial_layout {
    LAYOUT_PLAIN,  /* contiguous */
    LAYOUT_GAPS,   /* rows apart, each contiguous: a slice of something wider */
    LAYOUT_STEP,   /* every other number of a row */
    LAYOUT_TURNED, /* the first dimension is the fastest; the result is plain */
    LAYOUT_COUNT,
};

enum trial_fill {
    FILL_NORMAL,  /* about 1 */
    FILL_WIDE,    /* magnitudes from 1e-6 to 1e3 */
    FILL_EXTREME, /* among small numbers ±65504, 1e30, denormals, -0 */
    FILL_SPECIAL, /* and infinities and NaN, rarely */
    FILL_COUNT,
};

/* Optional inputs of the attention family. */
enum trial_masks { MASK_KEYS = 1 << 0, MASK_FULL = 1 << 1, MASK_OFF = 1 << 2 };

struct trial {
    enum op op;
    int64_t dim[TRIAL_DIMS]; /* what they mean is said in trial.c, per op */
    enum dtype dtype;        /* of the key operand */
    enum trial_layout layout;
    enum trial_fill fill;
    unsigned masks;
    struct op_params params;
};

/* The numbers of a trial, on the host. */
struct trial_data {
    struct op_call call;                  /* in: views into host memory; out: shape */
    struct tensor in[OP_INPUTS_MAX], out; /* what call points to */
    void *bytes[OP_INPUTS_MAX];           /* the allocations, gaps included */
    size_t size[OP_INPUTS_MAX];
    double *want; /* [count of out], row by row */
};

void trial_init(struct trial_data *d, const struct trial *t);
void trial_done(struct trial_data *d);
/* What plain arithmetic says the op computes, into d->want. */
void trial_expect(struct trial_data *d);
/* What it computes of an x, its first input, that was rounded to dtype, into want [count of out].
 */
void trial_expect_rounded(struct trial_data *d, enum dtype dtype, double *want);
/* How far each result of a MATMUL, MATMULS or GATED may move when x is rounded to eight bits, 32 at
 * a time: half a step of its block for every number. bound has room for the count of the result. */
void trial_rounding(const struct trial_data *d, double *bound);
/* Runs it through a plan; got has room for the count of the result. 0 or ERR_*; a result that
 * wrote between its rows is ERR_FORMAT. */
int trial_run(const struct trial *t, const struct trial_data *d, struct device *dev, unsigned flags,
              float *got);
/* The kernel of the last trial_run(); of several, the one that rounds x, else the last. */
const char *trial_kernel(void);
const char *trial_text(const struct trial *t, char text[TRIAL_TEXT]);
