/* SPDX-License-Identifier: Apache-2.0 */
/* quant_blocks: the search of quant_search.h, made anew in each file that includes this one, after
 * it defined what quant_lanes.h asks for. */
#pragma once

#include "engine/tensor/quant_lanes.h"

struct search {
    const struct grid *g;
    int blocks;
    bool held[QUANT_SEARCH_BLOCKS];
    struct set sets[SETS];
};

/* Lane l of QUANT_LANES, in its set. */
INLINE struct set *set_of(struct search *s, int l) {
    return &s->sets[l / LANES];
}

/* d in f16, so that `most` is about d · steps; never 0 unless most is. */
LANES_TARGET static uint16_t step_of(float most, int steps) {
    uint16_t d = dtype_to_f16(most / (float)steps);
    return (d & 0x7fff) == 0 && most != 0 ? (uint16_t)(d | 1) : d;
}

/* Two blocks at a time. */
typedef double pair __attribute__((vector_size(2 * sizeof(double))));

/* Sums over the elements of a block, of w·a·a and so on, with a = s·q and b =
 * -m. */
struct step_sums {
    pair aa, ab, bb, ax, bx;
};

INLINE struct step_sums sum_steps(const struct grid *g, struct search *s) {
    struct step_sums t = {{0}, {0}, {0}, {0}, {0}};
    int second = QUANT_LANES > g->groups ? g->groups : 0;
    for (int k = 0; k < g->groups; k++) {
        const struct set *u = set_of(s, k), *v = set_of(s, k + second);
        int ul = k % LANES, vl = (k + second) % LANES;
        pair step = {(double)u->s[ul], (double)v->s[vl]};
        pair b = {-(double)u->m[ul], -(double)v->m[vl]};
        for (int i = 0; i < g->len; i++) {
            pair w = {(double)u->w[i][ul], (double)v->w[i][vl]};
            pair x = {(double)u->x[i][ul], (double)v->x[i][vl]};
            pair q = {(double)u->q[i][ul], (double)v->q[i][vl]};
            pair a = q * step, wa = w * a, wb = w * b;
            t.aa += wa * a;
            t.ax += wa * x;
            if (g->m_most == 0)
                continue;
            t.ab += wa * b;
            t.bb += wb * b;
            t.bx += wb * x;
        }
    }
    return t;
}

/* The best d and dmin for whole numbers already chosen: least squares again,
 * over the block. */
LANES_TARGET static void refit_steps(const struct step_sums *t, struct quant_found *f, int block) {
    double aa = t->aa[block], ab = t->ab[block], bb = t->bb[block];
    double ax = t->ax[block], bx = t->bx[block], det = aa * bb - ab * ab;
    if (det > 0 && (aa * bx - ab * ax) / det >= 0) {
        f->d = step_of((float)((bb * ax - ab * bx) / det), 1);
        f->dmin = step_of((float)((aa * bx - ab * ax) / det), 1);
    } else if (aa > 0)
        f->d = step_of((float)((ax - ab * (double)dtype_from_f16(f->dmin)) / aa), 1);
}

/* No further than the largest numbers of the grid reach; so nothing below
 * overflows. */
LANES_TARGET static bool is_held(const struct grid *g, const float *x) {
    int s = -g->s_least > g->s_most ? -g->s_least : g->s_most;
    int q = -g->q_least > g->q_most ? -g->q_least : g->q_most;
    float reach = 65504.0f * (float)(s * q);
    int beyond = 0;
    for (int i = 0; i < g->groups * g->len; i++)
        beyond += !(fabsf(x[i]) <= reach);
    return beyond == 0;
}

/* The elements of groups into lanes; those without a group, or of a block that
 * is not held, are 0. Returns how many blocks are held. */
