/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/hard.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/map.h"
#include "engine/check/audit.h"
#include "engine/check/bench.h"
#include "engine/check/check.h"
#include "engine/check/load.h"
#include "engine/check/plain.h"
#include "engine/check/watched.h"
#include "engine/run/model.h"

/* ---- numbers ---- */

enum kind {
    KIND_FAR,     /* about 1, round 10000 */
    KIND_CLOSE,   /* the next few floats to 10000 */
    KIND_WIDE,    /* from 1e-6 to 1e3 */
    KIND_OUTLIER, /* one of 1000 among thousandths */
    KIND_ALIKE,
    KIND_ZERO,
    KIND_TINY, /* 1e-34, and denormals */
    KIND_HUGE, /* 1e20, whose squares no float holds */
    KINDS,
};

static const char *const kind_names[KINDS] = {
    [KIND_FAR] = "rows far from zero",    [KIND_CLOSE] = "rows next to their mean",
    [KIND_WIDE] = "rows of nine decades", [KIND_OUTLIER] = "rows with an outlier",
    [KIND_ALIKE] = "rows of one number",  [KIND_ZERO] = "rows of zeros",
    [KIND_TINY] = "rows with denormals",  [KIND_HUGE] = "rows of huge numbers",
};

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
static double number(enum kind kind, int64_t r, int64_t i, int64_t len, uint64_t *state) {
    switch (kind) {
    case KIND_FAR:
        return 10000 + normal(state);
    case KIND_CLOSE:
        return 10000 + (double)(draw(state) % 7) * 0x1p-10;
    case KIND_WIDE:
        return normal(state) * pow(10, uniform(state) * 9 - 6);
    case KIND_OUTLIER:
        return i == r % len ? (r % 2 ? -1000 : 1000) : normal(state) * 1e-3;
    case KIND_ALIKE:
        return r % 2 ? -0.7 * (double)(r + 1) : 3.1 * (double)(r + 1);
    case KIND_HUGE:
        return normal(state) * 1e20;
    case KIND_TINY:
        return normal(state) * (i % 3 == 1 ? 1e-40 : 1e-34);
    default:
        return 0;
    }
}

/* ---- one op ---- */

/* Inputs of its own in the places of what is computed, with the strides of the plan's. */
struct trial {
    struct op_call call, rows; /* rows: the same with plain rows, whatever the device likes */
    struct tensor in[OP_INPUTS_MAX], out;
    void *bytes[OP_INPUTS_MAX];
    struct graph graph;
    struct plan *plan;
    const char *kernel; /* that rounds activations, else the last */
    bool rounds;        /* to eight bits */
    struct plain plain;
    double *want, *bound; /* [count of out] */
    struct tensor got, wanted;
};

static bool is_cache(enum op op, int i) {
    return (op == OP_ATTENTION && i == 2) ||
           (i == 1 && (op == OP_KV_STORE || op == OP_ATTENTION || op == OP_ATTN_SCORES ||
                       op == OP_ATTN_VALUES));
}

static bool is_id(enum op op, int i) {
    return (op == OP_GET_ROWS || op == OP_ROPE) && i == 1;
}

static bool is_drawn(const struct plan_route *r, int i) {
    const struct tensor *t = r->in[i];
    if (is_id(r->op, i) || is_cache(r->op, i))
        return true;
    return t && !r->is_weight[i] && !r->names[i] && t->dtype == DTYPE_F32;
}

/* The ends of a table; positions that no text of a fixture has. */
static void draw_ids(const struct trial *t) {
    static const int32_t positions[] = {0, 1, 131071, 2, 4095, 7, 100};
    int32_t *ids = t->in[1].data, last = (int32_t)t->call.in[0]->shape[0] - 1;
    const int32_t rows[] = {last, 0, last / 2};
    for (int64_t i = 0; i < t->in[1].shape[0]; i++)
        ids[i] = t->call.op == OP_ROPE ? positions[i % 7] : rows[i % 3];
}

/* Scores of large numbers have no fraction in f32, and then an attention says nothing but which is
 * the largest. So queries and keys are no larger than about 1, whatever the scale is. */
static double shrunk(const struct trial *t, int i, enum kind kind) {
    static const double size[KINDS] = {1e4, 1e4, 1e3, 1e3, 16, 1, 1, 1e20};
    bool scores = t->call.op == OP_ATTENTION || t->call.op == OP_ATTN_SCORES;
    if (!scores || i > 1)
        return 1;
    double d = (double)t->in[0].shape[3];
    return i == 1 ? 1 / size[kind] : 1 / (size[kind] * sqrt(d) * t->call.params.scale);
}

