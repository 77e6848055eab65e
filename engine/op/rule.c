/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/op/rule.h"

#include "engine/base/buf.h"
#include "engine/base/err.h"

enum { MESSAGE_MAX = 4096 };

/* "matmul of f32 [3, 8], bf16 [5, 7]: <why>" */
static int refuse(const struct op_call *call, const char *why) {
    struct buf b;
    char text[TENSOR_TEXT_SIZE];
    buf_init(&b, MESSAGE_MAX);
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (call->in[i])
            buf_printf(&b, "%s%s", i ? ", " : "", tensor_text(call->in[i], text));
    int rc = err_set(ERR_ARG, "%s of %s: %s", op_name(call->op), b.data, why);
    buf_done(&b);
    return rc;
}

static bool is_storage(const struct tensor *t) {
    return DTYPES_STORAGE & DTYPE_BIT(t->dtype);
}

/* A table or matrix, perhaps in blocks. */
static bool is_weight(const struct tensor *t) {
    return t->rank == 2 && ((DTYPES_STORAGE | DTYPES_BLOCK) & DTYPE_BIT(t->dtype));
}

/* NULL, or why the rows of a weight are not as its dtype wants them. */
static const char *blocks_fault(const struct tensor *t) {
    int block = dtype_block(t->dtype);
    if (t->shape[1] % block != 0)
        return "the rows of the weight are no whole blocks";
    if (block > 1 && (t->stride[1] != 1 || t->stride[0] % block != 0))
        return "the blocks of the weight are not side by side";
    return NULL;
}

/* Keys or values, [B, C, heads, d]: of floats, or of blocks side by side. */
static bool is_cache(const struct tensor *t) {
    int block = dtype_block(t->dtype);
    if (t->rank != 4 || !((DTYPES_STORAGE | DTYPES_CACHE) & DTYPE_BIT(t->dtype)))
        return false;
    for (int i = 0; i < 3 && block > 1; i++)
        if (t->stride[i] % block != 0)
            return false;
    return t->shape[3] % block == 0 && (block == 1 || t->stride[3] == 1);
}

static bool is(const struct tensor *t, enum dtype dtype, int rank) {
    return t->dtype == dtype && t->rank == rank;
}

static int64_t last(const struct tensor *t) {
    return t->shape[t->rank - 1];
}

/* Like t but contiguous, and f32. */
static int like(struct tensor *out, const struct tensor *t) {
    return tensor_init(out, DTYPE_F32, t->rank, t->shape);
}

int rule_get_rows(struct tensor *out, const struct op_call *call) {
    const struct tensor *table = call->in[0], *ids = call->in[1];
    if (!is_weight(table))
        return refuse(call, "the table is not [rows, width] of f32, f16, bf16 or blocks");
    if (blocks_fault(table))
        return refuse(call, blocks_fault(table));
    if (!is(ids, DTYPE_I32, 1))
        return refuse(call, "the ids are not i32 [N]");
    return tensor_init(out, DTYPE_F32, SHAPE(ids->shape[0], table->shape[1]));
}

int rule_binary(struct tensor *out, const struct op_call *call) {
    const struct tensor *a = call->in[0], *b = call->in[1];
    if (a->dtype != DTYPE_F32 || !is_storage(b))
        return refuse(call, "the first is not f32, or the second not f32, f16 or bf16");
    bool row = b->rank == 1 && a->rank >= 1 && b->shape[0] == last(a);
    if (!row && !tensor_same_shape(a, b))
        return refuse(call, "the second is neither of the first's shape nor one row of it");
    return like(out, a);
}

int rule_unary(struct tensor *out, const struct op_call *call) {
    if (call->in[0]->dtype != DTYPE_F32)
        return refuse(call, "the input is not f32");
    return like(out, call->in[0]);
}

/* NULL, or why x and a matrix do not fit. */
static const char *matrix_fault(const struct tensor *x, const struct tensor *w) {
    if (x->dtype != DTYPE_F32 || x->rank < 1)
        return "the first is not f32 [.., K]";
    if (!is_weight(w))
        return "the second is not [M, K] of f32, f16, bf16 or blocks";
    if (blocks_fault(w))
        return blocks_fault(w);
    return last(x) != last(w) ? "the last dimensions differ" : NULL;
}

/* x against each of the matrices: `columns` numbers from a row. */
static int products(struct tensor *out, const struct op_call *call, int64_t columns) {
    const struct tensor *x = call->in[0];
    for (int i = 1; i <= op_matrices(call); i++)
        if (matrix_fault(x, call->in[i]))
            return refuse(call, matrix_fault(x, call->in[i]));
    struct tensor shape = *x;
    shape.shape[x->rank - 1] = columns;
    return like(out, &shape);
}

static int64_t rows_of(const struct tensor *w) {
    return w->rank > 0 ? w->shape[0] : 0;
}

int rule_matmul(struct tensor *out, const struct op_call *call) {
    return products(out, call, rows_of(call->in[1]));
}

int rule_matmuls(struct tensor *out, const struct op_call *call) {
    int64_t columns = 0;
    for (int i = 1; i <= op_matrices(call); i++)
        if (rows_of(call->in[i]) > INT64_MAX - columns)
            return refuse(call, "the result has more columns than can be counted");
        else
            columns += rows_of(call->in[i]);
    return products(out, call, columns);
}

int rule_gated(struct tensor *out, const struct op_call *call) {
    if (!op_is_act(call->params.act))
        return refuse(call, "what is to be applied to the gate is no activation");
    if (rows_of(call->in[1]) != rows_of(call->in[2]))
        return refuse(call, "the gate has not as many rows as what it gates");
    return products(out, call, rows_of(call->in[1]));
}

