/* SPDX-License-Identifier: Apache-2.0 */
/* quant_lanes: what the search of quant_search.h does with groups, for one width of vectors. The
 * file that makes it (see quant_blocks.h) defines before
 *   LANES               groups side by side, a divisor of QUANT_LANES
 *   LANES_NAME          what the search is called, one of those of quant_search.h
 *   LANES_TARGET        the attribute that lets a function use those vectors
 *   lanes_max(a, b)     a > b ? a : b of each lane
 *   lanes_min(a, b)     a < b ? a : b of each lane
 *   lanes_whole(x)      towards zero, of 0 ≤ x < 2³¹
 * or nothing, for vectors that every machine has or compilers make up.
 *
 * All sums have one order, whatever the width, and nothing is fused. Functions are inlined, so that
 * compilers lower their vectors for the target and know the grid. */
#pragma once

#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/tensor/quant_search.h"

/* Vectors are passed between functions that are inlined, and so by no convention. */
#pragma GCC diagnostic ignored "-Wpsabi"

#ifndef LANES
#define LANES        4
#define LANES_NAME   quant_search_plain
#define LANES_TARGET /* none */
#endif

/* What an element's error counts; x and the rms of its group are in units of
 * the block's largest element. */
enum weight {
    WEIGHT_SUM,    /* |x| + rms: a small element among large ones still counts */
    WEIGHT_SQUARE, /* x² */
};

struct grid {
    int groups, len; /* of a block, of elements in a group; groups divides QUANT_LANES */
    int q_least, q_most;
    int s_least, s_most; /* the one of larger size is what the largest scale becomes */
    int m_most;          /* 0 = there are no mins */
    float first, step;   /* of the guesses: the span of a group over the largest q,
                            plus these */
    enum weight weight;
};

static const struct grid grid_q4_k = {
    .groups = 8,
    .len = 32,
    .q_most = 15,
    .s_most = 63,
    .m_most = 63,
    .first = -1,
    .step = 0.25f,
    .weight = WEIGHT_SUM,
};
static const struct grid grid_q6_k = {
    .groups = 16,
    .len = 16,
    .q_least = -32,
    .q_most = 31,
    .s_least = -128,
    .s_most = 127,
    .first = -0.8f,
    .step = 0.4f,
    .weight = WEIGHT_SQUARE,
};

/* STARTS guesses are improved TRIES times each, the best of them REFITS times more; then the steps
 * of the block are, ROUNDS times. With fewer of any the error grows. */
enum { STARTS = 9, TRIES = 1, REFITS = 4, ROUNDS = 2 };
enum { LEN_MAX = 32, SUMS = 4, SETS = QUANT_LANES / LANES };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t mask __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef double wide __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t wide_mask __attribute__((vector_size(LANES * sizeof(int64_t))));

#define INLINE static inline __attribute__((always_inline)) LANES_TARGET

/* Groups, one a lane. */
struct set {
    lanes x[LEN_MAX], w[LEN_MAX]; /* element i of each group, and its weight */
    lanes w_sum, wx_sum;          /* over the group: of w, of w · x */
    lanes q[LEN_MAX];             /* the last that was assigned */
    lanes scale, min, error;      /* the best: x ≈ scale · q - min */
    lanes d, dmin;                /* of the group's block */
    lanes s, m, chosen;           /* whole numbers for it, and the error with them */
};

/* -- lanes -- */

INLINE lanes fill(float x) {
    return x - (lanes){0};
}

INLINE lanes pick(mask when, lanes a, lanes b) {
    return (lanes)((when & (mask)a) | (~when & (mask)b));
}

#ifndef lanes_max
INLINE lanes lanes_max(lanes a, lanes b) {
    return pick(a > b, a, b);
}

INLINE lanes lanes_min(lanes a, lanes b) {
    return pick(a < b, a, b);
}

INLINE lanes lanes_whole(lanes x) {
    return __builtin_convertvector(__builtin_convertvector(x, mask), lanes);
}
#endif

INLINE lanes size_of(lanes x) {
    return (lanes)((mask)x & 0x7fffffff);
}

INLINE lanes within(lanes x, lanes least, lanes most) {
    return lanes_min(most, lanes_max(least, x));
}

INLINE bool any(mask m) {
    uint64_t p[sizeof(m) / sizeof(uint64_t)], all = 0;
    memcpy(p, &m, sizeof(m));
    for (size_t i = 0; i < sizeof(m) / sizeof(p[0]); i++)
        all |= p[i];
    return all != 0;
}

