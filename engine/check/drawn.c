/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/drawn.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/audit.h"
#include "engine/trace/compare.h"
#include "engine/trace/tolerance.h"

/* ---- numbers ---- */

static const char *const names[DRAWN_KINDS] = {
    [DRAWN_FAR] = "rows far from zero",    [DRAWN_CLOSE] = "rows next to their mean",
    [DRAWN_WIDE] = "rows of nine decades", [DRAWN_OUTLIER] = "rows with an outlier",
    [DRAWN_ALIKE] = "rows of one number",  [DRAWN_ZERO] = "rows of zeros",
    [DRAWN_TINY] = "rows with denormals",  [DRAWN_HUGE] = "rows of huge numbers",
};

const char *drawn_name(enum drawn_kind kind) {
    return names[kind];
}

static uint64_t draw(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static double uniform(uint64_t *state) {
    return (double)(draw(state) >> 11) * 0x1p-53;
}

/* About normal: mean 0, variance 1. */
static double normal(uint64_t *state) {
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += uniform(state);
    return sum - 6;
}

/* Number i of row r of len. */
static double number(enum drawn_kind kind, int64_t r, int64_t i, int64_t len, uint64_t *state) {
    switch (kind) {
    case DRAWN_FAR:
        return 10000 + normal(state);
    case DRAWN_CLOSE:
        return 10000 + (double)(draw(state) % 7) * 0x1p-10;
    case DRAWN_WIDE:
        return normal(state) * pow(10, uniform(state) * 9 - 6);
    case DRAWN_OUTLIER:
        return i == r % len ? (r % 2 ? -1000 : 1000) : normal(state) * 1e-3;
    case DRAWN_ALIKE:
        return r % 2 ? -0.7 * (double)(r + 1) : 3.1 * (double)(r + 1);
    case DRAWN_HUGE:
        return normal(state) * 1e20;
    case DRAWN_TINY:
        return normal(state) * (i % 3 == 1 ? 1e-40 : 1e-34);
    default:
        return 0;
    }
}

/* ---- one op ---- */

static bool is_cache(enum op op, int i) {
    return (op == OP_ATTENTION && i == 2) ||
           (i == 1 && (op == OP_KV_STORE || op == OP_ATTENTION || op == OP_ATTN_SCORES ||
                       op == OP_ATTN_VALUES));
}

static bool is_id(enum op op, int i) {
    return (op == OP_GET_ROWS || op == OP_ROPE) && i == 1;
}

bool drawn_always(enum op op, int i) {
    return is_id(op, i) || is_cache(op, i);
}

/* The ends of a table; positions that no text of a fixture has. */
static void draw_ids(const struct drawn *t) {
    static const int32_t positions[] = {0, 1, 131071, 2, 1 << 20, 4095, 7, 100};
    int32_t *ids = t->in[1].data, last = (int32_t)t->call.in[0]->shape[0] - 1;
    const int32_t rows[] = {last, 0, last / 2};
    for (int64_t i = 0; i < t->in[1].shape[0]; i++)
        ids[i] = t->call.op == OP_ROPE ? positions[i % 8] : rows[i % 3];
}

/* Scores of large numbers have no fraction in f32, and then an attention says nothing but which is
 * the largest. So queries and keys are no larger than about 1, whatever the scale is. */
static double shrunk(const struct drawn *t, int i, enum drawn_kind kind) {
    static const double size[DRAWN_KINDS] = {1e4, 1e4, 1e3, 1e3, 16, 1, 1, 1e20};
    bool scores = t->call.op == OP_ATTENTION || t->call.op == OP_ATTN_SCORES;
    if (!scores || i > 1)
        return 1;
    double d = (double)t->in[0].shape[3];
    return i == 1 ? 1 / size[kind] : 1 / (size[kind] * sqrt(d) * t->call.params.scale);
}

/* Of two operands each has numbers of another kind. */
static enum drawn_kind kind_of(const struct drawn *t, int i, enum drawn_kind kind) {
    bool binary = t->call.op == OP_ADD || t->call.op == OP_MUL;
    return binary && i == 1 ? (kind + 2) % DRAWN_KINDS : kind;
}

/* Whether row r of a cache lies in a slot that no query sees. */
static bool is_unseen(const struct drawn *t, int i, int64_t r) {
    enum op op = t->call.op;
    int at = op == OP_ATTENTION ? 3 : 2;
    if (op == OP_KV_STORE || op == OP_ATTN_VALUES || !is_cache(op, i))
        return false;
    const struct tensor *cache = &t->in[i], *past = t->call.in[at], *keys = t->call.in[at + 1];
    int64_t s = r / cache->shape[2] % cache->shape[1], b = r / cache->shape[2] / cache->shape[1];
    int64_t end = ((const int32_t *)past->data)[b * past->stride[0]] + t->in[0].shape[1];
    return s >= end ||
           (keys && !((const uint8_t *)keys->data)[b * keys->stride[0] + s * keys->stride[1]]);
}

static void put_row(const struct tensor *to, int64_t r, const double *x) {
    char *row = tensor_row(to, r);
    int64_t len = tensor_row_len(to), step = tensor_row_stride(to) * (int64_t)dtype_size(to->dtype);
    if (dtype_is_block(to->dtype))
        dtype_convert(row, to->dtype, x, DTYPE_F64, len);
    else
        for (int64_t n = 0; n < len; n++)
            dtype_convert(row + n * step, to->dtype, x + n, DTYPE_F64, 1);
}

static void draw_input(const struct drawn *t, int i, enum drawn_kind asked) {
    const struct tensor *in = &t->in[i];
    enum drawn_kind kind = kind_of(t, i, asked);
    uint64_t state = (uint64_t)t->call.op * 1000003u + (uint64_t)kind * 101u + (uint64_t)i;
    int64_t rows = tensor_count(in) ? tensor_rows(in) : 0, len = tensor_row_len(in);
    double by = shrunk(t, i, kind);
    if (is_id(t->call.op, i)) {
        draw_ids(t);
        return;
    }
    double *x = xcalloc((size_t)len + 1, sizeof(*x));
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t n = 0; n < len; n++)
            x[n] = number(kind, r, n, len, &state) * by;
        if (!is_unseen(t, i, r))
            put_row(in, r, x);
    }
    free(x);
}

