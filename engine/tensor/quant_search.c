/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tensor/quant_search.h"

#include <math.h>

/* STARTS guesses are improved TRIES times each, the best of them REFITS times more; then the steps
 * of the block are, ROUNDS times. With fewer of any the error grows. */
enum { LANES = 4, STARTS = 9, TRIES = 1, REFITS = 4, ROUNDS = 2 };

/* Neighbours side by side, so that every machine adds them up in the same order. */
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t mask __attribute__((vector_size(LANES * sizeof(int32_t))));

/* A group: x ≈ scale · q - min. */
struct fit {
    float scale, min, error;
};

struct search {
    const struct quant_grid *g;
    const float *x;           /* [groups · len] */
    float w[QUANT_BLOCK_MAX]; /* their weights */
    struct fit fits[QUANT_GROUPS_MAX];
};

static inline lanes load(const float *from) {
    lanes v;
    memcpy(&v, from, sizeof(v));
    return v;
}

static inline lanes fill(float x) {
    return (lanes){x, x, x, x};
}

static inline lanes choose_lanes(mask when, lanes a, lanes b) {
    return (lanes)((when & (mask)a) | (~when & (mask)b));
}

static float total(lanes v) {
    return (v[0] + v[1]) + (v[2] + v[3]);
}

/* To nearest, through an integer that is never negative. */
static inline lanes nearest(lanes x, lanes least, lanes most) {
    x = choose_lanes(x < least, least, x);
    x = choose_lanes(x > most, most, x) - least + 0.5f;
    return __builtin_convertvector(__builtin_convertvector(x, mask), lanes) + least;
}

/* The best q for a scale and a min; returns the error. */
static float assign(const struct quant_grid *g, float *q, const float *x, const float *w,
                    float scale, float min) {
    float inverse = fabsf(scale) > 1e-30f ? 1 / scale : 0;
    lanes sum = fill(0), least = fill((float)g->q_least), most = fill((float)g->q_most);
    for (int i = 0; i < g->len; i += LANES) {
        lanes v = load(x + i), n = nearest((v + min) * inverse, least, most);
        lanes off = n * scale - min - v;
        sum += load(w + i) * off * off;
        memcpy(q + i, &n, sizeof(n));
    }
    return total(sum);
}

static bool settle(struct fit *f, double scale, double min) {
    f->scale = (float)scale;
    f->min = (float)min;
    return isfinite(f->scale) && f->scale != 0;
}

/* The best scale for given q, without a min. */
static bool refit_scale(const struct quant_grid *g, struct fit *f, const float *q, const float *x,
                        const float *w) {
    lanes qq = fill(0), qx = qq;
    for (int i = 0; i < g->len; i += LANES) {
        lanes qi = load(q + i), wq = load(w + i) * qi;
        qq += wq * qi;
        qx += wq * load(x + i);
    }
    return total(qq) > 0 && settle(f, (double)total(qx) / (double)total(qq), 0);
}

/* The best scale and min for given q, by least squares; false when they do not tell. */
static bool refit(const struct quant_grid *g, struct fit *f, const float *q, const float *x,
                  const float *w) {
    lanes s0 = fill(0), s1 = s0, sx = s0, qq = s0, qx = s0;
    if (g->m_most == 0)
        return refit_scale(g, f, q, x, w);
    for (int i = 0; i < g->len; i += LANES) {
        lanes wi = load(w + i), qi = load(q + i), xi = load(x + i), wq = wi * qi;
        s0 += wi;
        s1 += wq;
        sx += wi * xi;
        qq += wq * qi;
        qx += wq * xi;
    }
    double n = (double)total(s0), a = (double)total(s1), b = (double)total(qq);
    double tx = (double)total(sx), tqx = (double)total(qx), det = n * b - a * a;
    if (b <= 0)
        return false;
    if (det <= 0 || a * tqx - b * tx <= 0) /* a min is never negative */
        return settle(f, tqx / b, 0);
    return settle(f, (n * tqx - a * tx) / det, (a * tqx - b * tx) / det);
}

/* From one guess on, numbers and scales improve each other. */
static void climb(const struct quant_grid *g, struct fit *best, struct fit at, const float *x,
                  const float *w, int refits) {
    float q[QUANT_BLOCK_MAX];
    for (int i = 0; i <= refits; i++) {
        at.error = assign(g, q, x, w, at.scale, at.min);
        if (at.error >= best->error && i > 0)
            return;
        if (at.error < best->error)
            *best = at;
        if (!refit(g, &at, q, x, w))
            return;
    }
}

static struct fit fit_group(const struct quant_grid *g, const float *x, const float *w) {
    float low = 0, high = x[0], most = 0; /* a min is never negative, so low is not above 0 */
    for (int i = 0; i < g->len; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
        most = fabsf(x[i]) > fabsf(most) ? x[i] : most;
    }
    struct fit best = {0, 0, INFINITY};
    climb(g, &best, (struct fit){0, g->m_most > 0 ? -low : 0, 0}, x, w, TRIES);
    for (int k = 0; k < STARTS && most != 0; k++) {
        float widen = g->first + (float)k * g->step;
        struct fit at = {0};
        if (g->m_most > 0) {
            at.scale = (high - low) / ((float)g->q_most + widen);
            at.min = -low;
        } else
            at.scale = most / ((float)g->q_least + widen);
        climb(g, &best, at, x, w, TRIES);
    }
    climb(g, &best, best, x, w, REFITS);
    return best;
}

/* d in f16, so that `most` is about d · steps; never 0 unless most is. */
static uint16_t step_of(float most, int steps) {
    uint16_t d = dtype_to_f16(most / (float)steps);
    return (d & 0x7fff) == 0 && most != 0 ? (uint16_t)(d | 1) : d;
}

