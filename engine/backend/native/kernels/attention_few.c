/* SPDX-License-Identifier: Apache-2.0 */
/* A few queries, as in decoding: lanes lie along the head. The context is cut into chunks of a
 * fixed length whose partial results are added up in their order, so neither the number of threads
 * nor that of queries changes a bit. */
#include "engine/backend/native/kernels/attention.h"
#include "engine/backend/native/kernels/shape.h"
#include "engine/base/pool.h"

enum {
    CHUNK = 256, /* slots of one unit of work */
    BLOCK = 32,  /* slots at a time; a multiple of VL */
    SLICE = REGISTERS >= 32 ? 4 : 2,
    QUERIES = REGISTERS >= 32 ? 6 : 4, /* whose SLICE sums stay in registers */
};

struct few {
    const struct attention *a;
    int64_t width;  /* d up to a multiple of VL */
    int64_t chunks; /* of the longest range */
    int64_t first;  /* chunk of the first slot anybody sees */
    int64_t part;   /* floats of a partial result: max, total, sums */
    float *parts;   /* [B][heads][T][chunks][part] */
    float *rooms;
};

static int64_t width_of(int64_t d) {
    return (d + VL - 1) / VL * VL;
}

/* A thread's floats: k and v blocks, and scores and the queries of one key head. */
static int64_t room_floats(const struct attention *a) {
    int64_t rows = a->group * a->T, width = width_of(a->d);
    return (2 * BLOCK * width + rows * (BLOCK + width) + 15) / 16 * 16;
}

static int64_t part_floats(const struct attention *a) {
    return 2 + width_of(a->d);
}

size_t NATIVE(attention_few_scratch)(const struct device *dev, const struct op_call *call) {
    struct attention a;
    NATIVE(attention_init)(&a, call);
    int64_t chunks = (a.C + CHUNK - 1) / CHUNK;
    int64_t parts = (a.B * a.heads * a.T * chunks * part_floats(&a) + 15) / 16 * 16;
    return (size_t)(parts + room_floats(&a) * pool_threads(dev->pool)) * sizeof(float);
}

/* What one thread works on: the queries of one key head against one chunk. */
struct unit {
    const struct few *f;
    int64_t b, head, begin, end, rows;
    float *k, *v, *score, *q;
    const float *k_at, *v_at; /* of the block: in the cache itself, or k and v */
    int64_t k_step, v_step;
};

static float *part_of(const struct few *f, int64_t b, int64_t head, int64_t t, int64_t chunk) {
    const struct attention *a = f->a;
    return f->parts + (((b * a->heads + head) * a->T + t) * f->chunks + chunk) * f->part;
}

