/* SPDX-License-Identifier: Apache-2.0 */
/* Many queries: PANEL tokens of one head lie in the lanes, so that neither scores nor sums cross
 * lanes. Both products are tiles: scores = K · Qᵀ, values = Vᵀ · P. */
#include "engine/backend/native/kernels/attention.h"
#include "engine/backend/native/kernels/gemm.h"
#include "engine/backend/native/kernels/shape.h"
#include "engine/base/pool.h"

enum { BLOCK = 48 }; /* slots at a time; a multiple of TILE_ROWS */

/* A thread's room, in floats. d4 is d up to a multiple of TILE_FEW. */
struct room {
    float *k, *v;       /* [BLOCK][d4] */
    float *score;       /* [BLOCK][PANEL] */
    float *q;           /* [group][d][PANEL] */
    float *sum;         /* [group][d4][PANEL] */
    float *max;         /* [group][PANEL] */
    float *total;       /* [group][PANEL] */
    float *begin, *end; /* [PANEL] slots that the lane sees */
};

static int64_t padded(int64_t d) {
    return (d + TILE_FEW - 1) / TILE_FEW * TILE_FEW;
}

static int64_t room_floats(int64_t d, int64_t group) {
    int64_t d4 = padded(d);
    int64_t floats = 2 * BLOCK * d4 + BLOCK * PANEL + group * (d + d4 + 2) * PANEL + 2 * PANEL;
    return (floats + 15) / 16 * 16;
}

static struct room room_of(const struct attention *a, int worker) {
    int64_t d4 = padded(a->d), g = a->group;
    struct room r;
    r.k = (float *)a->call->scratch + room_floats(a->d, g) * worker;
    r.v = r.k + BLOCK * d4;
    r.score = r.v + BLOCK * d4;
    r.q = r.score + BLOCK * PANEL;
    r.sum = r.q + g * a->d * PANEL;
    r.max = r.sum + g * d4 * PANEL;
    r.total = r.max + g * PANEL;
    r.begin = r.total + g * PANEL;
    r.end = r.begin + PANEL;
    return r;
}

size_t NATIVE(attention_many_scratch)(const struct device *dev, const struct op_call *call) {
    struct attention a;
    NATIVE(attention_init)(&a, call);
    return (size_t)(room_floats(a.d, a.group) * pool_threads(dev->pool)) * sizeof(float);
}

/* What one thread works on: PANEL tokens from t0 on, of the heads that read key head `head`. */
struct unit {
    const struct attention *a;
    struct room room;
    int64_t b, head, t0, count;
    struct slots k, v;
    int64_t begin, end; /* slots that some lane sees */
};

static void load_queries(const struct unit *u) {
    const struct attention *a = u->a;
    const struct tensor *q = a->q;
    for (int64_t g = 0; g < a->group; g++) {
        const float *rows = (const float *)q->data + u->b * q->stride[0] + u->t0 * q->stride[1] +
                            (u->head * a->group + g) * q->stride[2];
        NATIVE(gemm_pack)(u->room.q + g * a->d * PANEL, rows, q->stride[1], u->count, a->d, 0, 1);
    }
}

static void find_ranges(struct unit *u) {
    u->begin = INT64_MAX;
    u->end = 0;
    for (int64_t i = 0; i < PANEL; i++) {
        int64_t t = u->t0 + (i < u->count ? i : u->count - 1), begin;
        int64_t end = NATIVE(attention_range)(u->a, u->b, t, &begin);
        u->room.begin[i] = (float)begin;
        u->room.end[i] = (float)end;
        u->begin = begin < u->begin ? begin : u->begin;
        u->end = end > u->end ? end : u->end;
    }
}

static bool is_whole(const struct unit *u, int64_t s, int64_t n) {
    const struct room *r = &u->room;
    bool whole = n == BLOCK && !u->a->mask && !u->a->key_mask;
    for (int i = 0; i < PANEL && whole; i++)
        whole = (float)s >= r->begin[i] && (float)(s + n) <= r->end[i];
    return whole;
}