/* To nearest, half away from zero. */
static int near(float value, float step, int least, int most) {
    float n = step != 0 ? value / step : 0;
    n = n < (float)least ? (float)least : n > (float)most ? (float)most : n;
    return (int)(n < 0 ? n - 0.5f : n + 0.5f);
}

static int within(int n, int least, int most) {
    return n < least ? least : n > most ? most : n;
}

/* Whole s and m for group k, among those next to what it wants; returns the error. */
static float choose_pair(const struct search *s, struct quant_found *f, int k) {
    static const int next[][2] = {
        {0,  0 },
        {-1, 0 },
        {1,  0 },
        {0,  -1},
        {0,  1 }
    };
    const struct quant_grid *g = s->g;
    float d = dtype_from_f16(f->d), dmin = dtype_from_f16(f->dmin), q[QUANT_BLOCK_MAX];
    int scale = near(s->fits[k].scale, d, g->s_least, g->s_most);
    int min = near(s->fits[k].min, dmin, 0, g->m_most);
    float best = INFINITY;
    for (int i = 0; i < (g->m_most > 0 ? 5 : 3); i++) {
        int a = within(scale + next[i][0], g->s_least, g->s_most);
        int b = within(min + next[i][1], 0, g->m_most);
        float error =
            assign(g, q, s->x + k * g->len, s->w + k * g->len, d * (float)a, dmin * (float)b);
        if (error >= best)
            continue;
        best = error;
        f->s[k] = a;
        f->m[k] = b;
        memcpy(f->q + k * g->len, q, (size_t)g->len * sizeof(*q));
    }
    return best;
}

static double choose(const struct search *s, struct quant_found *f) {
    double sum = 0;
    for (int k = 0; k < s->g->groups; k++)
        sum += (double)choose_pair(s, f, k);
    return sum;
}

/* The best d and dmin for whole numbers already chosen: least squares again, over the block. */
static void refit_steps(const struct search *s, struct quant_found *f) {
    const struct quant_grid *g = s->g;
    double aa = 0, ab = 0, bb = 0, ax = 0, bx = 0;
    for (int i = 0; i < g->groups * g->len; i++) {
        int k = i / g->len;
        double w = (double)s->w[i], x = (double)s->x[i];
        double a = (double)f->q[i] * f->s[k], b = -f->m[k];
        aa += w * a * a;
        ab += w * a * b;
        bb += w * b * b;
        ax += w * a * x;
        bx += w * b * x;
    }
    double det = aa * bb - ab * ab;
    if (det > 0 && (aa * bx - ab * ax) / det >= 0) {
        f->d = step_of((float)((bb * ax - ab * bx) / det), 1);
        f->dmin = step_of((float)((aa * bx - ab * ax) / det), 1);
    } else if (aa > 0)
        f->d = step_of((float)((ax - ab * (double)dtype_from_f16(f->dmin)) / aa), 1);
}

/* No further than the largest numbers of the grid reach; so nothing below overflows. */
static bool is_held(const struct quant_grid *g, const float *x) {
    int s = -g->s_least > g->s_most ? -g->s_least : g->s_most;
    int q = -g->q_least > g->q_most ? -g->q_least : g->q_most;
    float reach = 65504.0f * (float)(s * q);
    for (int i = 0; i < g->groups * g->len; i++)
        if (!(fabsf(x[i]) <= reach))
            return false;
    return true;
}

static void weigh(struct search *s) {
    const struct quant_grid *g = s->g;
    float most = 0;
    for (int i = 0; i < g->groups * g->len; i++)
        most = fabsf(s->x[i]) > most ? fabsf(s->x[i]) : most;
    float unit = most > 0 ? most : 1;
    for (int k = 0; k < g->groups; k++) {
        float square = 0;
        for (int i = k * g->len; i < (k + 1) * g->len; i++)
            square += s->x[i] / unit * (s->x[i] / unit);
        for (int i = k * g->len; i < (k + 1) * g->len; i++)
            s->w[i] = g->weight(fabsf(s->x[i]) / unit, sqrtf(square / (float)g->len));
    }
}

/* The largest scale and the largest min of the groups set the steps that all are whole in. */
static void first_steps(const struct search *s, struct quant_found *f) {
    const struct quant_grid *g = s->g;
    float scale = 0, min = 0;
    for (int k = 0; k < g->groups; k++) {
        scale = fabsf(s->fits[k].scale) > fabsf(scale) ? s->fits[k].scale : scale;
        min = s->fits[k].min > min ? s->fits[k].min : min;
    }
    f->d = step_of(scale, -g->s_least > g->s_most ? g->s_least : g->s_most);
    f->dmin = g->m_most > 0 ? step_of(min, g->m_most) : 0;
}

bool quant_search(struct quant_found *out, const struct quant_grid *g, const float *x) {
    struct search s = {.g = g, .x = x};
    struct quant_found f = {.d = 0x7e00};
    *out = f;
    if (!is_held(g, x))
        return false;
    weigh(&s);
    for (int k = 0; k < g->groups; k++)
        s.fits[k] = fit_group(g, x + k * g->len, s.w + k * g->len);
    first_steps(&s, &f);
    if (!isfinite(dtype_from_f16(f.d)) || !isfinite(dtype_from_f16(f.dmin)))
        return false;
    double error = INFINITY;
    for (int i = 0; i < ROUNDS; i++) {
        double now = choose(&s, &f);
        if (!(now < error))
            break;
        error = now;
        *out = f;
        refit_steps(&s, &f);
        if (!isfinite(dtype_from_f16(f.d)) || !isfinite(dtype_from_f16(f.dmin)))
            break;
    }
    return true;
}