INLINE lanes total(const lanes sums[SUMS]) {
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* -- a scale and a min for each group -- */

/* The best q for a scale and a min; returns the error. What is 0 in a grid is
 * not added: it would change nothing. */
INLINE lanes assign(const struct grid *g, struct set *s, lanes scale, lanes min, bool keep) {
    lanes inverse = pick(size_of(scale) > 1e-30f, 1 / scale, fill(0));
    lanes sums[SUMS] = {fill(0), fill(0), fill(0), fill(0)};
    lanes least = fill((float)g->q_least), most = fill((float)g->q_most);
    bool has_min = g->m_most > 0, is_signed = g->q_least != 0;
    for (int i = 0; i < g->len; i += SUMS)
        for (int k = 0; k < SUMS; k++) {
            lanes x = s->x[i + k];
            lanes n = within((has_min ? x + min : x) * inverse, least, most);
            /* To nearest, through an integer that is never negative. */
            n = lanes_whole((is_signed ? n - least : n) + 0.5f);
            n = is_signed ? n + least : n;
            lanes off = (has_min ? n * scale - min : n * scale) - x;
            sums[k] += s->w[i + k] * off * off;
            if (keep)
                s->q[i + k] = n;
        }
    return total(sums);
}

/* Sums over groups, of w·q, w·q², w·q·x. */
struct sums {
    lanes wq, qq, qx;
};

INLINE wide widen(lanes v) {
    return __builtin_convertvector(v, wide);
}

INLINE wide pick_wide(const wide_mask *when, const wide *a, const wide *b) {
    return (wide)((*when & (wide_mask)*a) | (~*when & (wide_mask)*b));
}

/* The best scale and min by least squares, where the sums tell. */
INLINE void solve(const struct grid *g, const struct set *s, const struct sums *sums, lanes *scale,
                  lanes *min) {
    wide b = widen(sums->qq), tqx = widen(sums->qx);
    *min = fill(0);
    if (g->m_most == 0) {
        *scale = __builtin_convertvector(tqx / b, lanes);
        return;
    }
    wide n = widen(s->w_sum), a = widen(sums->wq), tx = widen(s->wx_sum);
    wide det = n * b - a * a, top = a * tqx - b * tx;
    wide_mask both = (det > 0) & (top > 0); /* a min is never negative */
    wide none = {0}, least = top / det, over = n * tqx - a * tx;
    wide span = pick_wide(&both, &over, &tqx) / pick_wide(&both, &det, &b);
    *scale = __builtin_convertvector(span, lanes);
    *min = __builtin_convertvector(pick_wide(&both, &least, &none), lanes);
}

/* The best scale and min for the q that were assigned; which lanes have one. */
INLINE mask refit(const struct grid *g, const struct set *s, lanes *scale, lanes *min) {
    lanes wq[SUMS] = {fill(0), fill(0), fill(0), fill(0)};
    lanes qq[SUMS] = {fill(0), fill(0), fill(0), fill(0)};
    lanes qx[SUMS] = {fill(0), fill(0), fill(0), fill(0)};
    for (int i = 0; i < g->len; i += SUMS)
        for (int k = 0; k < SUMS; k++) {
            lanes q = s->q[i + k], p = s->w[i + k] * q;
            wq[k] += p;
            qq[k] += p * q;
            qx[k] += p * s->x[i + k];
        }
    struct sums sums = {total(wq), total(qq), total(qx)};
    solve(g, s, &sums, scale, min);
    return (sums.qq > 0) & (size_of(*scale) <= FLT_MAX) & (*scale != 0);
}

/* From one guess on, numbers and scales improve each other, in the lanes that
 * are active. */
INLINE void climb(const struct grid *g, struct set *s, lanes scale, lanes min, mask active,
                  int refits) {
    for (int i = 0;; i++) {
        lanes error = assign(g, s, scale, min, i < refits);
        mask better = active & (error < s->error);
        if (i > 0)
            active &= ~(error >= s->error);
        s->error = pick(better, error, s->error);
        s->scale = pick(better, scale, s->scale);
        s->min = pick(better, min, s->min);
        if (i == refits)
            return;
        active &= refit(g, s, &scale, &min);
        if (refits > 1 && !any(active))
            return;
    }
}

INLINE void fit(const struct grid *g, struct set *s) {
    lanes low = fill(0), high = s->x[0], most = fill(0); /* a min is never negative: low ≤ 0 */
    bool has_min = g->m_most > 0;
    for (int i = 0; i < g->len; i++) {
        low = lanes_min(s->x[i], low);
        high = lanes_max(s->x[i], high);
        most = pick(size_of(s->x[i]) > size_of(most), s->x[i], most);
    }
    lanes min = has_min ? -low : fill(0);
    s->scale = fill(0); /* the first guess: every q is 0, and tells of no better one */
    s->min = min;
    s->error = assign(g, s, s->scale, min, false);
    for (int k = 0; k < STARTS; k++) {
        float widen = g->first + (float)k * g->step;
        lanes scale = has_min ? (high - low) / ((float)g->q_most + widen)
                              : most / ((float)g->q_least + widen);
        climb(g, s, scale, min, most != 0, TRIES);
    }
    climb(g, s, s->scale, s->min, ~(mask){0}, REFITS);
}

/* -- whole numbers for them -- */

/* To nearest, half away from zero. */
INLINE lanes nearest(lanes value, lanes step, lanes least, lanes most) {
    lanes n = within(pick(step != 0, value / step, fill(0)), least, most);
    lanes size = lanes_whole(size_of(n) + 0.5f);
    return pick(n < 0, -size, size);
}

/* Whole s and m for each group, among those next to what it wants. */
INLINE void choose(const struct grid *g, struct set *s) {
    static const float next[][2] = {
        {0,  0 },
        {-1, 0 },
        {1,  0 },
        {0,  -1},
        {0,  1 }
    };
    lanes s_least = fill((float)g->s_least), s_most = fill((float)g->s_most);
    lanes m_most = fill((float)g->m_most);
    lanes scale = nearest(s->scale, s->d, s_least, s_most);
    lanes min = nearest(s->min, s->dmin, fill(0), m_most);
    s->chosen = fill(INFINITY);
    for (int i = 0; i < (g->m_most > 0 ? 5 : 3); i++) {
        lanes a = within(scale + next[i][0], s_least, s_most);
        lanes b = within(min + next[i][1], fill(0), m_most);
        lanes error = assign(g, s, s->d * a, s->dmin * b, false);
        mask better = error < s->chosen;
        s->chosen = pick(better, error, s->chosen);
        s->s = pick(better, a, s->s);
        s->m = pick(better, b, s->m);
    }
}

/* The q of what was chosen. */
INLINE void assign_chosen(const struct grid *g, struct set *s) {
    (void)assign(g, s, s->d * s->s, s->dmin * s->m, true);
}