int rule_norm(struct tensor *out, const struct op_call *call) {
    const struct tensor *x = call->in[0];
    if (x->dtype != DTYPE_F32 || x->rank < 1)
        return refuse(call, "the first is not f32 [.., H]");
    for (int i = 1; i < OP_INPUTS_MAX && call->in[i]; i++)
        if (!is_storage(call->in[i]) || call->in[i]->rank != 1 || last(call->in[i]) != last(x))
            return refuse(call, "weight or bias is not [H] of f32, f16 or bf16");
    return like(out, x);
}

int rule_rope(struct tensor *out, const struct op_call *call) {
    const struct tensor *x = call->in[0], *pos = call->in[1], *freq = call->in[2];
    if (!is(x, DTYPE_F32, 3))
        return refuse(call, "the first is not f32 [N, heads, d]");
    if (!is(pos, DTYPE_I32, 1) || pos->shape[0] != x->shape[0])
        return refuse(call, "the positions are not i32 [N]");
    if (!is(freq, DTYPE_F32, 1) || freq->shape[0] > last(x) / 2)
        return refuse(call, "the frequencies are not f32 [r / 2] with r up to d");
    return like(out, x);
}

int rule_kv_store(struct tensor *out, const struct op_call *call) {
    const struct tensor *x = call->in[0], *cache = call->in[1], *past = call->in[2];
    if (!is(x, DTYPE_F32, 4))
        return refuse(call, "the first is not f32 [B, T, heads, d]");
    if (!is_cache(cache) || cache->shape[0] != x->shape[0] || cache->shape[1] < x->shape[1] ||
        cache->shape[2] != x->shape[2] || cache->shape[3] != x->shape[3])
        return refuse(
            call, "the cache is not [B, C, heads, d] of f32, f16, bf16 or q8_0 with room for T");
    if (!is(past, DTYPE_I32, 1) || past->shape[0] != x->shape[0])
        return refuse(call, "past is not i32 [B]");
    *out = *cache;
    out->data = NULL;
    return 0;
}

/* q [B,T,Hq,d] against k [B,C,Hkv,d]. */
static const char *heads_fault(const struct tensor *q, const struct tensor *k) {
    if (!is(q, DTYPE_F32, 4))
        return "the queries are not f32 [B, T, heads, d]";
    if (!is_cache(k) || k->shape[0] != q->shape[0] || k->shape[3] != q->shape[3])
        return "the keys are not [B, C, heads, d] of f32, f16, bf16 or q8_0";
    if (k->shape[1] < q->shape[1])
        return "there are fewer slots than queries";
    if (k->shape[2] < 1 || q->shape[2] % k->shape[2] != 0)
        return "the query heads are no multiple of the key heads";
    return NULL;
}

/* in[i] is past, then come the masks. */
static const char *visible_fault(const struct op_call *call, int i) {
    const struct tensor *past = call->in[i], *key_mask = call->in[i + 1], *mask = call->in[i + 2];
    int64_t B = call->in[0]->shape[0], T = call->in[0]->shape[1], C = call->in[1]->shape[1];
    if (!is(past, DTYPE_I32, 1) || past->shape[0] != B)
        return "past is not i32 [B]";
    if (key_mask &&
        (!is(key_mask, DTYPE_U8, 2) || key_mask->shape[0] != B || key_mask->shape[1] != C))
        return "the key mask is not u8 [B, C]";
    if (mask && (!is(mask, DTYPE_U8, 3) || mask->shape[0] != B || mask->shape[1] != T ||
                 mask->shape[2] != C))
        return "the mask is not u8 [B, T, C]";
    return call->params.window < 0 ? "the window is negative" : NULL;
}

int rule_attention(struct tensor *out, const struct op_call *call) {
    const struct tensor *q = call->in[0], *k = call->in[1], *v = call->in[2];
    const char *fault = heads_fault(q, k);
    if (!fault && (v->dtype != k->dtype || !tensor_same_shape(v, k) || !is_cache(v)))
        fault = "the values are not like the keys";
    if (!fault)
        fault = visible_fault(call, 3);
    if (fault)
        return refuse(call, fault);
    return tensor_init(out, DTYPE_F32, SHAPE(q->shape[0], q->shape[1], q->shape[2] * q->shape[3]));
}

int rule_attn_scores(struct tensor *out, const struct op_call *call) {
    const struct tensor *q = call->in[0], *k = call->in[1];
    const char *fault = heads_fault(q, k);
    if (!fault)
        fault = visible_fault(call, 2);
    if (fault)
        return refuse(call, fault);
    return tensor_init(out, DTYPE_F32, SHAPE(q->shape[0], q->shape[2], q->shape[1], k->shape[1]));
}

int rule_attn_values(struct tensor *out, const struct op_call *call) {
    const struct tensor *p = call->in[0], *v = call->in[1];
    if (!is(p, DTYPE_F32, 4))
        return refuse(call, "the first is not f32 [B, heads, T, C]");
    if (!is_cache(v) || v->shape[0] != p->shape[0] || v->shape[1] != p->shape[3] ||
        v->shape[2] < 1 || p->shape[1] % v->shape[2] != 0)
        return refuse(call, "the values are not [B, C, heads, d] with heads that fit");
    return tensor_init(out, DTYPE_F32, SHAPE(p->shape[0], p->shape[2], p->shape[1] * v->shape[3]));
}

int rule_copy(struct tensor *out, const struct op_call *call) {
    if (call->params.dtype >= DTYPE_COUNT)
        return refuse(call, "the result's dtype does not exist");
    if (dtype_is_block(call->params.dtype) || dtype_is_block(call->in[0]->dtype))
        return refuse(call, "blocks are not copied");
    return tensor_init(out, call->params.dtype, call->in[0]->rank, call->in[0]->shape);
}