/* Scores of what is not seen become -inf. n slots from s on, in so many rows. */
static void hide(const struct unit *u, int64_t s, int64_t n, int64_t rows) {
    const struct room *r = &u->room;
    vf none = vf_set(-INFINITY);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t h = 0; h < PANEL; h += VL) {
            vf at = vf_set((float)(s + i)), score = vf_load(r->score + i * PANEL + h);
            score = vf_select_less(at, vf_load(r->begin + h), none, score);
            score = vf_select_less(at, vf_load(r->end + h), score, none);
            vf_store(r->score + i * PANEL + h, score);
        }
    if (u->a->mask || u->a->key_mask)
        for (int64_t i = 0; i < u->count; i++)
            NATIVE(attention_hide)(u->a, u->b, u->t0 + i, s, s + n, r->score + i, PANEL);
}

/* scores → e^(score - max), with the running maximum and sum brought up to date; values summed so
 * far are scaled to the new maximum. */
static void softmax(const struct unit *u, int64_t g, bool whole, int64_t rows, int64_t d4) {
    const struct room *r = &u->room;
    vf scale = vf_set(u->a->scale);
    for (int64_t h = 0; h < PANEL; h += VL) {
        float *score = r->score + h, *max = r->max + g * PANEL + h,
              *total = r->total + g * PANEL + h;
        vf before = vf_load(max), now = before, sum = vf_zero();
        for (int64_t i = 0; i < rows; i++)
            now = vf_max(vf_mul(vf_load(score + i * PANEL), scale), now);
        vf by = whole ? now : vf_select_less(vf_set(-INFINITY), now, now, vf_zero());
        for (int64_t i = 0; i < rows; i++) {
            vf p = attention_weight(vf_mul(vf_load(score + i * PANEL), scale), by);
            sum = vf_add(sum, p);
            vf_store(score + i * PANEL, p);
        }
        vf keep = vf_exp(vf_sub(before, by));
        vf_store(max, now);
        vf_store(total, vf_fma(vf_load(total), keep, sum));
        float *values = r->sum + g * d4 * PANEL + h;
        for (int64_t i = 0; i < d4; i++)
            vf_store(values + i * PANEL, vf_mul(vf_load(values + i * PANEL), keep));
    }
}

static void multiply(const struct tile *tile, bool first) {
    tile_multiply(tile, first, TILE_ROWS, 2, false);
}

static void multiply_few(const struct tile *tile, bool first) {
    tile_multiply(tile, first, TILE_FEW, 2, false);
}

static void take_scores(const struct unit *u, int64_t g, int64_t rows, int64_t d4) {
    struct tile t = {.w = u->room.k,
                     .w_row = d4,
                     .w_k = 1,
                     .x = u->room.q + g * u->a->d * PANEL,
                     .c = u->room.score,
                     .c_row = PANEL,
                     .k = u->a->d};
    for (int64_t i = 0; i < rows; i += TILE_ROWS, t.w += TILE_ROWS * d4, t.c += TILE_ROWS * PANEL)
        multiply(&t, true);
}

static void add_values(const struct unit *u, int64_t g, int64_t rows, int64_t d4) {
    struct tile t = {.w = u->room.v,
                     .w_row = 1,
                     .w_k = d4,
                     .x = u->room.score,
                     .c = u->room.sum + g * d4 * PANEL,
                     .c_row = PANEL,
                     .k = rows};
    int64_t i = 0;
    for (; i + TILE_ROWS <= d4; i += TILE_ROWS, t.w += TILE_ROWS, t.c += TILE_ROWS * PANEL)
        multiply(&t, false);
    for (; i < d4; i += TILE_FEW, t.w += TILE_FEW, t.c += TILE_FEW * PANEL)
        multiply_few(&t, false);
}

/* The same when a value is not finite: what is hidden is not read, what is seen counts. */
static void add_values_slowly(const struct unit *u, int64_t g, int64_t first, int64_t n) {
    float *sum = u->room.sum + g * padded(u->a->d) * PANEL;
    for (int64_t s = 0; s < n; s++)
        for (int64_t i = 0; i < u->count; i++) {
            float p = u->room.score[s * PANEL + i];
            bool seen = NATIVE(attention_sees)(u->a, u->b, u->t0 + i, first + s);
            for (int64_t j = 0; j < u->a->d && seen; j++)
                sum[j * PANEL + i] += p * u->room.v[s * padded(u->a->d) + j];
        }
}

