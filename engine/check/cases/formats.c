/* SPDX-License-Identifier: Apache-2.0 */
/* Formats of weights: each node of a run as production makes it, activations of 8 bits included,
 * against another device on the inputs that the node had. */
#include <stdlib.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/check/audit.h"
#include "engine/check/bench.h"
#include "engine/check/check.h"
#include "engine/check/encoded.h"
#include "engine/check/load.h"
#include "engine/check/watched.h"

/* Who else computes: the reference, or where that is tried itself the plainest kernels. Weights
 * are plain rows there. */
struct court {
    struct audit *audit;
    struct device *judge;
    struct load rows;
};

static const struct tensor *rows_of(void *arg, const char *name) {
    const struct court *court = arg;
    return weights_find(&court->rows.weights, name);
}

static int court_open(struct court *court, struct case_run *c) {
    const struct device_options exact = {.threads = 1, .exact = true};
    struct weights_options options;
    bool is_reference = strcmp(bench_backend(check_bench(c->check)), "cpu") == 0;
    *court = (struct court){.audit = NULL};
    bench_weights_options(c, &options);
    int rc = device_open(&court->judge, is_reference ? "cpu-native.plain" : "cpu", &exact);
    if (rc == 0)
        rc = load_open(&court->rows, c->folder, 0, &options);
    if (rc < 0)
        return rc;
    const struct audit_options audit = {.judge = court->judge, .rows = rows_of, .arg = court};
    audit_new(&court->audit, &audit);
    return 0;
}

static void court_close(struct court *court) {
    audit_free(court->audit);
    load_done(&court->rows);
    device_close(court->judge);
}

/* Nodes that read blocks. */
static int count_of_blocks(const struct audit *a) {
    const struct plan_route *routes;
    int found = 0;
    for (int run = 0; run < audit_runs(a); run++) {
        int count = audit_routes(a, run, &routes);
        for (int i = 0; i < count; i++)
            for (int j = 0; j < OP_INPUTS_MAX; j++)
                found += routes[i].in[j] && dtype_is_block(routes[i].in[j]->dtype);
    }
    return found;
}

static void pass_sentence(struct case_run *c, const struct audit *a) {
    const struct audit_finding *f = audit_first(a);
    enum dtype dtype;
    bool wants_blocks = dtype_parse(&dtype, check_dtype(c->check)) && dtype_is_block(dtype);
    if (f->found && f->overwritten)
        compare_fact(&c->total, false, "%s reads what was overwritten since it was computed",
                     f->kernel);
    else
        compare_fact(&c->total, !f->found,
                     "%s, layer %d: %s on %s gives an nmse of %.3g (limit %.3g) to %s",
                     stage_name(f->stage), f->layer, f->kernel, f->shapes, f->nmse, f->limit,
                     f->judge_kernel);
    compare_add(&c->total, audit_total(a));
    compare_fact(&c->total, audit_skipped(a) == 0 || f->found, "%lld nodes could not be judged",
                 (long long)audit_skipped(a));
    compare_fact(&c->total, !wants_blocks || count_of_blocks(a) > 0, "no node reads blocks");
}

/* F8: each node of what production runs. */
static int run_products(struct case_run *c) {
    struct watched_options options = {.few = 8};
    struct court court;
    struct feed feed;
    int rc = watched_feed(c, &feed);
    if (rc == 0)
        rc = case_broken(
            c, json_opt_int(case_params(c), "split", 1, feed_tokens(&feed) - 1, &options.split));
    if (rc < 0)
        return rc;
    rc = court_open(&court, c);
    if (rc == 0) {
        const struct plan_watch watch = audit_watch(court.audit);
        rc = watched_run(c, &feed, &options, &watch);
    }
    if (rc == 0)
        pass_sentence(c, court.audit);
    court_close(&court);
    return rc;
}

/* ---- blocks made of numbers ---- */

struct made {
    double *x, *y;            /* [room] */
    struct numbers_gap *gaps; /* [room] */
    int64_t room;
    struct encoded all;
};

static void made_row(struct case_run *c, struct made *m, const char *name, const struct tensor *to,
                     const struct tensor *from, int64_t row) {
    int64_t len = tensor_row_len(to);
    tensor_copy_row(m->x, DTYPE_F64, 1, tensor_row(from, row), from->dtype, tensor_row_stride(from),
                    len);
    numbers_read(m->y, m->gaps, to->dtype, tensor_row(to, row), len);
    int64_t at = encoded_row(&m->all, m->x, m->y, m->gaps, len);
    if (at >= 0)
        compare_fact(&c->total, false, "%s at [%lld, %lld] is %.9g, and in %s it became %.9g", name,
                     (long long)row, (long long)at, m->x[at], dtype_name(to->dtype), m->y[at]);
    compare_count(&c->total, len);
}

static void made_tensor(struct case_run *c, struct made *m, const char *name,
                        const struct tensor *to, const struct tensor *from) {
    int64_t len = tensor_row_len(to);
    if (len > m->room) {
        m->room = len;
        m->x = xrealloc(m->x, (size_t)len * sizeof(*m->x));
        m->y = xrealloc(m->y, (size_t)len * sizeof(*m->y));
        m->gaps = xrealloc(m->gaps, (size_t)len * sizeof(*m->gaps));
    }
    m->all = (struct encoded){.dtype = to->dtype};
    for (int64_t row = 0; row < tensor_rows(to); row++)
        made_row(c, m, name, to, from, row);
    compare_fact(&c->total, encoded_is_near(&m->all),
                 "%s is off by %.3g of its rms in %s, and by %.3g where nothing is searched for",
                 name, encoded_off(&m->all), dtype_name(to->dtype), encoded_plain(&m->all));
}

static bool is_made(const struct tensor *to, const struct tensor *from) {
    return from && dtype_is_block(to->dtype) && !dtype_is_block(from->dtype) &&
           to->layout == TENSOR_ROWS && from->layout == TENSOR_ROWS && tensor_same_shape(to, from);
}

/* F7: what is quantised at load stands for the numbers of the file, as near as its format has
 * them; read by arithmetic of its own. */
static int run_quantised_near(struct case_run *c) {
    struct weights_options options;
    struct load blocks, numbers = {0};
    struct made m = {0};
    int tensors = 0;
    bench_weights_options(c, &options);
    int rc = load_open(&blocks, c->folder, 0, &options);
    if (rc == 0)
        rc = load_open(&numbers, c->folder, 0, NULL);
    for (size_t i = 0; rc == 0 && i < blocks.weights.loaded_len; i++) {
        const struct loaded *to = &blocks.weights.loaded[i];
        const struct tensor *from = to->name ? weights_find(&numbers.weights, to->name) : NULL;
        if (!is_made(&to->tensor, from))
            continue;
        made_tensor(c, &m, to->name, &to->tensor, from);
        tensors++;
    }
    if (rc == 0)
        compare_fact(&c->total, tensors > 0, "nothing was quantised");
    free(m.x);
    free(m.y);
    free(m.gaps);
    load_done(&numbers);
    load_done(&blocks);
    return rc;
}

static const struct case_type types[] = {
    {"products",       "F8", "Q", run_products      },
    {"quantised_near", "F7", "Q", run_quantised_near},
    CASE_END_ROW,
};

const struct case_group case_formats = {"formats", types};
