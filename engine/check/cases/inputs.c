/* SPDX-License-Identifier: Apache-2.0 */
/* What goes in and what is asked for: positions and their rotations, embeddings instead of ids,
 * logits of some tokens only. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/bench.h"
#include "engine/check/case.h"
#include "engine/check/check.h"
#include "engine/check/load.h"
#include "engine/graph/plan.h"

/* The rotation of (1, 0) in every plane is (cos, sin): [N,1,r] → cos in the first half of r, sin
 * in the second. */
static int rotate_units(struct case_run *c, const struct model *m, const struct tensor *positions,
                        struct tensor *out) {
    const struct rope *rope = &m->config.rope;
    int64_t n = tensor_count(positions), r = rope->dim;
    struct rope_state state = {.inv_freq = arena_array(&c->arena, (size_t)r, sizeof(float))};
    struct tensor pos = feed_pack(c, positions, DTYPE_I32);
    struct tensor x = case_tensor(c, DTYPE_F32, SHAPE(n, 1, r));
    struct tensor freq = case_tensor(c, DTYPE_F32, SHAPE(r / 2));
    struct graph g;
    struct plan *plan = NULL;
    CHECK(tensor_reshape(&pos, &pos, SHAPE(n)) == 0);
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < r / 2; k++)
            ((float *)x.data)[i * r + k] = 1;
    rope_init(rope, &state);
    memcpy(freq.data, state.inv_freq, tensor_size(&freq));
    graph_init(&g);
    graph_output(&g, "out",
                 graph_rope(&g, graph_input(&g, "x", DTYPE_F32, SHAPE(n, 1, r)),
                            graph_input(&g, "pos", DTYPE_I32, SHAPE(n)),
                            graph_input(&g, "freq", DTYPE_F32, SHAPE(r / 2)), ROPE_HALF,
                            rope->attention));
    int rc = plan_new(&plan, &g, m->device, 0);
    if (rc == 0)
        rc = plan_bind(plan, "x", &x);
    if (rc == 0)
        rc = plan_bind(plan, "pos", &pos);
    if (rc == 0)
        rc = plan_bind(plan, "freq", &freq);
    if (rc == 0)
        rc = plan_run_watched(plan, bench_watched(check_bench(c->check)));
    if (rc == 0)
        *out = feed_pack(c, plan_output(plan, "out"), DTYPE_F32);
    plan_free(plan);
    graph_done(&g);
    return rc;
}

/* HF writes each angle twice, once a half; one of them is enough. */
static int compare_angles(struct case_run *c, const char *name, const struct tensor *units,
                          int64_t begin, const struct tensor *positions) {
    struct tensor got, want;
    int64_t half = units->shape[2] / 2;
    int rc = case_expect_any(c, name, &want);
    if (rc < 0)
        return rc;
    CHECK(tensor_narrow(&got, units, 2, begin, half) == 0);
    struct tensor copy = feed_pack(c, &got, DTYPE_F32);
    CHECK(tensor_reshape(&copy, &copy, SHAPE(positions->shape[0], positions->shape[1], half)) == 0);
    if (want.rank == 3 && want.shape[2] == 2 * half)
        CHECK(tensor_narrow(&want, &want, 2, 0, half) == 0);
    return case_broken(c, compare_tensors(&c->total, name, &copy, &want, NULL, &tolerance_element));
}

/* Positions left to the engine give what the reference's positions give. */
static int compare_positions(struct case_run *c, const struct feed *feed,
                             const struct tensor *positions) {
    struct feed given = *feed, left = *feed;
    struct capture a, b;
    given.positions = *positions;
    left.positions.rank = -1;
    int rc = bench_forward(c, NULL, &given, 0, &a);
    if (rc == 0)
        rc = bench_forward(c, NULL, &left, 0, &b);
    return rc != 0 ? rc
                   : capture_same(c, "positions", &a, &b,
                                  feed_has(&feed->mask) ? &feed->mask : NULL, &tolerance_exact);
}

static int run_rope_positions(struct case_run *c) {
    struct model *m;
    struct feed feed;
    struct tensor positions, units;
    int rc = bench_model(c, c->folder, 0, &m);
    if (rc == 0)
        rc = feed_of_case(c, &feed);
    if (rc == 0)
        rc = case_expect(c, "position_ids", &positions);
    if (rc == 0)
        rc = compare_positions(c, &feed, &positions);
    if (rc != 0 || !case_has_expect(c, "cos"))
        return rc;
    rc = rotate_units(c, m, &positions, &units);
    if (rc == 0)
        rc = compare_angles(c, "cos", &units, 0, &positions);
    return rc != 0 ? rc : compare_angles(c, "sin", &units, units.shape[2] / 2, &positions);
}