LANES_TARGET static int spread(struct search *s, const float *x) {
    const struct grid *g = s->g;
    static const float zeros[LEN_MAX];
    int held = 0;
    for (int b = 0; b < s->blocks; b++)
        held += s->held[b] = is_held(g, x + b * g->groups * g->len);
    for (int l = 0; l < QUANT_LANES; l++) {
        int b = l / g->groups;
        const float *from = b < s->blocks && s->held[b] ? x + l * g->len : zeros;
        for (int i = 0; i < g->len; i++)
            set_of(s, l)->x[i][l % LANES] = from[i];
    }
    return held;
}

INLINE void weigh(const struct grid *g, struct set *s, lanes unit) {
    lanes square = fill(0), rms;
    for (int i = 0; i < g->len; i++) {
        s->w[i] = s->x[i] / unit;
        square += s->w[i] * s->w[i];
    }
    for (int l = 0; l < LANES; l++)
        rms[l] = sqrtf(square[l] / (float)g->len);
    lanes w_sums[SUMS] = {fill(0), fill(0), fill(0), fill(0)};
    lanes wx_sums[SUMS] = {fill(0), fill(0), fill(0), fill(0)};
    for (int i = 0; i < g->len; i++) {
        lanes x = size_of(s->w[i]);
        s->w[i] = g->weight == WEIGHT_SQUARE ? x * x : rms + x;
        w_sums[i % SUMS] += s->w[i];
        wx_sums[i % SUMS] += s->w[i] * s->x[i];
    }
    s->w_sum = total(w_sums);
    s->wx_sum = total(wx_sums);
}

/* Weights are in units of the block's largest element. */
LANES_TARGET static void weigh_all(struct search *s) {
    const struct grid *g = s->g;
    float most[QUANT_LANES], unit[QUANT_LANES];
    for (int k = 0; k < SETS; k++) {
        lanes largest = fill(0);
        for (int i = 0; i < g->len; i++)
            largest = lanes_max(size_of(s->sets[k].x[i]), largest);
        memcpy(most + k * LANES, &largest, sizeof(largest));
    }
    for (int l = 0; l < QUANT_LANES; l += g->groups) {
        float largest = 0;
        for (int i = l; i < l + g->groups; i++)
            largest = most[i] > largest ? most[i] : largest;
        for (int i = l; i < l + g->groups; i++)
            unit[i] = largest > 0 ? largest : 1;
    }
    for (int k = 0; k < SETS; k++) {
        lanes units;
        memcpy(&units, unit + k * LANES, sizeof(units));
        weigh(g, &s->sets[k], units);
    }
}

/* The largest scale and the largest min of the groups set the steps that all
 * are whole in. */
LANES_TARGET static void first_steps(struct search *s, struct quant_found *f, int block) {
    const struct grid *g = s->g;
    float scale = 0, min = 0;
    for (int l = block * g->groups; l < (block + 1) * g->groups; l++) {
        float one = set_of(s, l)->scale[l % LANES], other = set_of(s, l)->min[l % LANES];
        scale = fabsf(one) > fabsf(scale) ? one : scale;
        min = other > min ? other : min;
    }
    f->d = step_of(scale, -g->s_least > g->s_most ? g->s_least : g->s_most);
    f->dmin = g->m_most > 0 ? step_of(min, g->m_most) : 0;
}

LANES_TARGET static bool has_steps(const struct quant_found *f) {
    return isfinite(dtype_from_f16(f->d)) && isfinite(dtype_from_f16(f->dmin));
}

LANES_TARGET static void set_steps(struct search *s, const struct quant_found *f) {
    int groups = s->g->groups;
    for (int b = 0; b < s->blocks; b++) {
        float d = dtype_from_f16(f[b].d), dmin = dtype_from_f16(f[b].dmin);
        for (int l = b * groups; l < (b + 1) * groups; l++) {
            set_of(s, l)->d[l % LANES] = d;
            set_of(s, l)->dmin[l % LANES] = dmin;
        }
    }
}

LANES_TARGET static double error_of(struct search *s, int block) {
    double sum = 0;
    for (int l = block * s->g->groups; l < (block + 1) * s->g->groups; l++)
        sum += (double)set_of(s, l)->chosen[l % LANES];
    return sum;
}

