/* SPDX-License-Identifier: Apache-2.0 */
/* A few queries, as in decoding: lanes lie along the head. Scores, weights, and how chunks become a
 * result; the values are added up in attention_values.c. */
#include "engine/backend/native/kernels/attention_few.h"
#include "engine/backend/native/kernels/shape.h"
#include "engine/base/pool.h"

static int64_t width_of(int64_t d) {
    return (d + VL - 1) / VL * VL;
}

/* A thread's floats: a block, and scores and the queries of one key head. */
static int64_t room_floats(const struct attention *a) {
    int64_t rows = a->group * a->T, width = width_of(a->d);
    return (BLOCK * width + rows * (CHUNK + width) + 15) / 16 * 16;
}

static int64_t part_floats(const struct attention *a) {
    return PART_SUMS + width_of(a->d);
}

size_t NATIVE(attention_few_scratch)(const struct device *dev, const struct op_call *call) {
    struct attention a;
    NATIVE(attention_init)(&a, call);
    int64_t chunks = (a.C + CHUNK - 1) / CHUNK;
    int64_t parts = (a.B * a.heads * a.T * chunks * part_floats(&a) + 15) / 16 * 16;
    return (size_t)(parts + room_floats(&a) * pool_threads(dev->pool)) * sizeof(float);
}

static void load_queries(const struct unit *u) {
    const struct attention *a = u->f->a;
    const struct tensor *q = a->q;
    for (int64_t r = 0; r < u->rows; r++) {
        float *to = u->q + r * u->f->width;
        const float *from = (const float *)q->data + u->b * q->stride[0] +
                            r / a->group * q->stride[1] +
                            (u->head * a->group + r % a->group) * q->stride[2];
        for (int64_t i = 0; i < u->f->width; i += VL)
            vf_store(to + i,
                     vf_mul(vf_load_n(from + i, a->d - i < 0 ? 0 : a->d - i), vf_set(a->scale)));
    }
}

/* VL scores of one query; vectors: of a head, a constant where it is one of the usual. */
SIMD_INLINE vf dot(const float *q, const float *k, int64_t step, int64_t vectors) {
    vf sums[VL];
    UNROLL(16)
    for (int i = 0; i < VL; i++) {
        vf sum = vf_mul(vf_load(q), vf_load(k + i * step));
        UNROLL(8)
        for (int64_t j = 1; j < vectors; j++)
            sum = vf_fma(vf_load(q + j * VL), vf_load(k + i * step + j * VL), sum);
        sums[i] = sum;
    }
    return vf_sums(sums);
}

/* Of query r against a block; in the room keys lie one behind the other. */
static void take_scores(const struct unit *u, const struct block *keys, int64_t r, float *score) {
    const float *q = u->q + r * u->f->width, *k = (const float *)(const void *)keys->at;
    int64_t vectors = u->f->width / VL, step = keys->step / (int64_t)sizeof(float);
    bool near = step == u->f->width;
    for (int64_t i = 0; i < BLOCK; i += VL, k += VL * step)
        vf_store(score + i, near && vectors == 4   ? dot(q, k, 4 * VL, 4)
                            : near && vectors == 8 ? dot(q, k, 8 * VL, 8)
                            : vectors == 4         ? dot(q, k, step, 4)
                            : vectors == 8         ? dot(q, k, step, 8)
                                                   : dot(q, k, step, vectors));
}

/* Whether query t sees all of a block of n slots. */
static bool sees_all(const struct unit *u, int64_t t, int64_t s, int64_t n) {
    const struct attention *a = u->f->a;
    int64_t begin, end = NATIVE(attention_range)(a, u->b, t, &begin);
    return n == BLOCK && begin <= s && s + n <= end && !a->mask && !a->key_mask;
}

/* Scores of what query t does not see become -inf; n slots are there. */
static void hide(const struct unit *u, int64_t t, int64_t s, int64_t n, float *score) {
    const struct attention *a = u->f->a;
    int64_t begin, end = NATIVE(attention_range)(a, u->b, t, &begin);
    for (int64_t i = 0; i < BLOCK; i++)
        if (s + i < begin || s + i >= end || i >= n)
            score[i] = -INFINITY;
    if (a->mask || a->key_mask)
        NATIVE(attention_hide)(a, u->b, t, s, s + n, score, 1);
}

static void score_block(const struct unit *u, const struct block *keys, int64_t s) {
    const struct attention *a = u->f->a;
    float *score = u->score + (s - u->begin);
    int64_t r = 0, n = block_slots(u, s);
    for (int64_t t = 0; t < a->T; t++) {
        bool all = sees_all(u, t, s, n);
        for (int64_t i = 0; i < a->group; i++, r++, score += CHUNK) {
            take_scores(u, keys, r, score);
            if (!all)
                hide(u, t, s, n, score);
        }
    }
}

/* Behind the last keys the first values are asked for. */
static void score_chunk(const struct unit *u) {
    NATIVE(attention_fetch)(&u->k, u->begin, BLOCK);
    for (int64_t s = u->begin; s < u->end; s += BLOCK) {
        if (s + BLOCK < u->end)
            NATIVE(attention_fetch)(&u->k, s + BLOCK, BLOCK);
        else
            NATIVE(attention_fetch)(&u->v, u->begin, BLOCK);
        struct block keys = block_at(u, &u->k, s, DTYPE_BIT(DTYPE_F32));
        score_block(u, &keys, s);
    }
}