/* The last block is often short: no more rows than its slots need, in whole tiles, are computed. */
static void run_block(const struct unit *u, int64_t s) {
    const struct attention *a = u->a;
    int64_t n = u->end - s < BLOCK ? u->end - s : BLOCK, d4 = padded(a->d);
    int64_t rows = (n + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
    size_t rest = (size_t)((rows - n) * d4) * sizeof(float);
    NATIVE(attention_widen)(u->room.k, d4, &u->k, s, s + n);
    NATIVE(attention_widen)(u->room.v, d4, &u->v, s, s + n);
    memset(u->room.k + n * d4, 0, rest);
    memset(u->room.v + n * d4, 0, rest);
    bool whole = is_whole(u, s, n);
    bool finite = NATIVE(attention_is_finite)(u->room.v, 0, 1, rows * d4);
    for (int64_t g = 0; g < a->group; g++) {
        take_scores(u, g, rows, d4);
        if (!whole)
            hide(u, s, n, rows);
        softmax(u, g, whole, rows, d4);
        if (finite)
            add_values(u, g, rows, d4);
        else
            add_values_slowly(u, g, s, n);
    }
}

/* Numbers [VL] of queries [VL], turned to rows and each divided by its query's total. Where that is
 * 0 nothing was seen, and what the sums hold says nothing. */
static void store_block(float *out, int64_t step, const float *sum, const float *total,
                        int64_t queries, int64_t numbers) {
    vf block[VL];
    for (int i = 0; i < VL; i++)
        block[i] = i < numbers ? vf_load(sum + i * PANEL) : vf_zero();
    vf_transpose(block);
    for (int i = 0; i < VL && i < queries; i++) {
        vf mean = total[i] == 0 ? vf_zero() : vf_mul(block[i], vf_set(1 / total[i]));
        vf_store_n(out + i * step, mean, numbers);
    }
}

static void store(const struct unit *u, int64_t g) {
    const struct attention *a = u->a;
    const struct tensor *out = a->call->out;
    const float *sum = u->room.sum + g * padded(a->d) * PANEL, *total = u->room.total + g * PANEL;
    float *to = (float *)out->data + u->b * out->stride[0] + u->t0 * out->stride[1] +
                (u->head * a->group + g) * a->d;
    for (int64_t i = 0; i < u->count; i += VL)
        for (int64_t j = 0; j < a->d; j += VL)
            store_block(to + i * out->stride[1] + j, out->stride[1], sum + j * PANEL + i, total + i,
                        u->count - i, a->d - j);
}

static void run_units(void *arg, int64_t begin, int64_t end, int worker) {
    const struct attention *a = arg;
    int64_t panels = (a->T + PANEL - 1) / PANEL;
    for (int64_t i = begin; i < end; i++) {
        struct unit u = {.a = a, .room = room_of(a, worker)};
        u.t0 = i % panels * PANEL;
        u.head = i / panels % a->kv_heads;
        u.b = i / panels / a->kv_heads;
        u.k = NATIVE(attention_slots)(a->k, u.b, u.head);
        u.v = NATIVE(attention_slots)(a->v, u.b, u.head);
        u.count = a->T - u.t0 < PANEL ? a->T - u.t0 : PANEL;
        load_queries(&u);
        find_ranges(&u);
        int64_t states = a->group * PANEL;
        memset(u.room.sum, 0, (size_t)(states * padded(a->d)) * sizeof(float));
        for (int64_t j = 0; j < states; j++) {
            u.room.max[j] = -INFINITY;
            u.room.total[j] = 0;
        }
        for (int64_t s = u.begin; s < u.end; s += BLOCK)
            run_block(&u, s);
        for (int64_t g = 0; g < a->group; g++)
            store(&u, g);
    }
}

void NATIVE(attention_many)(struct device *dev, const struct attention *a) {
    struct attention shared = *a;
    int64_t panels = (a->T + PANEL - 1) / PANEL;
    pool_chunks(dev->pool, a->B * a->kv_heads * panels, 1, run_units, &shared);
}
