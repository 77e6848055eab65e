/* SPDX-License-Identifier: Apache-2.0 */
/* Who sees whom: masks given by hand, packed sequences, windows, causality; and that neither
 * threads nor an onlooker change a bit. */
#include <inttypes.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/bench.h"
#include "engine/check/case.h"

static const struct tensor *logits_of(struct case_run *c, const struct capture *k) {
    const struct tensor *t = capture_output(k, "logits");
    compare_fact(&c->total, t != NULL, "no logits are computed");
    return t;
}

/* The tokens of one packed sequence, run on their own. */
static int compare_part(struct case_run *c, const struct feed *packed, const struct tensor *logits,
                        const int64_t *tokens, int64_t len) {
    struct feed one = feed_none();
    struct capture k;
    struct tensor ids = feed_copy_ints(c, &packed->ids);
    one.ids = case_tensor(c, DTYPE_I64, SHAPE(1, len));
    for (int64_t i = 0; i < len; i++)
        *feed_at(&one.ids, 0, i) = *feed_at(&ids, 0, tokens[i]);
    int rc = bench_forward(c, NULL, &one, FEED_QUIET, &k);
    const struct tensor *alone = rc == 0 ? logits_of(c, &k) : NULL;
    for (int64_t i = 0; alone && rc == 0 && i < len; i++) {
        struct tensor a = capture_tokens(logits, tokens[i], 1), b = capture_tokens(alone, i, 1);
        rc = case_same(c, "packed logits", &a, &b, c->tolerance);
    }
    return rc;
}

static int read_tokens(struct case_run *c, struct json list, int64_t max, int64_t **out,
                       int64_t *len) {
    int rc = 0;
    *out = arena_array(&c->arena, json_len(list) + 1, sizeof(**out));
    *len = 0;
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v))
        rc = json_as_int(v, 0, max - 1, &(*out)[(*len)++]);
    return case_broken(c, rc);
}

/* The same, some tokens of the row at a time. */
static int compare_chunks(struct case_run *c, const struct feed *feed,
                          const struct tensor *logits) {
    static const struct bench_options options = {.chunk = 2};
    struct capture k;
    int rc = bench_forward(c, &options, feed, FEED_QUIET, &k);
    const struct tensor *got = rc == 0 ? logits_of(c, &k) : NULL;
    return got ? case_same(c, "logits of chunks", got, logits, c->tolerance) : rc;
}

/* C5: several runs share a prefix in one row. */
static int run_custom_mask(struct case_run *c) {
    struct json runs;
    struct feed feed;
    struct capture k;
    int rc = case_broken(c, json_array(case_params(c), "runs", &runs));
    if (rc == 0)
        rc = feed_of_case(c, &feed);
    if (rc == 0)
        rc = bench_forward(c, NULL, &feed, FEED_QUIET, &k);
    const struct tensor *logits = rc == 0 ? logits_of(c, &k) : NULL;
    if (!logits)
        return rc;
    for (struct json v = json_first(runs); rc == 0 && v.node; v = json_next(v)) {
        int64_t *tokens, len;
        rc = read_tokens(c, v, feed_tokens(&feed), &tokens, &len);
        if (rc == 0)
            rc = compare_part(c, &feed, logits, tokens, len);
    }
    if (rc == 0)
        rc = compare_chunks(c, &feed, logits);
    if (rc == 0 && case_has_expect(c, "logits"))
        rc = case_compare_as(c, "logits", logits, NULL, &tolerance_final);
    return rc;
}

/* C6: sequences one behind the other, each seeing itself only. */
static int run_packing(struct case_run *c) {
    struct json lengths;
    struct feed feed;
    struct capture k;
    int64_t *lens = NULL, count = 0, at = 0;
    int rc = case_broken(c, json_array(case_params(c), "lengths", &lengths));
    if (rc == 0)
        rc = feed_of_case(c, &feed);
    if (rc == 0)
        rc = read_tokens(c, lengths, feed_tokens(&feed) + 1, &lens, &count);
    if (rc == 0)
        rc = bench_forward(c, NULL, &feed, FEED_QUIET, &k);
    const struct tensor *logits = rc == 0 ? logits_of(c, &k) : NULL;
    for (int64_t i = 0; logits && rc == 0 && i < count; i++) {
        int64_t *tokens = arena_array(&c->arena, (size_t)lens[i] + 1, sizeof(*tokens));
        if (lens[i] > feed_tokens(&feed) - at)
            return case_broken(c, err_set(ERR_FORMAT, "params.lengths exceeds the tokens"));
        for (int64_t t = 0; t < lens[i]; t++)
            tokens[t] = at + t;
        at += lens[i];
        rc = compare_part(c, &feed, logits, tokens, lens[i]);
    }
    return rc;
}

/* Runs the row as it is and with one other token; the logits of both. */
static int run_perturbed(struct case_run *c, int64_t *position, struct feed *feed,
                         const struct tensor **before, const struct tensor **after) {
    struct feed other;
    struct capture a, b;
    const struct config *config;
    int rc = feed_of_case(c, feed);
    if (rc == 0)
        rc = case_broken(c,
                         json_int(case_params(c), "position", 0, feed_tokens(feed) - 1, position));
    if (rc == 0)
        rc = bench_config(c, &config);
    if (rc != 0)
        return rc;
    other = *feed;
    other.ids = feed_copy_ints(c, &feed->ids);
    for (int64_t row = 0; row < feed_rows(feed); row++) {
        int64_t *id = feed_at(&other.ids, row, *position);
        *id = (*id + 1) % config->vocab_size;
    }
    rc = bench_forward(c, NULL, feed, FEED_QUIET, &a);
    if (rc == 0)
        rc = bench_forward(c, NULL, &other, FEED_QUIET, &b);
    if (rc != 0)
        return rc;
    *before = logits_of(c, &a);
    *after = logits_of(c, &b);
    return *before && *after ? 0 : err_set(ERR_UNSUPPORTED, "no logits are computed");
}

