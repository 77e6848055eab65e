/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ops/trial.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "engine/base/err.h"
#include "engine/check/plain.h"
#include "tests/ops/blocks.h"

/* Numbers that depend on the trial alone (splitmix64). */
static uint64_t state;

static uint64_t draw(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static double uniform(void) {
    return (double)(draw() >> 11) * 0x1p-53;
}

static double number(enum trial_fill fill) {
    static const double extreme[] = {65504, -65504, 1e30, -1e30, 1e-40, -3e-42, -0.0, 0.0};
    static const double special[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    double x = sqrt(-2 * log(uniform() + 0x1p-60)) * cos(2 * M_PI * uniform());
    if (fill == FILL_WIDE)
        return x * pow(10, uniform() * 9 - 6);
    if (fill == FILL_EXTREME && draw() % 8 == 0)
        return extreme[draw() % 8];
    if (fill == FILL_SPECIAL && draw() % 64 == 0)
        return special[draw() % 3];
    return x;
}

static bool is_cache(enum op op) {
    return op == OP_KV_STORE || op == OP_ATTENTION || op == OP_ATTN_SCORES || op == OP_ATTN_VALUES;
}

/* Blocks lie side by side in a row, whatever the layout of the rest; those of a cache may have the
 * slots of a head behind each other. */
static enum trial_layout layout_of(const struct trial *t, enum dtype dtype) {
    if (!dtype_is_block(dtype))
        return t->layout;
    if (t->layout == LAYOUT_TURNED && is_cache(t->op))
        return LAYOUT_TURNED;
    return t->layout == LAYOUT_STEP || t->layout == LAYOUT_GAPS ? LAYOUT_GAPS : LAYOUT_PLAIN;
}

/* Makes input i a view of the layout into fresh bytes, all of them 0xff: what lies between is NaN
 * or a wild id, and must not be read. */
static struct tensor *make(struct trial_data *d, const struct trial *t, int i, enum dtype dtype,
                           int rank, const int64_t *shape) {
    struct tensor *view = &d->in[i];
    enum trial_layout layout = layout_of(t, dtype);
    int64_t wide[TENSOR_RANK_MAX], step = layout == LAYOUT_STEP ? 2 : 1;
    int order[TENSOR_RANK_MAX];
    for (int j = 0; j < rank; j++)
        order[j] = dtype_is_block(dtype) ? (j == 1 ? 2 : j == 2 ? 1 : j) : rank - 1 - j;
    for (int j = 0; j < rank; j++)
        wide[j] = shape[layout == LAYOUT_TURNED ? order[j] : j];
    if (layout == LAYOUT_GAPS || layout == LAYOUT_STEP)
        wide[rank - 1] = wide[rank - 1] * step + 3 * dtype_block(dtype);
    CHECK(tensor_init(view, dtype, rank, wide) == 0);
    d->size[i] = tensor_size(view);
    d->bytes[i] = xcalloc(d->size[i] + 1, 1);
    memset(d->bytes[i], 0xff, d->size[i]);
    view->data = d->bytes[i];
    if (layout == LAYOUT_TURNED)
        CHECK(tensor_permute(view, view, order) == 0);
    view->shape[rank - 1] = shape[rank - 1];
    view->stride[rank - 1] *= step;
    d->call.in[i] = view;
    return view;
}

static void fill_with(const struct tensor *t, double value(const struct trial *, int64_t index),
                      const struct trial *trial) {
    int64_t rows = tensor_count(t) ? tensor_rows(t) : 0, len = tensor_row_len(t);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < len; i++) {
            double x = value(trial, r * len + i);
            char *p = tensor_row(t, r);
            p += i * tensor_row_stride(t) * (int64_t)dtype_size(t->dtype);
            dtype_convert(p, t->dtype, &x, DTYPE_F64, 1);
        }
}

/* Of either sign, and mostly as small as weights are; d and dmin are f16. */
static double a_scale(void *arg) {
    static const double extreme[] = {65504, -65504, 0x1p-24, -0x1p-20, -0.0, 0.0};
    const struct trial *t = arg;
    if (t->fill == FILL_EXTREME && draw() % 8 == 0)
        return extreme[draw() % 6];
    return number(t->fill == FILL_EXTREME ? FILL_NORMAL : t->fill) * 0.01;
}

static double a_number(const struct trial *t, int64_t index) {
    (void)index;
    return number(t->fill);
}

/* A weight or a cache, of numbers or of blocks. */
static void make_stored(struct trial_data *d, const struct trial *t, int i, int rank,
                        const int64_t *shape) {
    struct tensor *w = make(d, t, i, t->dtype, rank, shape);
    struct trial copy = *t;
    if (dtype_is_block(t->dtype))
        blocks_fill(w, draw, a_scale, &copy);
    else
        fill_with(w, a_number, t);
}

static double an_id(const struct trial *t, int64_t index) { /* the ends of the table, too */
    return index == 0 ? (double)(t->dim[0] - 1) : index == 1 ? 0 : (double)(draw() % t->dim[0]);
}

static double a_position(const struct trial *t, int64_t index) {
    static const double positions[] = {0, 1, 2, 7, 100, 4095, 131071, 1 << 20};
    (void)t;
    return positions[index % 8];
}

static double a_frequency(const struct trial *t, int64_t index) {
    return pow(10000, -(double)index / (double)t->dim[3]);
}

/* Attention: dims are B, T, C, Hq, Hkv, d. Rows begin at different slots, the first at 0. */
static double a_past(const struct trial *t, int64_t index) {
    int64_t room = t->dim[2] - t->dim[1];
    return index == 0 ? 0 : index == 1 ? (double)room : (double)(draw() % (room + 1));
}

static double a_mask(const struct trial *t, int64_t index) {
    (void)index;
    return t->masks & MASK_OFF ? 0 : draw() % 4 != 0;
}

/* All NaN; of a block of q8_0, by its scale. */
static void spoil_row(const struct tensor *k, char *row) {
    const float nan = NAN;
    int block = dtype_block(k->dtype);
    for (int64_t e = 0; e < k->shape[3]; e += block)
        dtype_convert(row + tensor_offset(k, e * tensor_row_stride(k)),
                      block > 1 ? DTYPE_F16 : k->dtype, &nan, DTYPE_F32, 1);
}

/* What an invisible slot holds must not matter: NaN where nothing is written yet, or where the key
 * mask is off. in[i] is past. */
static void spoil_invisible(const struct trial_data *d, const struct trial *t,
                            const struct tensor *k, int i) {
    const struct tensor *past = &d->in[i], *key_mask = d->call.in[i + 1];
    for (int64_t row = 0; row < tensor_rows(k); row++) {
        int64_t s = row / t->dim[4] % t->dim[2], b = row / t->dim[4] / t->dim[2];
        int64_t before = ((const int32_t *)past->data)[b * past->stride[0]];
        bool off =
            key_mask &&
            !((const uint8_t *)key_mask->data)[b * key_mask->stride[0] + s * key_mask->stride[1]];
        if (off || s >= before + t->dim[1])
            spoil_row(k, tensor_row(k, row));
    }
}

static void make_visibility(struct trial_data *d, const struct trial *t, int i) {
    const int64_t *n = t->dim;
    fill_with(make(d, t, i, DTYPE_I32, SHAPE(n[0])), a_past, t);
    if (t->masks & MASK_KEYS)
        fill_with(make(d, t, i + 1, DTYPE_U8, SHAPE(n[0], n[2])), a_mask, t);
    if (t->masks & MASK_FULL)
        fill_with(make(d, t, i + 2, DTYPE_U8, SHAPE(n[0], n[1], n[2])), a_mask, t);
}

static void make_inputs(struct trial_data *d, const struct trial *t) {
    const int64_t *n = t->dim;
    switch (t->op) {
    case OP_GET_ROWS: /* V, H, N */
        make_stored(d, t, 0, SHAPE(n[0], n[1]));
        fill_with(make(d, t, 1, DTYPE_I32, SHAPE(n[2])), an_id, t);
        break;
    case OP_ADD: /* A, B, H; the second is one row when the last dimension says so */
    case OP_MUL:
        fill_with(make(d, t, 0, DTYPE_F32, SHAPE(n[0], n[1], n[2])), a_number, t);
        if (n[3])
            fill_with(make(d, t, 1, t->dtype, SHAPE(n[2])), a_number, t);
        else
            fill_with(make(d, t, 1, t->dtype, SHAPE(n[0], n[1], n[2])), a_number, t);
        break;
    case OP_MATMUL: /* A, N, K, M */
        fill_with(make(d, t, 0, DTYPE_F32, SHAPE(n[0], n[1], n[2])), a_number, t);
        make_stored(d, t, 1, SHAPE(n[3], n[2]));
        break;
    case OP_MATMULS: /* A, N, K, and rows of two matrices, or of three */
        fill_with(make(d, t, 0, DTYPE_F32, SHAPE(n[0], n[1], n[2])), a_number, t);
        for (int i = 1; i <= (n[5] ? 3 : 2); i++)
            make_stored(d, t, i, SHAPE(n[2 + i], n[2]));
        break;
    case OP_GATED: /* A, N, K, M */
        fill_with(make(d, t, 0, DTYPE_F32, SHAPE(n[0], n[1], n[2])), a_number, t);
        for (int i = 1; i <= 2; i++)
            make_stored(d, t, i, SHAPE(n[3], n[2]));
        break;
    case OP_RMS_NORM: /* A, B, H */
    case OP_LAYER_NORM:
        fill_with(make(d, t, 0, DTYPE_F32, SHAPE(n[0], n[1], n[2])), a_number, t);
        for (int i = 1; i < op_inputs_max(t->op); i++)
            fill_with(make(d, t, i, t->dtype, SHAPE(n[2])), a_number, t);
        break;
    case OP_ROPE: /* N, heads, d, r / 2 */
        fill_with(make(d, t, 0, DTYPE_F32, SHAPE(n[0], n[1], n[2])), a_number, t);
        fill_with(make(d, t, 1, DTYPE_I32, SHAPE(n[0])), a_position, t);
        fill_with(make(d, t, 2, DTYPE_F32, SHAPE(n[3])), a_frequency, t);
        break;
    case OP_KV_STORE: /* B, T, C, -, heads, d */
        fill_with(make(d, t, 0, DTYPE_F32, SHAPE(n[0], n[1], n[4], n[5])), a_number, t);
        make_stored(d, t, 1, SHAPE(n[0], n[2], n[4], n[5]));
        fill_with(make(d, t, 2, DTYPE_I32, SHAPE(n[0])), a_past, t);
        break;
    case OP_ATTENTION:
    case OP_ATTN_SCORES:
        fill_with(make(d, t, 0, DTYPE_F32, SHAPE(n[0], n[1], n[3], n[5])), a_number, t);
        for (int i = 1; i < (t->op == OP_ATTENTION ? 3 : 2); i++)
            make_stored(d, t, i, SHAPE(n[0], n[2], n[4], n[5]));
        make_visibility(d, t, t->op == OP_ATTENTION ? 3 : 2);
        for (int i = 1; i < (t->op == OP_ATTENTION ? 3 : 2) && tensor_count(&d->in[i]); i++)
            spoil_invisible(d, t, &d->in[i], t->op == OP_ATTENTION ? 3 : 2);
        break;
    case OP_ATTN_VALUES:
        fill_with(make(d, t, 0, DTYPE_F32, SHAPE(n[0], n[3], n[1], n[2])), a_number, t);
        make_stored(d, t, 1, SHAPE(n[0], n[2], n[4], n[5]));
        break;
    case OP_COPY:
        fill_with(make(d, t, 0, t->dtype, SHAPE(n[0], n[1], n[2])), a_number, t);
        break;
    default: /* A, B, H */
        fill_with(make(d, t, 0, DTYPE_F32, SHAPE(n[0], n[1], n[2])), a_number, t);
        break;
    }
}

void trial_init(struct trial_data *d, const struct trial *t) {
    *d = (struct trial_data){
        .call = {.op = t->op, .params = t->params}
    };
    state = (uint64_t)t->op * 1000003u + (uint64_t)t->dtype * 101u + (uint64_t)t->fill;
    for (int i = 0; i < TRIAL_DIMS; i++)
        state = state * 31 + (uint64_t)t->dim[i];
    make_inputs(d, t);
    CHECK(op_shape(&d->out, &d->call) == 0);
    d->call.out = &d->out;
    d->want = xcalloc((size_t)tensor_count(&d->out) + 1, sizeof(double));
}

void trial_done(struct trial_data *d) {
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        free(d->bytes[i]);
    free(d->want);
    *d = (struct trial_data){0};
}

void trial_expect(struct trial_data *d) {
    struct plain p;
    plain_init(&p, &d->call);
    plain_op(&p, d->want);
    plain_done(&p);
}

/* What a dtype makes of a float; conversions have a test of their own. */
static void round_rows(const struct tensor *x, enum dtype dtype) {
    for (int64_t r = 0; r < tensor_rows(x); r++)
        for (int64_t i = 0; i < tensor_row_len(x); i++) {
            float *own = (float *)tensor_row(x, r) + i * tensor_row_stride(x);
            uint64_t stored = 0;
            dtype_convert(&stored, dtype, own, DTYPE_F32, 1);
            dtype_convert(own, DTYPE_F32, &stored, dtype, 1);
        }
}

void trial_expect_rounded(struct trial_data *d, enum dtype dtype, double *want) {
    void *kept = xcalloc(d->size[0] + 1, 1);
    double *own = d->want;
    memcpy(kept, d->bytes[0], d->size[0]);
    if (tensor_count(&d->in[0]))
        round_rows(&d->in[0], dtype);
    d->want = want;
    trial_expect(d);
    d->want = own;
    memcpy(d->bytes[0], kept, d->size[0]);
    free(kept);
}

void trial_rounding(const struct trial_data *d, double *bound) {
    struct plain p;
    plain_init(&p, &d->call);
    plain_rounding(&p, bound);
    plain_done(&p);
}

/* Puts the result into a slice of a wider buffer, or into every other number of one, so that
 * strides of results are tried, too. */
static struct value *place(struct graph *g, const struct trial *t, struct value *out,
                           struct value **whole) {
    int last = out->t.rank - 1;
    int64_t shape[TENSOR_RANK_MAX];
    *whole = out;
    if (last < 1 || op_writes_input(t->op) >= 0 ||
        (t->layout != LAYOUT_GAPS && t->layout != LAYOUT_STEP))
        return out;
    memcpy(shape, out->t.shape, sizeof(shape));
    struct value *view;
    if (t->layout == LAYOUT_GAPS) {
        shape[last] += 5;
        *whole = graph_buffer(g, out->t.dtype, last + 1, shape);
        view = graph_narrow(g, *whole, last, 2, out->t.shape[last]);
    } else {
        shape[last + 1] = 2;
        *whole = graph_buffer(g, out->t.dtype, last + 2, shape);
        view = graph_reshape(g, graph_narrow(g, *whole, last + 1, 1, 1), last + 1, out->t.shape);
    }
    graph_into(g, out, view);
    return view;
}

/* Whether all bytes of whole that are not in inside are still 0xff. */
static bool gaps_are_untouched(const struct tensor *whole, const struct tensor *inside) {
    size_t size = dtype_size(inside->dtype);
    const unsigned char *bytes = whole->data;
    for (int64_t r = 0; tensor_count(inside) && r < tensor_rows(inside); r++)
        for (int64_t i = 0; i < tensor_row_len(inside); i++) /* which may be anything */
            memset((char *)tensor_row(inside, r) + i * tensor_row_stride(inside) * (int64_t)size,
                   0xff, size);
    for (size_t i = 0; i < tensor_size(whole); i++)
        if (bytes[i] != 0xff)
            return false;
    return true;
}

static int read_result(const struct value *view, const struct value *whole,
                       const struct tensor *result, struct device *dev, float *got) {
    size_t size = tensor_span(&whole->t);
    unsigned char *host = xcalloc(size + 1, 1);
    int rc = size ? device_read(dev, host, result->data, size) : 0;
    struct tensor from = view->t, to, all = whole->t;
    from.data = host + (size_t)(view == whole ? 0 : view->offset) * dtype_size(view->t.dtype);
    all.data = host;
    CHECK(tensor_init(&to, DTYPE_F32, from.rank, from.shape) == 0);
    to.data = got;
    if (rc == 0)
        tensor_copy(&to, &from);
    if (rc == 0 && view != whole && !gaps_are_untouched(&all, &from))
        rc = err_set(ERR_FORMAT, "it wrote between the rows of its result");
    free(host);
    return rc;
}

static const char *kernel;

const char *trial_kernel(void) {
    return kernel;
}

static bool is_rounding(const char *name) {
    const char *suffix = strrchr(name, '_');
    return suffix && (strcmp(suffix, "_q8") == 0 || strcmp(suffix, "_bf16") == 0);
}

/* Of the parts of a composite, one that rounds x. */
static void note_kernel(const struct plan *p) {
    struct plan_route r;
    for (int i = plan_len(p) - 1; i >= 0; i--) {
        plan_route(p, i, &r);
        if (i == plan_len(p) - 1 || is_rounding(r.kernel))
            kernel = r.kernel;
    }
}

static int run_plan(const struct graph *g, struct device *dev, unsigned flags,
                    const struct value *view, const struct value *whole, float *got) {
    struct plan *p = NULL;
    struct buffer workspace = {0};
    int rc = plan_new(&p, g, dev, flags);
    if (rc == 0)
        note_kernel(p);
    if (rc == 0)
        rc = buffer_init(&workspace, dev, plan_bytes(p) + 64);
    if (rc == 0) {
        void *nan = xcalloc(workspace.size, 1);
        memset(nan, 0xff, workspace.size);
        rc = buffer_write(&workspace, 0, nan, workspace.size);
        free(nan);
    }
    if (rc == 0)
        rc = plan_use(p, &workspace);
    if (rc == 0)
        rc = plan_run(p, NULL, NULL);
    if (rc == 0)
        rc = read_result(view, whole, plan_output(p, "whole"), dev, got);
    plan_free(p);
    buffer_done(&workspace);
    return rc;
}

/* Whether input i is a matrix of the model's, which a device may lay out otherwise. */
static bool is_matrix(const struct op_call *call, int i) {
    return i > 0 ? i <= op_matrices(call) : call->op == OP_GET_ROWS;
}

static void pack(struct device *dev, struct tensor *t) {
    if (!dev->backend->packs || !dev->backend->packs(dev, t))
        return;
    dev->backend->pack(dev, t->data, t);
    t->layout = TENSOR_PANELS;
}

int trial_run(const struct trial *t, const struct trial_data *d, struct device *dev, unsigned flags,
              float *got) {
    struct buffer buffers[OP_INPUTS_MAX] = {{0}};
    struct tensor in[OP_INPUTS_MAX];
    struct value *values[OP_INPUTS_MAX] = {NULL}, *whole;
    struct graph g;
    int rc = 0;
    graph_init(&g);
    for (int i = 0; rc == 0 && i < OP_INPUTS_MAX; i++) {
        if (!d->call.in[i])
            continue;
        rc = buffer_init(&buffers[i], dev, d->size[i] + 64);
        if (rc == 0)
            rc = buffer_write(&buffers[i], 0, d->bytes[i], d->size[i]);
        in[i] = d->in[i];
        in[i].data = buffers[i].data;
        if (rc == 0 && is_matrix(&d->call, i))
            pack(dev, &in[i]);
        values[i] = graph_weight(&g, "input", &in[i]);
    }
    struct value *out = graph_op(&g, t->op, &t->params, values);
    struct value *view = place(&g, t, out, &whole);
    graph_output(&g, "whole", whole);
    if (rc == 0)
        rc = run_plan(&g, dev, flags, view, whole, got);
    graph_done(&g);
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        buffer_done(&buffers[i]);
    return rc;
}

const char *trial_text(const struct trial *t, char text[TRIAL_TEXT]) {
    static const char *const layouts[] = {"plain", "gaps", "step", "turned"};
    static const char *const fills[] = {"normal", "wide", "extreme", "special"};
    int len = snprintf(text, TRIAL_TEXT, "%s %s %s %s [", op_name(t->op), dtype_name(t->dtype),
                       layouts[t->layout], fills[t->fill]);
    for (int i = 0; i < TRIAL_DIMS; i++)
        len +=
            snprintf(text + len, TRIAL_TEXT - (size_t)len, "%s%" PRId64, i ? " " : "", t->dim[i]);
    snprintf(text + len, TRIAL_TEXT - (size_t)len, "] masks %u window %" PRId64 "%s", t->masks,
             t->params.window, t->params.causal ? " causal" : "");
    return text;
}