/* Logits of the kept tokens, against those of all; `chunk` tokens are computed at once. */
static int compare_kept(struct case_run *c, const struct feed *feed, const struct tensor *all,
                        const int32_t *keep, int64_t len, int64_t chunk) {
    const struct bench_options options = {.chunk = chunk};
    struct feed some = *feed;
    struct capture k;
    some.keep = keep;
    some.keep_len = len;
    int rc = bench_forward(c, &options, &some, FEED_QUIET, &k);
    const struct tensor *got = rc == 0 ? capture_output(&k, "logits") : NULL;
    if (rc < 0 || !compare_fact(&c->total, got != NULL, "no logits are computed"))
        return rc;
    compare_fact(&c->total, got->shape[1] == len, "%" PRId64 " rows of logits, not %" PRId64,
                 got->shape[1], len);
    for (int64_t i = 0; rc == 0 && i < len && i < got->shape[1]; i++) {
        struct tensor a = capture_tokens(got, i, 1), b = capture_tokens(all, keep[i], 1);
        rc = case_same(c, "kept logits", &a, &b, c->tolerance);
    }
    return rc;
}

/* The last k tokens for each k, 0 meaning all; in one step, and in chunks that each keep some. */
static int run_logits_to_keep(struct case_run *c) {
    struct json list;
    struct feed feed;
    struct capture full;
    int64_t chunk = 0;
    int rc = case_broken(c, json_array(case_params(c), "keep", &list));
    if (rc == 0)
        rc = case_broken(c, json_opt_int(case_params(c), "chunk", 1, INT32_MAX, &chunk));
    if (rc == 0)
        rc = feed_of_case(c, &feed);
    if (rc == 0)
        rc = bench_forward(c, NULL, &feed, FEED_QUIET, &full);
    const struct tensor *all = rc == 0 ? capture_output(&full, "logits") : NULL;
    if (rc < 0 || !compare_fact(&c->total, all != NULL, "no logits are computed"))
        return rc;
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        int64_t k, tokens = feed_tokens(&feed);
        rc = case_broken(c, json_as_int(v, 0, tokens, &k));
        if (rc < 0)
            break;
        int64_t len = k ? k : tokens;
        int32_t *keep = arena_array(&c->arena, (size_t)len, sizeof(*keep));
        for (int64_t i = 0; i < len; i++)
            keep[i] = (int32_t)(tokens - len + i);
        rc = compare_kept(c, &feed, all, keep, len, 0);
        if (rc == 0 && chunk)
            rc = compare_kept(c, &feed, all, keep, len, chunk);
    }
    return rc;
}

/* Rows of the embedding table as the cell stores it. */
static int look_up(struct case_run *c, const struct tensor *ids, struct tensor *out) {
    struct weights_options options;
    struct load l;
    bench_weights_options(c, &options);
    int rc = load_open(&l, c->folder, 0, &options);
    if (rc < 0)
        return rc;
    const struct tensor *table = l.weights.globals.embed;
    struct tensor flat = feed_copy_ints(c, ids);
    int64_t width = table->shape[1];
    *out = case_tensor(c, DTYPE_F32, SHAPE(ids->shape[0], ids->shape[1], width));
    for (int64_t i = 0; rc == 0 && i < tensor_count(ids); i++) {
        int64_t id = ((int64_t *)flat.data)[i];
        if (id < 0 || id >= table->shape[0])
            rc = case_broken(c, err_set(ERR_FORMAT, "the id %" PRId64 " is outside the table", id));
        else
            dtype_convert((float *)out->data + i * width, DTYPE_F32, tensor_row(table, id),
                          table->dtype, width);
    }
    load_done(&l);
    return rc;
}

/* Whichever of the heads' outputs the case has a golden of. */
static int compare_logits(struct case_run *c, const struct capture *got,
                          const struct tensor *mask) {
    static const char *const outputs[] = {"logits", "prediction_logits"};
    for (int i = 0; i < 2; i++) {
        const struct tensor *logits = capture_output(got, outputs[i]);
        if (!logits || !case_has_expect(c, outputs[i]))
            continue;
        int rc =
            case_compare_as(c, outputs[i], logits, feed_has(mask) ? mask : NULL, &tolerance_final);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int run_inputs_embeds(struct case_run *c) {
    struct feed ids, embeds, both;
    struct capture a, b;
    int rc = feed_of_case(c, &ids);
    if (rc < 0)
        return rc;
    embeds = both = ids;
    rc = look_up(c, &ids.ids, &embeds.embeds);
    if (rc < 0)
        return rc;
    both.embeds = embeds.embeds;
    embeds.ids.rank = -1;
    rc = bench_forward(c, NULL, &ids, 0, &a);
    if (rc == 0)
        rc = bench_forward(c, NULL, &embeds, 0, &b);
    if (rc == 0)
        rc = capture_same(c, "embeddings", &a, &b, NULL, &tolerance_exact);
    if (rc == 0)
        compare_fact(&c->total, bench_forward(c, NULL, &both, 0, NULL) < 0,
                     "ids and embeddings together are accepted");
    return rc < 0 ? rc : compare_logits(c, &b, &ids.mask);
}

static const struct case_type types[] = {
    {"rope_positions", "B2",  "XE", run_rope_positions},
    {"logits_to_keep", "B11", "S",  run_logits_to_keep},
    {"inputs_embeds",  "B12", "X",  run_inputs_embeds },
    CASE_END_ROW,
};

const struct case_group case_inputs = {"inputs", types};