/* x as the kernel will round it, for the definition; and then once more as it was. */
static void read_narrow(struct drawn *t, enum drawn_kind kind) {
    const struct tensor *x = &t->in[0];
    for (int64_t r = 0; r < tensor_rows(x); r++)
        for (int64_t n = 0; n < tensor_row_len(x); n++) {
            float *at = (float *)tensor_row(x, r) + n * tensor_row_stride(x);
            uint64_t stored = 0;
            dtype_convert(&stored, t->narrow, at, DTYPE_F32, 1);
            dtype_convert(at, DTYPE_F32, &stored, t->narrow, 1);
        }
    plain_read(&t->plain, 0);
    draw_input(t, 0, kind);
}

/* What lies between the rows is NaN, and not to be read. */
static void give_bytes(struct drawn *t, int i) {
    size_t size = (tensor_span(t->call.in[i]) / 64 + 1) * 64;
    t->in[i] = *t->call.in[i];
    t->bytes[i] = xaligned(64, size);
    memset(t->bytes[i], 0xff, size);
    t->in[i].data = t->bytes[i];
    t->call.in[i] = t->rows.in[i] = &t->in[i];
}

static bool ends_in(const char *kernel, const char *suffix) {
    size_t len = strlen(kernel), tail = strlen(suffix);
    return len > tail && strcmp(kernel + len - tail, suffix) == 0;
}

static bool is_rounding(const char *kernel) {
    return ends_in(kernel, "_q8") || ends_in(kernel, "_bf16");
}

static int make_plan(struct drawn *t, struct device *dev) {
    struct value *in[OP_INPUTS_MAX] = {NULL};
    struct plan_route r;
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        in[i] = t->call.in[i] ? graph_weight(&t->graph, "input", t->call.in[i]) : NULL;
    graph_output(&t->graph, "out", graph_op(&t->graph, t->call.op, &t->call.params, in));
    int rc = plan_new(&t->plan, &t->graph, dev, PLAN_NO_REUSE);
    for (int i = 0; rc == 0 && i < plan_len(t->plan); i++) {
        plan_route(t->plan, i, &r);
        t->kernel = t->kernel && is_rounding(t->kernel) ? t->kernel : r.kernel;
    }
    t->rounds = t->kernel && ends_in(t->kernel, "_q8");
    t->narrow = t->kernel && ends_in(t->kernel, "_bf16") ? DTYPE_BF16 : DTYPE_F32;
    return rc;
}

static struct tensor floats_like(const struct tensor *t) {
    struct tensor out;
    CHECK(tensor_init(&out, DTYPE_F32, t->rank, t->shape) == 0);
    out.data = xaligned(64, (tensor_size(&out) / 64 + 1) * 64);
    return out;
}

