/* SPDX-License-Identifier: Apache-2.0 */
/* Formats of weights: each node of a run as production makes it, activations of 8 bits included,
 * against another device on the inputs that the node had. */
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/check/audit.h"
#include "engine/check/bench.h"
#include "engine/check/check.h"
#include "engine/check/load.h"

/* Who else computes: the reference, or where that is tried itself the plainest kernels. Weights
 * are plain rows there. */
struct court {
    struct audit *audit;
    struct device *judge;
    struct load rows;
    struct plan_watch mine, outer;
};

static const struct tensor *rows_of(void *arg, const char *name) {
    const struct court *court = arg;
    return weights_find(&court->rows.weights, name);
}

static int see_stage(void *arg, enum stage stage, int layer, const struct tensor *t) {
    const struct court *court = arg;
    return court->outer.stage(court->outer.arg, stage, layer, t);
}

static int see_node(void *arg, const struct plan *p, int node, bool ran,
                    const struct op_call *call) {
    const struct court *court = arg;
    int rc = court->outer.node ? court->outer.node(court->outer.arg, p, node, ran, call) : 0;
    return rc < 0 ? rc : court->mine.node(court->mine.arg, p, node, ran, call);
}

static int court_open(struct court *court, struct case_run *c) {
    const struct device_options exact = {.threads = 1, .exact = true};
    struct bench *bench = check_bench(c->check);
    struct weights_options options;
    bool is_reference = strcmp(bench_backend(bench), "cpu") == 0;
    *court = (struct court){.outer = *bench_watched(bench)};
    bench_weights_options(c, &options);
    int rc = device_open(&court->judge, is_reference ? "cpu-native.plain" : "cpu", &exact);
    if (rc == 0)
        rc = load_open(&court->rows, c->folder, 0, &options);
    if (rc < 0)
        return rc;
    const struct audit_options audit = {.judge = court->judge, .rows = rows_of, .arg = court};
    audit_new(&court->audit, &audit);
    court->mine = audit_watch(court->audit);
    const struct plan_watch both = {court->outer.stage ? see_stage : NULL, see_node, court};
    bench_watch(bench, &both);
    return 0;
}

static void court_close(struct court *court, struct case_run *c) {
    bench_watch(check_bench(c->check), &court->outer);
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

/* The prompt, and again its last few tokens behind the rest: each of the numbers that are computed
 * as if one by one takes another way through the kernels. */
static int run_prompt(struct case_run *c, const struct feed *feed) {
    enum { FEW = 8 };
    int64_t rows = feed_rows(feed), tokens = feed_tokens(feed);
    const struct bench_options room = {.rows = rows, .capacity = tokens};
    struct session *s = NULL;
    int rc = bench_session(c, &room, &s);
    if (rc == 0)
        rc = bench_step(c, s, feed, FEED_QUIET, NULL);
    for (int64_t n = tokens < FEW ? tokens : FEW; rc == 0 && n > 0; n--) {
        struct feed last = feed_of_tokens(feed, tokens - n, n);
        rc = session_crop(s, session_length(s) > 0 ? tokens - n : 0);
        if (rc == 0)
            rc = bench_step(c, s, &last, FEED_QUIET, NULL);
    }
    bench_session_done(c, s);
    return rc;
}

/* F8: each node of what production runs. */
static int run_products(struct case_run *c) {
    struct court court;
    struct feed feed;
    int rc = json_exists(json_member(case_params(c), "ids")) ? feed_of_params(c, &feed)
                                                             : feed_of_case(c, &feed);
    if (rc < 0)
        return rc;
    rc = court_open(&court, c);
    if (rc == 0)
        rc = run_prompt(c, &feed);
    if (rc == 0)
        pass_sentence(c, court.audit);
    court_close(&court, c);
    return rc;
}

static const struct case_type types[] = {
    {"products", "F8", "Q", run_products},
    CASE_END_ROW,
};

const struct case_group case_formats = {"formats", types};