/* The largest of n scores, a multiple of BLOCK; NaN is not larger than anything. */
static float largest(const float *score, int64_t n) {
    vf most = vf_set(-INFINITY);
    for (int64_t i = 0; i < n; i += VL)
        most = vf_max(vf_load(score + i), most);
    return vf_largest(most);
}

/* The scores of row r become weights, e^(score - max); max and their sum are kept. */
static void weigh(const struct unit *u, int64_t r) {
    float *score = u->score + r * CHUNK, *part = unit_part(u, r);
    int64_t n = block_count(u) * BLOCK;
    part[PART_MAX] = largest(score, n);
    vf sum = vf_zero(), max = vf_set(part[PART_MAX] == -INFINITY ? 0 : part[PART_MAX]);
    UNROLL(2)
    for (int64_t i = 0; i < n; i += VL) {
        vf p = attention_weight(vf_load(score + i), max);
        sum = vf_add(sum, p);
        vf_store(score + i, p);
    }
    part[PART_TOTAL] = vf_sum(sum);
}

static void run_unit(const struct few *f, int64_t i, int worker) {
    const struct attention *a = f->a;
    struct unit u = {.f = f, .rows = a->group * a->T};
    int64_t chunk = i / a->kv_heads % f->chunks, unused, end = 0;
    u.head = i % a->kv_heads;
    u.b = i / a->kv_heads / f->chunks;
    u.k = NATIVE(attention_slots)(a->k, u.b, u.head);
    u.v = NATIVE(attention_slots)(a->v, u.b, u.head);
    u.room = f->rooms + room_floats(a) * worker;
    u.score = u.room + BLOCK * f->width;
    u.q = u.score + u.rows * CHUNK;
    u.begin = (f->first + chunk) * CHUNK;
    end = NATIVE(attention_range)(a, u.b, a->T - 1, &unused);
    u.end = end < u.begin + CHUNK ? end : u.begin + CHUNK;
    u.part = f->parts + i * u.rows * f->part;
    load_queries(&u);
    score_chunk(&u);
    for (int64_t r = 0; r < u.rows; r++)
        weigh(&u, r);
    NATIVE(attention_add_values)(&u);
}

static void run_units(void *arg, int64_t begin, int64_t end, int worker) {
    for (int64_t i = begin; i < end; i++)
        run_unit(arg, i, worker);
}

/* The chunks of one query, in their order. */
static void combine(const struct few *f, int64_t b, int64_t head, int64_t t) {
    const struct attention *a = f->a;
    const struct tensor *out = a->call->out;
    int64_t rows = a->group * a->T, step = a->kv_heads * rows * f->part;
    const float *part = f->parts + b * f->chunks * step +
                        (head / a->group * rows + t * a->group + head % a->group) * f->part;
    float *to = (float *)out->data + b * out->stride[0] + t * out->stride[1] + head * a->d;
    float most = -INFINITY, total = 0;
    for (int64_t c = 0; c < f->chunks; c++)
        most = part[c * step + PART_MAX] > most ? part[c * step + PART_MAX] : most;
    for (int64_t i = 0; i < a->d; i++)
        to[i] = 0;
    for (int64_t c = 0; c < f->chunks; c++, part += step) {
        if (part[PART_TOTAL] == 0)
            continue;
        float by = part[PART_MAX] == -INFINITY ? 1 : expf(part[PART_MAX] - most);
        total += part[PART_TOTAL] * by;
        for (int64_t i = 0; i < a->d; i++)
            to[i] += part[PART_SUMS + i] * by;
    }
    for (int64_t i = 0; i < a->d && total != 0; i++)
        to[i] /= total;
}

static void find_chunks(struct few *f) {
    const struct attention *a = f->a;
    int64_t least = INT64_MAX, most = 0;
    for (int64_t b = 0; b < a->B; b++) {
        int64_t begin, unused, end = NATIVE(attention_range)(a, b, a->T - 1, &unused);
        (void)NATIVE(attention_range)(a, b, 0, &begin);
        least = begin < least ? begin : least;
        most = end > most ? end : most;
    }
    f->first = least / CHUNK;
    f->chunks = (most + CHUNK - 1) / CHUNK - f->first;
}

void NATIVE(attention_few)(struct device *dev, const struct attention *a) {
    struct few f = {.a = a, .width = width_of(a->d), .part = part_floats(a)};
    find_chunks(&f);
    f.parts = a->call->scratch;
    f.rooms =
        f.parts + (a->B * a->heads * a->T * ((a->C + CHUNK - 1) / CHUNK) * f.part + 15) / 16 * 16;
    pool_chunks(dev->pool, a->B * a->kv_heads * f.chunks, 1, run_units, &f);
    for (int64_t b = 0; b < a->B; b++)
        for (int64_t t = 0; t < a->T; t++)
            for (int64_t head = 0; head < a->heads; head++)
                combine(&f, b, head, t);
}
