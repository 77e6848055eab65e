/* SPDX-License-Identifier: Apache-2.0 */
/* drawn: one op alone, on numbers that activations hardly ever are, held against its definition in
 * plain.h.
 *
 * Params, shapes, strides and weights are given; what an op computes with is drawn: rows near their
 * mean, far from zero, of nine decades, of one outlier, all alike, zero, among denormals, huge.
 * What no query of an attention sees is NaN, as what lies between rows is. */
#pragma once

#include <stdbool.h>

#include "engine/check/plain.h"
#include "engine/graph/plan.h"

struct compare_total;

enum drawn_kind {
    DRAWN_FAR,     /* about 1, round 10000 */
    DRAWN_CLOSE,   /* the next few floats to 10000 */
    DRAWN_WIDE,    /* from 1e-6 to 1e3 */
    DRAWN_OUTLIER, /* one of 1000 among thousandths */
    DRAWN_ALIKE,
    DRAWN_ZERO,
    DRAWN_TINY, /* 1e-34, and denormals */
    DRAWN_HUGE, /* 1e20, whose squares no float holds */
    DRAWN_KINDS,
};

/* "rows of zeros" */
const char *drawn_name(enum drawn_kind kind);

enum { DRAWN_TEXT = 64 };

/* The first op that is wrong. */
struct drawn_finding {
    bool found;
    enum op op;
    enum stage stage; /* that its node works for; STAGE_NONE = of none */
    int layer;
    char kernel[DRAWN_TEXT];
    char shapes[OP_SHAPES_SIZE];
    const char *numbers; /* "rows of zeros" */
    double nmse, max_abs, limit;
};

/* Inputs of its own in the places of what is drawn, with the strides given. */
struct drawn {
    struct op_call call, rows; /* rows: the same with plain rows, whatever the device likes */
    struct tensor in[OP_INPUTS_MAX], out;
    void *bytes[OP_INPUTS_MAX];
    struct graph graph;
    struct plan *plan;
    const char *kernel; /* that rounds activations, else the last */
    bool rounds;        /* to eight bits */
    enum dtype narrow;  /* that x is rounded to; f32 = to none */
    struct plain plain;
    double *want, *bound; /* [count of out] */
    struct tensor got, wanted;
};

/* Whether input i of the op is drawn whatever holds it: ids, and what a cache keeps. */
bool drawn_always(enum op op, int i);
/* call is the device's, rows the same for who reads plain rows; inputs of bit i in `inputs` need no
 * data. 0, or what the planner says; either way drawn_done() ends it. */
int drawn_init(struct drawn *t, const struct op_call *call, const struct op_call *rows,
               unsigned inputs, struct device *dev);
/* Whether the op can be held against its definition on such numbers. */
bool drawn_suits(const struct drawn *t, enum drawn_kind kind);
/* Runs it once and adds what was compared to *total, under the class of the op; out, if not NULL
 * and empty, becomes what is wrong, but for its stage. 0, or what the engine says. */
int drawn_run(struct drawn *t, enum drawn_kind kind, struct compare_total *total,
              struct drawn_finding *out);
void drawn_done(struct drawn *t);