/* Of two operands each has numbers of another kind. */
static enum kind kind_of(const struct trial *t, int i, enum kind kind) {
    bool binary = t->call.op == OP_ADD || t->call.op == OP_MUL;
    return binary && i == 1 ? (kind + 2) % KINDS : kind;
}

static void draw_input(const struct trial *t, int i, enum kind asked) {
    const struct tensor *in = &t->in[i];
    enum kind kind = kind_of(t, i, asked);
    uint64_t state = (uint64_t)t->call.op * 1000003u + (uint64_t)kind * 101u + (uint64_t)i;
    int64_t rows = tensor_count(in) ? tensor_rows(in) : 0, len = tensor_row_len(in);
    double by = shrunk(t, i, kind);
    if (is_id(t->call.op, i)) {
        draw_ids(t);
        return;
    }
    for (int64_t r = 0; r < rows; r++)
        for (int64_t n = 0; n < len; n++) {
            double x = number(kind, r, n, len, &state) * by;
            char *at = tensor_row(in, r);
            at += n * tensor_row_stride(in) * (int64_t)dtype_size(in->dtype);
            dtype_convert(at, in->dtype, &x, DTYPE_F64, 1);
        }
}

/* What lies between the rows is NaN, and not to be read. */
static void give_bytes(struct trial *t, int i) {
    size_t size = (tensor_span(&t->in[i]) / 64 + 1) * 64;
    t->bytes[i] = xaligned(64, size);
    memset(t->bytes[i], 0xff, size);
    t->in[i].data = t->bytes[i];
}

/* False where an input is nothing that can be drawn, or that anyone else can read. */
static bool find_inputs(struct trial *t, const struct plan_route *r, const struct weights *rows) {
    for (int i = 0; i < OP_INPUTS_MAX; i++) {
        const struct tensor *in = t->call.in[i];
        if (!in)
            continue;
        if (in->layout != TENSOR_ROWS)
            t->rows.in[i] = r->names[i] ? weights_find(rows, r->names[i]) : NULL;
        if (!t->rows.in[i] || !tensor_same_shape(in, t->rows.in[i]))
            return false;
        if (!is_drawn(r, i))
            continue;
        if (dtype_is_block(in->dtype))
            return false;
        t->in[i] = *in;
        give_bytes(t, i);
        t->call.in[i] = t->rows.in[i] = &t->in[i];
    }
    return true;
}

static bool is_rounding(const char *kernel) {
    size_t len = strlen(kernel);
    return len > 3 && strcmp(kernel + len - 3, "_q8") == 0;
}

static int make_plan(struct trial *t, struct device *dev) {
    struct value *in[OP_INPUTS_MAX] = {NULL};
    struct plan_route r;
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        in[i] = t->call.in[i] ? graph_weight(&t->graph, "input", t->call.in[i]) : NULL;
    graph_output(&t->graph, "out", graph_op(&t->graph, t->call.op, &t->call.params, in));
    int rc = plan_new(&t->plan, &t->graph, dev, PLAN_NO_REUSE);
    for (int i = 0; rc == 0 && i < plan_len(t->plan); i++) {
        plan_route(t->plan, i, &r);
        t->kernel = t->rounds ? t->kernel : r.kernel;
        t->rounds = t->rounds || is_rounding(r.kernel);
    }
    return rc;
}

static struct tensor floats_like(const struct tensor *t) {
    struct tensor out;
    CHECK(tensor_init(&out, DTYPE_F32, t->rank, t->shape) == 0);
    out.data = xaligned(64, (tensor_size(&out) / 64 + 1) * 64);
    return out;
}