static bool same_token(const struct tensor *a, const struct tensor *b, int64_t row, int64_t token) {
    size_t size = (size_t)a->shape[2] * sizeof(float);
    const char *x = (const char *)a->data + (size_t)(row * a->shape[1] + token) * size;
    const char *y = (const char *)b->data + (size_t)(row * b->shape[1] + token) * size;
    return memcmp(x, y, size) == 0;
}

/* C9: tokens before the changed one do not notice, and it itself does. */
static int run_causality(struct case_run *c) {
    const struct tensor *a, *b;
    struct feed feed;
    int64_t position = 0;
    int rc = run_perturbed(c, &position, &feed, &a, &b);
    if (rc < 0)
        return rc;
    struct tensor mask = feed_mask_of(c, &feed);
    for (int64_t row = 0; row < feed_rows(&feed); row++) {
        for (int64_t t = 0; t < position; t++)
            compare_fact(&c->total, same_token(a, b, row, t),
                         "token %" PRId64 " sees token %" PRId64 " behind it", t, position);
        if (*feed_at(&mask, row, position))
            compare_fact(&c->total, !same_token(a, b, row, position),
                         "token %" PRId64 " does not see itself", position);
    }
    return 0;
}

/* C8: through L layers a window of w reaches L * (w - 1) tokens ahead, and not one more. */
static int run_sliding_window(struct case_run *c) {
    const struct tensor *a, *b;
    struct feed feed;
    struct capture k;
    int64_t position = 0, window = 0, layers = 0;
    struct json params = case_params(c);
    int rc = case_broken(c, json_int(params, "window", 1, INT32_MAX, &window));
    if (rc == 0)
        rc = case_broken(c, json_int(params, "layers", 1, INT16_MAX, &layers));
    if (rc == 0)
        rc = run_perturbed(c, &position, &feed, &a, &b);
    if (rc != 0)
        return rc;
    int64_t reach = position + layers * (window - 1);
    compare_fact(&c->total, reach + 1 < feed_tokens(&feed),
                 "the row ends before the window does, so nothing is proved");
    for (int64_t t = 0; t < feed_tokens(&feed); t++)
        compare_fact(&c->total, same_token(a, b, 0, t) == (t < position || t > reach),
                     "token %" PRId64 " %s token %" PRId64, t,
                     t < position || t > reach ? "sees" : "does not see", position);
    if (!case_has_expect(c, "logits"))
        return 0;
    rc = bench_forward(c, NULL, &feed, FEED_QUIET, &k);
    return rc < 0 ? rc
                  : case_compare_as(c, "logits", capture_output(&k, "logits"),
                                    feed_has(&feed.mask) ? &feed.mask : NULL, &tolerance_final);
}

/* C10: the same bits twice, and on any number of threads. */
static int run_determinism(struct case_run *c) {
    struct json threads;
    struct feed feed;
    struct capture first, again;
    int rc = case_broken(c, json_array(case_params(c), "threads", &threads));
    if (rc == 0)
        rc = feed_of_case(c, &feed);
    if (rc == 0)
        rc = bench_forward(c, NULL, &feed, 0, &first);
    if (rc == 0)
        rc = bench_forward(c, NULL, &feed, 0, &again);
    if (rc == 0)
        rc = capture_same(c, "again", &again, &first, NULL, &tolerance_exact);
    for (struct json v = json_first(threads); rc == 0 && v.node; v = json_next(v)) {
        struct bench_options options = {0};
        rc = case_broken(c, json_as_int(v, 1, 64, &options.threads));
        if (rc == 0)
            rc = bench_forward(c, &options, &feed, 0, &again);
        const char *label = arena_printf(&c->arena, "%" PRId64 " threads", options.threads);
        if (rc == 0)
            rc = capture_same(c, label, &again, &first, NULL, &tolerance_exact);
    }
    return rc;
}

/* C12: an onlooker changes no bit; the unfused route sums in another order. */
static int run_outputs(struct case_run *c) {
    static const struct bench_options unfused = {.plan_flags = PLAN_UNFUSED};
    struct feed feed;
    struct capture seen, unseen, apart;
    struct tensor keep;
    int rc = feed_of_case(c, &feed);
    if (rc == 0)
        rc = case_keep(c, &keep);
    if (rc == 0)
        rc = bench_forward(c, NULL, &feed, 0, &seen);
    if (rc == 0)
        rc = bench_forward(c, NULL, &feed, FEED_QUIET, &unseen);
    if (rc == 0)
        rc = bench_forward(c, &unfused, &feed, FEED_QUIET, &apart);
    if (rc == 0)
        rc = capture_same(c, "traced", &unseen, &seen, NULL, &tolerance_exact);
    return rc < 0 ? rc : capture_same(c, "unfused", &apart, &seen, &keep, &tolerance_self);
}

static const struct case_type types[] = {
    {"custom_mask",         "C5",  "S",  run_custom_mask   },
    {"packing",             "C6",  "S",  run_packing       },
    {"sliding_window",      "C8",  "X",  run_sliding_window},
    {"causality",           "C9",  "X",  run_causality     },
    {"determinism",         "C10", "X",  run_determinism   },
    {"outputs_equivalence", "C12", "XS", run_outputs       },
    CASE_END_ROW,
};

const struct case_group case_visibility = {"visibility", types};