/* Row r of a unit is query t = r / group of head r % group. */
static float *unit_part(const struct unit *u, int64_t r) {
    const struct attention *a = u->f->a;
    return part_of(u->f, u->b, u->head * a->group + r % a->group, r / a->group,
                   u->begin / CHUNK - u->f->first);
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

/* Where the block's rows of one cache lie as floats: in place if they can be read there. */
static const float *locate(const struct unit *u, const struct tensor *cache, float *room, int64_t s,
                           int64_t n, int64_t *step) {
    int64_t d = cache->shape[3];
    *step = cache->stride[1];
    if (cache->dtype == DTYPE_F32 && d == u->f->width && n == BLOCK) {
        const char *row = NATIVE(attention_slot)(cache, u->b, u->head, s);
        int64_t size = (int64_t)sizeof(float);
        NATIVE(attention_fetch)(row + n * *step * size, *step * size, n, d * size);
        return (const float *)(const void *)row;
    }
    *step = u->f->width;
    NATIVE(attention_widen)(room, u->f->width, cache, u->b, u->head, s, s + n);
    memset(room + n * u->f->width, 0, (size_t)((BLOCK - n) * u->f->width) * sizeof(float));
    return room;
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

static void take_scores(const struct unit *u, int64_t r) {
    const float *q = u->q + r * u->f->width;
    int64_t vectors = u->f->width / VL;
    for (int64_t i = 0; i < BLOCK; i += VL) {
        const float *k = u->k_at + i * u->k_step;
        vf score = vectors == 4   ? dot(q, k, u->k_step, 4)
                   : vectors == 8 ? dot(q, k, u->k_step, 8)
                                  : dot(q, k, u->k_step, vectors);
        vf_store(u->score + r * BLOCK + i, score);
    }
}

/* Scores of what query r / group does not see become -inf. False: it sees nothing of n slots. */
static bool hide(const struct unit *u, int64_t r, int64_t s, int64_t n) {
    const struct attention *a = u->f->a;
    int64_t t = r / a->group, begin, end = NATIVE(attention_range)(a, u->b, t, &begin);
    float *score = u->score + r * BLOCK;
    if (end <= s || begin >= s + n)
        return false;
    if (n == BLOCK && begin <= s && s + n <= end && !a->mask && !a->key_mask)
        return true;
    for (int64_t i = 0; i < BLOCK; i++)
        if (s + i < begin || s + i >= end || i >= n)
            score[i] = -INFINITY;
    if (a->mask || a->key_mask)
        NATIVE(attention_hide)(a, u->b, t, s, s + n, score, 1);
    return true;
}

/* scores → e^(score - max); the partial result is brought to the new maximum. */
static void softmax(const struct unit *u, int64_t r) {
    float *score = u->score + r * BLOCK, *part = unit_part(u, r);
    vf most = vf_set(part[0]), sum = vf_zero();
    for (int64_t i = 0; i < BLOCK; i += VL)
        most = vf_max(vf_load(score + i), most);
    float now = vf_largest(most), by = now == -INFINITY ? 0 : now;
    for (int64_t i = 0; i < BLOCK; i += VL) {
        vf p = attention_weight(vf_load(score + i), vf_set(by));
        sum = vf_add(sum, p);
        vf_store(score + i, p);
    }
    float total = vf_sum(sum);
    if (now > part[0]) { /* also the first time */
        float keep = part[0] == -INFINITY ? 0 : expf(part[0] - now);
        part[1] *= keep;
        for (int64_t i = 0; i < u->f->width; i += VL)
            vf_store(part + 2 + i, vf_mul(vf_load(part + 2 + i), vf_set(keep)));
        part[0] = now;
    }
    part[1] += total;
}

/* part[r] += Σ score[r][s] · v[s] for rows rows from r on, `vectors` vectors from `at` on. */
SIMD_INLINE void add_slice(const struct unit *u, int64_t r, int64_t at, int rows, int vectors) {
    vf sum[QUERIES][SLICE];
    float *parts[QUERIES];
    UNROLL(6)
    for (int i = 0; i < rows; i++) {
        parts[i] = unit_part(u, r + i) + 2 + at;
        for (int j = 0; j < vectors; j++)
            sum[i][j] = vf_load(parts[i] + j * VL);
    }
    for (int64_t s = 0; s < BLOCK; s++) {
        const float *v = u->v_at + s * u->v_step + at, *p = u->score + r * BLOCK + s;
        vf value[SLICE];
        for (int j = 0; j < vectors; j++)
            value[j] = vf_load(v + j * VL);
        UNROLL(6)
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < vectors; j++)
                sum[i][j] = vf_fma(vf_set(p[i * BLOCK]), value[j], sum[i][j]);
    }
    UNROLL(6)
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < vectors; j++)
            vf_store(parts[i] + j * VL, sum[i][j]);
}

SIMD_INLINE void add_rows(const struct unit *u, int64_t r, int rows) {
    int64_t at = 0;
    for (; at + SLICE * VL <= u->f->width; at += SLICE * VL)
        add_slice(u, r, at, rows, SLICE);
    for (; at < u->f->width; at += VL)
        add_slice(u, r, at, rows, 1);
}

static void add_rows_many(const struct unit *u, int64_t r) {
    add_rows(u, r, QUERIES);
}

static void add_rows_four(const struct unit *u, int64_t r) {
    add_rows(u, r, 4);
}