/* 0; 1 when the op cannot be tried; or a failure. */
static int trial_init(struct trial *t, const struct plan_route *r, const struct op_call *call,
                      const struct weights *rows, struct device *dev) {
    *t = (struct trial){.call = *call, .rows = *call};
    graph_init(&t->graph);
    t->call.scratch = t->rows.scratch = NULL;
    if (!find_inputs(t, r, rows))
        return 1;
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

static void trial_done(struct trial *t) {
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
static void compare_bound(const struct trial *t, struct compare_total *total) {
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

static int trial_run(struct trial *t, enum kind kind, struct compare_total *total) {
    char key[COMPARE_KEY_SIZE];
    float *wanted = t->wanted.data;
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (t->bytes[i]) {
            draw_input(t, i, kind);
            plain_read(&t->plain, i);
        }
    plain_op(&t->plain, t->want);
    for (int64_t i = 0; i < tensor_count(&t->wanted); i++)
        wanted[i] = (float)t->want[i];
    int rc = plan_run(t->plan, NULL, NULL);
    if (rc < 0)
        return rc;
    tensor_copy(&t->got, plan_output(t->plan, "out"));
    if (t->rounds) {
        compare_bound(t, total);
        return 0;
    }
    (void)snprintf(key, sizeof(key), "%s of %s", t->kernel, kind_names[kind]);
    return compare_alike(total, key, &t->got, &t->wanted, NULL, audit_limit(&t->call, t->kernel));
}

/* ---- all ops ---- */

struct hard {
    struct case_run *c;
    struct device *dev;
    struct load rows;
    struct hard_finding *out;
    struct map seen; /* ops by all that they are, but for their numbers */
    int tried;
};

static const char *key_of(struct hard *h, const struct plan_route *r) {
    const struct op_params *p = r->params;
    char text[TENSOR_TEXT_SIZE];
    const char *key = arena_printf(&h->c->arena, "%s %a %a %lld %d %d %d %d", r->kernel, p->eps,
                                   p->scale, (long long)p->window, p->causal, (int)p->rope_layout,
                                   (int)p->dtype, (int)p->act);
    for (int i = 0; i < OP_INPUTS_MAX; i++) {
        if (!r->in[i])
            continue;
        key = arena_printf(&h->c->arena, "%s, %d %s", key, i, tensor_text(r->in[i], text));
        for (int d = 0; d < r->in[i]->rank; d++)
            key = arena_printf(&h->c->arena, "%s %lld", key, (long long)r->in[i]->stride[d]);
    }
    return key;
}

static bool is_new(struct hard *h, const struct plan_route *r) {
    const char *key = key_of(h, r);
    return map_add(&h->seen, key, strlen(key), 0);
}

static void note(struct hard *h, const struct plan *p, int node, const struct trial *t,
                 enum kind kind, const struct compare_total *total) {
    struct hard_finding *f = h->out;
    if (!f || f->found)
        return;
    *f = (struct hard_finding){.found = true,
                               .op = t->call.op,
                               .numbers = kind_names[kind],
                               .nmse = total->nmse,
                               .max_abs = total->max_abs,
                               .limit = total->nmse_limit};
    f->stage = plan_stage(p, node, &f->layer);
    (void)snprintf(f->kernel, sizeof(f->kernel), "%s", t->kernel);
    (void)op_shapes(&t->call, f->shapes);
}

static int try_all(struct hard *h, const struct plan *p, int node, struct trial *t) {
    int rc = 0;
    for (int kind = 0; rc == 0 && kind < KINDS; kind++) {
        struct compare_total total = {0};
        if (kind == KIND_HUGE &&
            t->call.op == OP_GATED) /* no float holds what comes of it, either */
            continue;
        rc = case_broken(h->c, trial_run(t, (enum kind)kind, &total));
        if (total.wrong)
            note(h, p, node, t, (enum kind)kind, &total);
        compare_add(&h->c->total, &total);
    }
    return rc;
}

static int see_node(void *arg, const struct plan *p, int node, bool ran,
                    const struct op_call *call) {
    struct hard *h = arg;
    struct plan_route r;
    struct trial t;
    plan_route(p, node, &r);
    if (ran || tensor_count(call->out) == 0 || !is_new(h, &r))
        return 0;
    int rc = trial_init(&t, &r, call, &h->rows.weights, h->dev);
    if (rc == 0) {
        h->tried++;
        rc = try_all(h, p, node, &t);
    }
    trial_done(&t);
    return rc < 0 ? rc : 0;
}

static int run_all(struct hard *h, const struct feed *feed) {
    static const struct watched_options ways[] = {
        {.few = 1},
        {.plan_flags = PLAN_UNFUSED},
    };
    const struct plan_watch watch = {NULL, see_node, h};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(ways) / sizeof(ways[0]); i++)
        rc = watched_run(h->c, feed, &ways[i], &watch);
    return rc;
}

int hard_run(struct case_run *c, struct hard_finding *out) {
    struct hard h = {.c = c, .out = out};
    struct weights_options options;
    struct model *model;
    struct feed feed;
    bench_weights_options(c, &options);
    int rc = watched_feed(c, &feed);
    if (rc == 0)
        rc = bench_model(c, c->folder, 0, &model);
    if (rc == 0)
        rc = load_open(&h.rows, c->folder, 0, &options);
    if (rc == 0) {
        h.dev = model->device;
        rc = run_all(&h, &feed);
    }
    if (rc == 0)
        compare_fact(&c->total, h.tried > 0, "no op could be tried alone");
    map_done(&h.seen);
    load_done(&h.rows);
    return rc;
}
