/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/op_case.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "engine/base/err.h"
#include "engine/nn/kv.h"

typedef int shape_fn(struct op_case *c, const struct op_axes *a, int64_t m, int64_t k);

static int put(struct op_case *c, bool resident, enum dtype dtype, int rank, const int64_t *shape) {
    c->resident[c->inputs] = resident;
    return tensor_init(&c->in[c->inputs++], dtype, rank, shape);
}

static int put_f32(struct op_case *c, int rank, const int64_t *shape) {
    return put(c, false, DTYPE_F32, rank, shape);
}

static int matmul(struct op_case *c, const struct op_axes *a, int64_t m, int64_t k) {
    c->operations = 2.0 * (double)a->tokens * (double)m * (double)k;
    c->peak = dtype_is_block(a->dtype) && peak_find(PEAK_I8) ? PEAK_I8 : PEAK_F32;
    if (k % dtype_block(a->dtype))
        return err_set(ERR_UNSUPPORTED, "rows of %" PRId64 " are no blocks of %s", k,
                       dtype_name(a->dtype));
    int rc = put_f32(c, SHAPE(a->tokens, k));
    return rc < 0 ? rc : put(c, true, a->dtype, SHAPE(m, k));
}

/* However long the step, logits are computed of one token. */
static int head(struct op_case *c, const struct op_axes *a, int64_t m, int64_t k) {
    return a->tokens == 1 ? matmul(c, a, m, k) : err_set(ERR_UNSUPPORTED, "the head sees one row");
}

static int get_rows(struct op_case *c, const struct op_axes *a, int64_t m, int64_t k) {
    int rc = k % dtype_block(a->dtype)
                 ? err_set(ERR_UNSUPPORTED, "rows are no blocks of %s", dtype_name(a->dtype))
                 : put(c, true, a->dtype, SHAPE(m, k));
    return rc < 0 ? rc : put(c, false, DTYPE_I32, SHAPE(a->tokens));
}

static int one(struct op_case *c, const struct op_axes *a, int64_t m, int64_t k) {
    (void)k;
    return put_f32(c, SHAPE(a->tokens, m));
}

static int two(struct op_case *c, const struct op_axes *a, int64_t m, int64_t k) {
    int rc = one(c, a, m, k);
    return rc < 0 ? rc : one(c, a, m, k);
}

static int norm(struct op_case *c, const struct op_axes *a, int64_t m, int64_t k) {
    c->params.eps = 1e-6;
    int rc = one(c, a, m, k);
    if (rc == 0)
        rc = put(c, true, DTYPE_F32, SHAPE(m));
    return rc == 0 && c->op == OP_LAYER_NORM ? put(c, true, DTYPE_F32, SHAPE(m)) : rc;
}

static int rope(struct op_case *c, const struct op_axes *a, int64_t heads, int64_t dim) {
    c->params.scale = 1;
    int rc = put_f32(c, SHAPE(a->tokens, heads, dim));
    if (rc == 0)
        rc = put(c, false, DTYPE_I32, SHAPE(a->tokens));
    return rc < 0 ? rc : put_f32(c, SHAPE(dim / 2));
}

/* A cache with room for this step and no more, laid out as a session's. */
static int put_cache(struct op_case *c, const struct op_axes *a) {
    const struct geometry *g = a->geometry;
    c->resident[c->inputs] = true;
    return kv_tensor(&c->in[c->inputs++], a->dtype, 1, a->depth + a->tokens, g->kv_heads,
                     g->head_dim);
}

static int kv_store(struct op_case *c, const struct op_axes *a, int64_t heads, int64_t dim) {
    int rc = put_f32(c, SHAPE(1, a->tokens, heads, dim));
    if (rc == 0)
        rc = put_cache(c, a);
    return rc < 0 ? rc : put(c, false, DTYPE_I32, SHAPE(1));
}

static int attention(struct op_case *c, const struct op_axes *a, int64_t heads, int64_t dim) {
    double seen = (double)a->depth + ((double)a->tokens + 1) / 2; /* keys of a query, on average */
    c->params.causal = true;
    c->params.scale = 1 / sqrt((double)dim);
    c->operations = 4.0 * (double)a->tokens * (double)(heads * dim) * seen;
    int rc = put_f32(c, SHAPE(1, a->tokens, heads, dim));
    if (rc == 0)
        rc = put_cache(c, a);
    if (rc == 0)
        rc = put_cache(c, a);
    return rc < 0 ? rc : put(c, false, DTYPE_I32, SHAPE(1));
}

/* Sizes of a geometry, by what a row below calls them. */
enum size { HIDDEN, INNER, QUERY, KEY, VOCAB, HEADS, KV_HEADS, DIM };

static int64_t size_of(const struct geometry *g, enum size s) {
    const int64_t sizes[] = {
        [HIDDEN] = g->hidden,
        [INNER] = g->intermediate,
        [QUERY] = g->heads * g->head_dim,
        [KEY] = g->kv_heads * g->head_dim,
        [VOCAB] = g->vocab,
        [HEADS] = g->heads,
        [KV_HEADS] = g->kv_heads,
        [DIM] = g->head_dim,
    };
    return sizes[s];
}

