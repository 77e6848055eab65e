/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

static struct tensor *put(struct shape *s, int i, enum dtype dtype, int rank,
                          const int64_t *shape) {
    CHECK(tensor_init(&s->in[i], dtype, rank, shape) == 0);
    s->call.in[i] = s->rows.in[i] = &s->in[i];
    return &s->in[i];
}

static void put_drawn(struct shape *s, int i, enum dtype dtype, int rank, const int64_t *shape) {
    put(s, i, dtype, rank, shape);
    s->drawn |= 1u << i;
}

static void put_bytes(struct shape *s, int i, enum dtype dtype, int rank, const int64_t *shape) {
    struct tensor *t = put(s, i, dtype, rank, shape);
    t->data = s->bytes[i] = xaligned(64, (tensor_size(t) / 64 + 1) * 64);
    memset(t->data, 0, tensor_size(t));
}

/* Of either sign, of no order, and in no block as large as in the next, nor about 0. */
static double weight_at(int64_t r, int64_t i) {
    double x = (double)((r * 7919 + i * 104729 + r * i * 31) % 2003 - 1001) / 1001;
    return (x + 0.25 * (double)(i / 32 % 3)) * 0.05 * (double)(1 + (r + i / 32) % 5);
}

static void put_weight(struct shape *s, int i, enum dtype dtype, int rank, const int64_t *shape) {
    put_bytes(s, i, dtype, rank, shape);
    struct tensor *t = &s->in[i];
    int64_t len = tensor_row_len(t);
    double *x = xcalloc((size_t)len + 1, sizeof(*x));
    for (int64_t r = 0; r < tensor_rows(t); r++) {
        for (int64_t n = 0; n < len; n++)
            x[n] = weight_at(r, n);
        dtype_convert(tensor_row(t, r), dtype, x, DTYPE_F64, len);
    }
    free(x);
}

/* A matrix, which the device may lay out as it likes. */
static void put_matrix(struct shape *s, int i, int64_t rows, int64_t len) {
    const struct backend *b = s->dev->backend;
    put_weight(s, i, s->dtype, SHAPE(rows, len));
    if (!b->packs || !b->packs(s->dev, &s->in[i]))
        return;
    s->packed[i] = s->in[i];
    s->packed[i].data = s->panels[i] = xaligned(64, (tensor_size(&s->in[i]) / 64 + 1) * 64);
    b->pack(s->dev, s->panels[i], &s->in[i]);
    s->packed[i].layout = TENSOR_PANELS;
    s->call.in[i] = &s->packed[i];
}

void shape_done(struct shape *s) {
    for (int i = 0; i < OP_INPUTS_MAX; i++) {
        free(s->bytes[i]);
        free(s->panels[i]);
    }
}

/* ---- how each op is called ---- */

/* So many blocks, and where a block is one number, 32 to one and an end: an odd one in every other
 * length, for products of pairs take the even ones alone. */
static int64_t row_of(const struct shape *s, int64_t blocks) {
    int block = dtype_block(s->dtype);
    if (block > 32) /* as long as the same row in shorter blocks, about */
        blocks = (blocks + 5) / 6;
    return block > 1 ? blocks * block : blocks * 32 - 25 + blocks % 7 * 4 + blocks % 2;
}

void shape_matmul(struct shape *s) { /* tokens, blocks, rows */
    int64_t k = row_of(s, s->n[1]);
    put_drawn(s, 0, DTYPE_F32, SHAPE(s->n[0], k));
    put_matrix(s, 1, s->n[2], k);
}

void shape_matmuls(struct shape *s) { /* tokens, blocks, rows of each */
    int64_t k = row_of(s, s->n[1]);
    put_drawn(s, 0, DTYPE_F32, SHAPE(s->n[0], k));
    for (int i = 1; i <= (s->n[4] ? 3 : 2); i++)
        put_matrix(s, i, s->n[1 + i], k);
}

void shape_gated(struct shape *s) { /* tokens, blocks, rows */
    static const enum op acts[] = {OP_SILU, OP_GELU, OP_GELU_TANH, OP_RELU};
    int64_t k = row_of(s, s->n[1]);
    s->call.params.act = acts[s->way];
    put_drawn(s, 0, DTYPE_F32, SHAPE(s->n[0], k));
    put_matrix(s, 1, s->n[2], k);
    put_matrix(s, 2, s->n[2], k);
}

void shape_get_rows(struct shape *s) { /* rows, blocks, ids */
    put_matrix(s, 0, s->n[0], row_of(s, s->n[1]));
    put_drawn(s, 1, DTYPE_I32, SHAPE(s->n[2]));
}

void shape_norm(struct shape *s) { /* rows, len */
    s->call.params.eps = 1e-5;
    put_drawn(s, 0, DTYPE_F32, SHAPE(s->n[0], s->n[1]));
    for (int i = 1; i < op_inputs_max(s->call.op); i++)
        put_weight(s, i, s->dtype, SHAPE(s->n[1]));
}

