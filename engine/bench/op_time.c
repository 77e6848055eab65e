/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/op_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"

enum {
    COPIES_MAX = 1024,
    ALIGNMENT = 64,
    NAME_SIZE = 32,
    PATTERN = 4096, /* elements that are drawn; the rest repeats them */
};
static const size_t FOOTPRINT_LEAST = (size_t)64 << 20;

/* A graph of many nodes that compute the same op, each with weights of its own. */
struct bed {
    const struct op_case *c;
    int copies;
    struct graph graph;
    struct plan *plan;
    struct tensor (*in)[OP_INPUTS_MAX]; /* [copies]; inputs in row 0 only */
    void *bytes[OP_INPUTS_MAX];         /* [copies of it] */
};

static size_t padded(const struct tensor *t) {
    return (tensor_size(t) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t resident_bytes(const struct op_case *c) {
    size_t bytes = 0;
    for (int i = 0; i < c->inputs; i++)
        bytes += c->resident[i] ? padded(&c->in[i]) : 0;
    return bytes;
}

/* Numbers around 0, small enough for every format. */
static void fill_floats(const struct tensor *t, void *to) {
    float pattern[PATTERN];
    uint64_t state = 1;
    int64_t count = tensor_count(t);
    for (int i = 0; i < PATTERN; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        pattern[i] = (float)((double)(state >> 40) / (1 << 24) - 0.5);
    }
    for (int64_t at = 0; at < count; at += PATTERN) {
        int64_t n = count - at < PATTERN ? count - at : PATTERN;
        dtype_convert((char *)to + dtype_bytes(t->dtype, at), t->dtype, pattern, DTYPE_F32, n);
    }
}

/* Positions and ids count up; past is what the cache holds before the step. */
static void fill_ints(const struct op_case *c, int input, int32_t *to) {
    const struct tensor *t = &c->in[input];
    bool past = c->op == OP_ATTENTION || c->op == OP_KV_STORE;
    int64_t first = past ? c->in[1].shape[1] - c->in[0].shape[1] : 0;
    for (int64_t i = 0; i < t->shape[0]; i++)
        to[i] = (int32_t)(first + i);
}

/* As a model's weights are when they are loaded: in the order of bytes that the device likes. */
static void pack(struct device *dev, struct tensor *t) {
    if (!dev->backend->packs || !dev->backend->packs(dev, t))
        return;
    dev->backend->pack(dev, t->data, t);
    t->layout = TENSOR_PANELS;
}

static int make_input(struct bed *b, int i, struct device *dev) {
    const struct tensor *t = &b->c->in[i];
    int copies = b->c->resident[i] ? b->copies : 1;
    size_t size = padded(t);
    char *bytes = aligned_alloc(ALIGNMENT, size * (size_t)copies);
    if (!bytes)
        return err_set(ERR_NOMEM, "cannot allocate %d times %zu bytes", copies, size);
    b->bytes[i] = bytes;
    if (t->dtype == DTYPE_I32)
        fill_ints(b->c, i, (int32_t *)(void *)bytes);
    else
        fill_floats(t, bytes);
    for (int k = 1; k < copies; k++)
        memcpy(bytes + size * (size_t)k, bytes, tensor_size(t));
    for (int k = 0; k < copies; k++) {
        b->in[k][i] = *t;
        b->in[k][i].data = bytes + size * (size_t)k;
        if (b->c->resident[i])
            pack(dev, &b->in[k][i]);
    }
    return 0;
}

static void build(struct bed *b) {
    struct value *values[OP_INPUTS_MAX] = {NULL};
    char name[NAME_SIZE];
    for (int k = 0; k < b->copies; k++) {
        for (int i = 0; i < b->c->inputs; i++) {
            const struct tensor *t = &b->in[k][i];
            (void)snprintf(name, sizeof(name), "in%d.%d", i, k);
            if (b->c->resident[i])
                values[i] = graph_weight(&b->graph, name, t);
            else if (k == 0)
                values[i] = graph_input(&b->graph, name, t->dtype, t->rank, t->shape);
        }
        graph_op(&b->graph, b->c->op, &b->c->params, values);
    }
}

static int bind(struct bed *b) {
    char name[NAME_SIZE];
    int rc = 0;
    for (int i = 0; i < b->c->inputs && rc == 0; i++) {
        (void)snprintf(name, sizeof(name), "in%d.0", i);
        if (!b->c->resident[i])
            rc = plan_bind(b->plan, name, &b->in[0][i]);
    }
    return rc;
}

static void bed_done(struct bed *b) {
    plan_free(b->plan);
    graph_done(&b->graph);
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        free(b->bytes[i]);
    free(b->in);
}

static int bed_init(struct bed *b, const struct op_case *c, struct device *dev, size_t footprint,
                    unsigned flags) {
    size_t each = resident_bytes(c);
    size_t copies = each ? (footprint + each - 1) / each : 1;
    *b = (struct bed){.c = c, .copies = copies > COPIES_MAX ? COPIES_MAX : (int)copies};
    b->in = xcalloc((size_t)b->copies, sizeof(*b->in));
    graph_init(&b->graph);
    int rc = 0;
    for (int i = 0; i < c->inputs && rc == 0; i++)
        rc = make_input(b, i, dev);
    if (rc == 0) {
        build(b);
        rc = plan_new(&b->plan, &b->graph, dev, flags);
    }
    return rc == 0 ? bind(b) : rc;
}

static int run_times(struct bed *b, struct device *dev, int64_t times, double *seconds) {
    int64_t begin = clock_mono_ns();
    int rc = 0;
    for (int64_t i = 0; i < times && rc == 0; i++)
        rc = plan_run(b->plan, NULL, NULL);
    if (rc == 0)
        rc = device_sync(dev);
    *seconds = (double)(clock_mono_ns() - begin) * 1e-9;
    return rc;
}

/* The longer of two: to move the bytes, and to do the arithmetic. In seconds; 0 = no ruler. */
static double shortest(struct op_time *out, const struct op_case *c, struct gauge *g,
                       const struct machine *m) {
    double bandwidth = gauge_bandwidth(g, c->bytes * out->copies, &out->limit);
    double move = c->bytes / bandwidth, compute = 0;
    if (c->operations > 0)
        compute = c->operations / gauge_peak(g, c->peak);
    if (compute > move) {
        out->limit = peak_name(c->peak);
        return compute;
    }
    /* What fits into the caches of single cores is bounded by none of our rulers. */
    if (c->bytes * out->copies < (double)m->core_cache_size * m->cores) {
        out->limit = NULL;
        return 0;
    }
    return move;
}

static int time_bed(struct op_time *out, struct bed *b, struct device *dev, struct gauge *g,
                    const struct machine *m, const struct op_time_options *o) {
    double seconds = 0, wanted = o->milliseconds * 1e-3;
    int rc = run_times(b, dev, 1, &seconds); /* plans allocate in their first run */
    if (rc == 0)
        rc = run_times(b, dev, 1, &seconds);
    int64_t times = seconds < wanted ? (int64_t)(wanted / (seconds + 1e-9)) + 1 : 1;
    for (int i = 0; i < o->repetitions && rc == 0; i++) {
        double limit = shortest(out, b->c, g, m);
        rc = run_times(b, dev, times, &seconds);
        double each = seconds / (double)times / out->copies;
        sample_add(&out->seconds, each);
        if (limit > 0)
            sample_add(&out->fraction, limit / each);
    }
    return rc;
}

int op_time_measure(struct op_time *out, const struct op_case *c, struct device *dev,
                    struct gauge *g, const struct machine *machine,
                    const struct op_time_options *o) {
    struct bed b;
    struct plan_route route;
    size_t footprint = o->footprint ? o->footprint : machine->cache_size * 4;
    footprint = footprint || o->footprint ? footprint : FOOTPRINT_LEAST;
    memset(out, 0, sizeof(*out));
    int rc = bed_init(&b, c, dev, footprint, o->strict ? PLAN_STRICT : 0);
    out->copies = b.copies;
    if (rc == 0) {
        plan_route(b.plan, 0, &route);
        out->kernel = route.kernel;
        out->route = route.kind;
        rc = time_bed(out, &b, dev, g, machine, o);
    }
    bed_done(&b);
    return rc;
}