enum { GATED = 1, PLAIN = 2, EITHER = GATED | PLAIN };
enum {
    F32 = DTYPE_BIT(DTYPE_F32),
    WEIGHT = DTYPES_STORAGE | DTYPES_BLOCK,
    CACHE = DTYPES_CACHE,
};

static const struct row {
    enum op op;
    const char *name;
    int kinds;       /* of geometries */
    uint32_t dtypes; /* it comes in: those of weights or of caches */
    shape_fn *shape;
    enum size m, k;
} cases[] = {
    {OP_MATMUL,     "q",          EITHER, WEIGHT, matmul,    QUERY,    HIDDEN},
    {OP_MATMUL,     "k",          EITHER, WEIGHT, matmul,    KEY,      HIDDEN},
    {OP_MATMUL,     "o",          EITHER, WEIGHT, matmul,    HIDDEN,   QUERY },
    {OP_MATMUL,     "gate",       GATED,  WEIGHT, matmul,    INNER,    HIDDEN},
    {OP_MATMUL,     "up",         PLAIN,  WEIGHT, matmul,    INNER,    HIDDEN},
    {OP_MATMUL,     "down",       EITHER, WEIGHT, matmul,    HIDDEN,   INNER },
    {OP_MATMUL,     "head",       EITHER, WEIGHT, head,      VOCAB,    HIDDEN},
    {OP_GET_ROWS,   "embed",      EITHER, WEIGHT, get_rows,  VOCAB,    HIDDEN},
    {OP_RMS_NORM,   "norm",       GATED,  F32,    norm,      HIDDEN,   HIDDEN},
    {OP_LAYER_NORM, "norm",       PLAIN,  F32,    norm,      HIDDEN,   HIDDEN},
    {OP_ADD,        "residual",   EITHER, F32,    two,       HIDDEN,   HIDDEN},
    {OP_SILU,       "activation", GATED,  F32,    one,       INNER,    INNER },
    {OP_GELU_TANH,  "activation", PLAIN,  F32,    one,       INNER,    INNER },
    {OP_MUL,        "gate",       GATED,  F32,    two,       INNER,    INNER },
    {OP_ROPE,       "q",          GATED,  F32,    rope,      HEADS,    DIM   },
    {OP_KV_STORE,   "k",          EITHER, CACHE,  kv_store,  KV_HEADS, DIM   },
    {OP_ATTENTION,  "attention",  EITHER, CACHE,  attention, HEADS,    DIM   },
};

static const struct row *row_of(const struct geometry *g, int i) {
    for (size_t r = 0; r < sizeof(cases) / sizeof(*cases); r++)
        if ((cases[r].kinds & (g->gated ? GATED : PLAIN)) && i-- == 0)
            return &cases[r];
    return NULL;
}

int op_case_count(const struct geometry *g) {
    int n = 0;
    while (row_of(g, n))
        n++;
    return n;
}

/* What a gather, a scatter or attention touches of a big tensor is less than all of it. */
static double bytes_of(const struct op_case *c, const struct op_axes *a, const struct tensor *out) {
    double bytes = (double)tensor_size(out);
    for (int i = 0; i < c->inputs; i++)
        bytes += (double)tensor_size(&c->in[i]);
    if (c->op == OP_GET_ROWS)
        bytes -=
            (double)tensor_size(&c->in[0]) * (1 - (double)a->tokens / (double)c->in[0].shape[0]);
    if (c->op == OP_KV_STORE) /* the output is the cache */
        bytes = 2.0 * (double)tensor_size(&c->in[0]);
    return bytes;
}

int op_case_init(struct op_case *out, const struct op_axes *axes, int i) {
    const struct row *row = row_of(axes->geometry, i);
    struct op_case c = {.peak = PEAK_F32};
    struct tensor result;
    CHECK(row != NULL);
    c.op = row->op;
    c.name = row->name;
    if (!(row->dtypes & DTYPE_BIT(axes->dtype)))
        return err_set(ERR_UNSUPPORTED, "there is no %s of %s", op_name(c.op),
                       dtype_name(axes->dtype));
    int rc = row->shape(&c, axes, size_of(axes->geometry, row->m), size_of(axes->geometry, row->k));
    struct op_call call = {.op = c.op, .params = c.params};
    for (int k = 0; k < c.inputs; k++)
        call.in[k] = &c.in[k];
    if (rc == 0)
        rc = op_shape(&result, &call);
    if (rc != 0)
        return rc;
    c.bytes = bytes_of(&c, axes, &result);
    *out = c;
    return 0;
}

const char *op_case_text(const struct op_case *c, char text[TENSOR_TEXT_SIZE]) {
    size_t len = 0;
    text[0] = 0;
    for (int i = 0; i < c->inputs; i++)
        for (int d = 0; d < c->in[i].rank && len + 24 < TENSOR_TEXT_SIZE; d++)
            len += (size_t)snprintf(text + len, TENSOR_TEXT_SIZE - len, "%s%" PRId64,
                                    d   ? ","
                                    : i ? " × "
                                        : "",
                                    c->in[i].shape[d]);
    return text;
}