void shape_rope(struct shape *s) { /* tokens, heads, len, pairs that turn */
    static const enum rope_layout layouts[] = {ROPE_HALF, ROPE_INTERLEAVED};
    s->call.params.rope_layout = layouts[s->way];
    s->call.params.scale = 1.25;
    put_drawn(s, 0, DTYPE_F32, SHAPE(s->n[0], s->n[1], s->n[2]));
    put_drawn(s, 1, DTYPE_I32, SHAPE(s->n[0]));
    put_bytes(s, 2, DTYPE_F32, SHAPE(s->n[3]));
    for (int64_t i = 0; i < s->n[3]; i++)
        ((float *)s->in[2].data)[i] = (float)pow(10000, -(double)i / (double)s->n[3]);
}

void shape_rowwise(struct shape *s) { /* rows, len */
    s->call.params.scale = 0.3;
    put_drawn(s, 0, DTYPE_F32, SHAPE(s->n[0], s->n[1]));
}

/* Of the same shape, or one row for all. */
void shape_binary(struct shape *s) {
    put_drawn(s, 0, DTYPE_F32, SHAPE(s->n[0], s->n[1]));
    if (s->way)
        put_drawn(s, 1, DTYPE_F32, SHAPE(s->n[1]));
    else
        put_drawn(s, 1, DTYPE_F32, SHAPE(s->n[0], s->n[1]));
}

/* Batch rows, tokens, slots, heads, key heads, len of a head, which is whole blocks. */
static int64_t head_of(const struct shape *s) {
    int block = dtype_block(s->dtype);
    return (s->n[5] + block - 1) / block * block;
}

/* The slots of a head behind each other, as a session has them. */
static void put_cache(struct shape *s, int i) {
    static const int order[] = {0, 2, 1, 3};
    put_drawn(s, i, s->dtype, SHAPE(s->n[0], s->n[4], s->n[2], head_of(s)));
    CHECK(tensor_permute(&s->in[i], &s->in[i], order) == 0);
}

/* The first row begins at slot 0, the second ends with the last, the others lie between. */
static void put_past(struct shape *s, int i) {
    int64_t room = s->n[2] - s->n[1];
    put_bytes(s, i, DTYPE_I32, SHAPE(s->n[0]));
    for (int64_t b = 0; b < s->n[0]; b++)
        ((int32_t *)s->in[i].data)[b] = (int32_t)(b == 1 || s->n[0] == 1 ? room : room * b / 3);
}

/* Three slots of four, and in one row of a batch, none. */
static void put_mask(struct shape *s, int i, int rank, const int64_t *shape) {
    put_bytes(s, i, DTYPE_U8, rank, shape);
    uint8_t *seen = s->in[i].data;
    for (int64_t k = 0; k < tensor_count(&s->in[i]); k++)
        seen[k] = (k * 7 + k / 5) % 4 != 0;
    if (s->n[0] > 2)
        memset(seen + tensor_count(&s->in[i]) / s->n[0], 0,
               (size_t)(tensor_count(&s->in[i]) / s->n[0]));
}

/* past, and perhaps masks, from input i on. */
static void put_sight(struct shape *s, int i) {
    const int64_t *n = s->n;
    s->call.params.scale = 1 / sqrt((double)head_of(s));
    s->call.params.causal = s->way != SEES_ALL && s->way != SEES_CHOSEN;
    s->call.params.window = s->way == SEES_LAST ? n[2] / 3 + 1 : 0;
    put_past(s, i);
    if (s->way == SEES_UNPADDED)
        put_mask(s, i + 1, SHAPE(n[0], n[2]));
    if (s->way == SEES_CHOSEN)
        put_mask(s, i + 2, SHAPE(n[0], n[1], n[2]));
}

void shape_attention(struct shape *s) {
    put_drawn(s, 0, DTYPE_F32, SHAPE(s->n[0], s->n[1], s->n[3], head_of(s)));
    put_cache(s, 1);
    put_cache(s, 2);
    put_sight(s, 3);
}

void shape_attn_scores(struct shape *s) {
    put_drawn(s, 0, DTYPE_F32, SHAPE(s->n[0], s->n[1], s->n[3], head_of(s)));
    put_cache(s, 1);
    put_sight(s, 2);
}

void shape_attn_values(struct shape *s) {
    put_drawn(s, 0, DTYPE_F32, SHAPE(s->n[0], s->n[3], s->n[1], s->n[2]));
    put_cache(s, 1);
}

void shape_kv_store(struct shape *s) {
    put_drawn(s, 0, DTYPE_F32, SHAPE(s->n[0], s->n[1], s->n[4], head_of(s)));
    put_cache(s, 1);
    put_past(s, 2);
}