static void add_rows_one(const struct unit *u, int64_t r) {
    add_rows(u, r, 1);
}

static void add_values(const struct unit *u) {
    int64_t r = 0;
    for (; r + QUERIES <= u->rows; r += QUERIES)
        add_rows_many(u, r);
    for (; r + 4 <= u->rows; r += 4)
        add_rows_four(u, r);
    for (; r < u->rows; r++)
        add_rows_one(u, r);
}

/* The same when a value is not finite: what is hidden is not read, what is seen counts. */
static void add_values_slowly(const struct unit *u, int64_t first) {
    const struct attention *a = u->f->a;
    for (int64_t r = 0; r < u->rows; r++)
        for (int64_t s = 0; s < BLOCK && first + s < u->end; s++) {
            float p = u->score[r * BLOCK + s], *sum = unit_part(u, r) + 2;
            bool seen = NATIVE(attention_sees)(a, u->b, r / a->group, first + s);
            for (int64_t i = 0; i < a->d && seen; i++)
                sum[i] += p * u->v_at[s * u->v_step + i];
        }
}

static void run_block(struct unit *u, int64_t s) {
    const struct attention *a = u->f->a;
    int64_t n = u->end - s < BLOCK ? u->end - s : BLOCK;
    u->k_at = locate(u, a->k, u->k, s, n, &u->k_step);
    u->v_at = locate(u, a->v, u->v, s, n, &u->v_step);
    for (int64_t r = 0; r < u->rows; r++) {
        take_scores(u, r);
        if (hide(u, r, s, n))
            softmax(u, r);
        else
            memset(u->score + r * BLOCK, 0, BLOCK * sizeof(float));
    }
    if (NATIVE(attention_is_finite)(u->v_at, u->v_step, BLOCK, u->f->width))
        add_values(u);
    else
        add_values_slowly(u, s);
}

static void run_unit(const struct few *f, int64_t i, int worker) {
    const struct attention *a = f->a;
    struct unit u = {.f = f, .rows = a->group * a->T};
    int64_t chunk = i % f->chunks, unused, end = 0;
    u.head = i / f->chunks % a->kv_heads;
    u.b = i / f->chunks / a->kv_heads;
    u.k = f->rooms + room_floats(a) * worker;
    u.v = u.k + BLOCK * f->width;
    u.score = u.v + BLOCK * f->width;
    u.q = u.score + u.rows * BLOCK;
    u.begin = (f->first + chunk) * CHUNK;
    end = NATIVE(attention_range)(a, u.b, a->T - 1, &unused);
    u.end = end < u.begin + CHUNK ? end : u.begin + CHUNK;
    for (int64_t r = 0; r < u.rows; r++) {
        float *part = unit_part(&u, r);
        memset(part, 0, (size_t)f->part * sizeof(float));
        part[0] = -INFINITY;
    }
    load_queries(&u);
    for (int64_t s = u.begin; s < u.end; s += BLOCK)
        run_block(&u, s);
}

static void run_units(void *arg, int64_t begin, int64_t end, int worker) {
    for (int64_t i = begin; i < end; i++)
        run_unit(arg, i, worker);
}

/* The chunks of one query, in their order. */
static void combine(const struct few *f, int64_t b, int64_t head, int64_t t) {
    const struct attention *a = f->a;
    const struct tensor *out = a->call->out;
    const float *part = part_of(f, b, head, t, 0);
    float *to = (float *)out->data + b * out->stride[0] + t * out->stride[1] + head * a->d;
    float most = -INFINITY, total = 0;
    for (int64_t c = 0; c < f->chunks; c++)
        most = part[c * f->part] > most ? part[c * f->part] : most;
    for (int64_t i = 0; i < a->d; i++)
        to[i] = 0;
    for (int64_t c = 0; c < f->chunks; c++, part += f->part) {
        if (part[1] == 0)
            continue;
        float by = part[0] == -INFINITY ? 1 : expf(part[0] - most);
        total += part[1] * by;
        for (int64_t i = 0; i < a->d; i++)
            to[i] += part[2 + i] * by;
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