/* Steps and whole numbers of a block. */
LANES_TARGET static void note(struct search *s, struct quant_found *out,
                              const struct quant_found *f, int block) {
    out->d = f->d;
    out->dmin = f->dmin;
    for (int k = 0, l = block * s->g->groups; k < s->g->groups; k++, l++) {
        out->s[k] = (int)set_of(s, l)->s[l % LANES];
        out->m[k] = (int)set_of(s, l)->m[l % LANES];
    }
}

/* And the other way: they are what is chosen. */
LANES_TARGET static void recall(struct search *s, const struct quant_found *out) {
    set_steps(s, out);
    for (int b = 0, l = 0; b < s->blocks; b++)
        for (int k = 0; k < s->g->groups; k++, l++) {
            set_of(s, l)->s[l % LANES] = (float)out[b].s[k];
            set_of(s, l)->m[l % LANES] = (float)out[b].m[k];
        }
}

LANES_TARGET static void take_numbers(struct search *s, struct quant_found *out) {
    const struct grid *g = s->g;
    for (int l = 0; l < s->blocks * g->groups; l++)
        for (int i = 0; i < g->len; i++)
            out[l / g->groups].q[l % g->groups * g->len + i] = set_of(s, l)->q[i][l % LANES];
}

/* Once more with whole numbers and steps; whether some block may still improve.
 */
INLINE bool improve(const struct grid *g, struct search *s, struct quant_found *out,
                    struct quant_found *f, double *error, bool *going, bool last) {
    bool more = false;
    set_steps(s, f);
    for (int k = 0; k < SETS; k++) {
        choose(g, &s->sets[k]);
        if (!last)
            assign_chosen(g, &s->sets[k]);
    }
    struct step_sums sums;
    if (!last)
        sums = sum_steps(g, s);
    for (int b = 0; b < s->blocks; b++) {
        double now = error_of(s, b);
        going[b] = going[b] && now < error[b];
        if (!going[b])
            continue;
        error[b] = now;
        note(s, &out[b], &f[b], b);
        if (last)
            continue;
        refit_steps(&sums, &f[b], b);
        going[b] = has_steps(&f[b]);
        more |= going[b];
    }
    return more;
}

INLINE bool search(const struct grid *g, struct quant_found *out, const float *x, int blocks) {
    struct search s;
    struct quant_found f[QUANT_SEARCH_BLOCKS];
    double error[QUANT_SEARCH_BLOCKS];
    bool going[QUANT_SEARCH_BLOCKS], held = true, more = true;
    s.g = g;
    s.blocks = blocks;
    for (int b = 0; b < blocks; b++)
        out[b] = (struct quant_found){.d = 0x7e00}; /* of a block that is not held */
    if (spread(&s, x) == 0)
        return false;
    weigh_all(&s);
    for (int k = 0; k < SETS; k++) {
        s.sets[k].d = s.sets[k].dmin = s.sets[k].s = s.sets[k].m = fill(0);
        fit(g, &s.sets[k]);
    }
    for (int b = 0; b < blocks; b++) {
        error[b] = (double)INFINITY;
        first_steps(&s, &f[b], b);
        going[b] = s.held[b] && has_steps(&f[b]);
        held &= going[b];
    }
    for (int i = 0; i < ROUNDS && more; i++)
        more = improve(g, &s, out, f, error, going, i + 1 == ROUNDS);
    recall(&s, out);
    for (int k = 0; k < SETS; k++)
        assign_chosen(g, &s.sets[k]);
    take_numbers(&s, out);
    return held;
}

LANES_TARGET bool LANES_NAME(struct quant_found *out, enum dtype dtype, const float *x,
                             int blocks) {
    CHECK(dtype == DTYPE_Q4_K || dtype == DTYPE_Q6_K);
    return dtype == DTYPE_Q4_K ? search(&grid_q4_k, out, x, blocks)
                               : search(&grid_q6_k, out, x, blocks);
}