int drawn_init(struct drawn *t, const struct op_call *call, const struct op_call *rows,
               unsigned inputs, struct device *dev) {
    *t = (struct drawn){.call = *call, .rows = *rows};
    graph_init(&t->graph);
    t->call.scratch = t->rows.scratch = NULL;
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (inputs >> i & 1)
            give_bytes(t, i);
    CHECK(op_shape(&t->out, &t->rows) == 0);
    t->rows.out = &t->out;
    size_t count = (size_t)tensor_count(&t->out);
    t->want = xcalloc(count + 1, sizeof(*t->want));
    t->bound = xcalloc(count + 1, sizeof(*t->bound));
    t->got = floats_like(&t->out);
    t->wanted = floats_like(&t->out);
    plain_init(&t->plain, &t->rows);
    return make_plan(t, dev);
}

void drawn_done(struct drawn *t) {
    plan_free(t->plan);
    graph_done(&t->graph);
    plain_done(&t->plain);
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        free(t->bytes[i]);
    free(t->want);
    free(t->bound);
    free(t->got.data);
    free(t->wanted.data);
}

/* What eight bits leave of a block with an outlier may be far off, and no further than they can
 * take it. */
static void compare_bound(const struct drawn *t, struct compare_total *total) {
    const float *got = t->got.data;
    int64_t count = tensor_count(&t->got);
    plain_rounding(&t->plain, t->bound);
    for (int64_t i = 0; i < count; i++) {
        double off = fabs((double)got[i] - t->want[i]);
        if (!(off <= t->bound[i] * 1.001 + 1e-5 * fabs(t->want[i]) + (double)FLT_MIN))
            compare_fact(total, false,
                         "%s makes %.9g of what is %.9g, and eight bits may move it by %.3g",
                         t->kernel, (double)got[i], t->want[i], t->bound[i]);
        total->max_abs = fmax(total->max_abs, off);
    }
    compare_count(total, count);
}

bool drawn_suits(const struct drawn *t, enum drawn_kind kind) {
    if (kind != DRAWN_HUGE)
        return true;
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (t->bytes[i] && !is_id(t->call.op, i) && t->in[i].dtype != DTYPE_F32)
            return false;
    return t->call.op != OP_GATED; /* whose products no float holds, either */
}

static void note(const struct drawn *t, enum drawn_kind kind, const struct compare_total *total,
                 struct drawn_finding *out) {
    if (!out || out->found || !total->wrong)
        return;
    *out = (struct drawn_finding){.found = true,
                                  .op = t->call.op,
                                  .stage = STAGE_NONE,
                                  .layer = -1,
                                  .numbers = names[kind],
                                  .nmse = total->nmse,
                                  .max_abs = total->max_abs,
                                  .limit = total->nmse_limit};
    (void)snprintf(out->kernel, sizeof(out->kernel), "%s", t->kernel);
    (void)op_shapes(&t->call, out->shapes);
}

/* Sums in f16 have the class of what is computed in f16. */
static const struct tolerance *limit_of(const struct drawn *t) {
    return ends_in(t->kernel, "_f16") ? &tolerance_native_f16 : audit_limit(&t->call, t->kernel);
}

static int compare(struct drawn *t, enum drawn_kind kind, struct compare_total *total) {
    char key[COMPARE_KEY_SIZE];
    if (t->rounds) {
        compare_bound(t, total);
        return 0;
    }
    (void)snprintf(key, sizeof(key), "%s of %s", t->kernel, names[kind]);
    return compare_alike(total, key, &t->got, &t->wanted, NULL, limit_of(t));
}

int drawn_run(struct drawn *t, enum drawn_kind kind, struct compare_total *total,
              struct drawn_finding *out) {
    struct compare_total own = {0};
    float *wanted = t->wanted.data;
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (t->bytes[i]) {
            draw_input(t, i, kind);
            plain_read(&t->plain, i);
        }
    if (t->narrow != DTYPE_F32)
        read_narrow(t, kind);
    plain_op(&t->plain, t->want);
    for (int64_t i = 0; i < tensor_count(&t->wanted); i++)
        wanted[i] = (float)t->want[i];
    int rc = plan_run(t->plan, NULL, NULL);
    if (rc < 0)
        return rc;
    tensor_copy(&t->got, plan_output(t->plan, "out"));
    rc = compare(t, kind, &own);
    note(t, kind, &own, out);
    compare_add(total, &own);
    return rc;
}
