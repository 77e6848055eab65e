/* SPDX-License-Identifier: Apache-2.0 */
/* Forward parity: each stage, each hidden state and each head against the reference. */
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/bench.h"
#include "engine/check/case.h"

/* What every forward case begins with. */
struct pass {
    struct feed feed;
    struct capture capture;
    struct tensor keep; /* rank -1 = all */
    int64_t begin;      /* tokens before the captured ones */
    const struct config *config;
};

static int pass_ready(struct case_run *c, struct pass *p) {
    p->begin = 0;
    int rc = feed_of_case(c, &p->feed);
    if (rc == 0)
        rc = case_keep(c, &p->keep);
    return rc < 0 ? rc : bench_config(c, &p->config);
}

/* Behind params.split tokens, when it says so. */
static int pass_run(struct case_run *c, struct pass *p, unsigned plan_flags) {
    struct bench_options options = {.plan_flags = plan_flags};
    int rc = pass_ready(c, p);
    if (rc < 0)
        return rc;
    int64_t tokens = feed_tokens(&p->feed);
    rc = case_broken(c, json_opt_int(case_params(c), "split", 0, tokens - 1, &p->begin));
    if (rc == 0 && p->begin && p->keep.rank == 2)
        rc = tensor_narrow(&p->keep, &p->keep, 1, p->begin, tokens - p->begin);
    return rc < 0 ? rc : bench_continue(c, &options, &p->feed, p->begin, 0, &p->capture);
}

/* Scores and probabilities, which have no row a token. */
static bool is_matrix(const char *name) {
    return strncmp(name, "attentions.", 11) == 0 || strncmp(name, "attn_s", 6) == 0;
}

/* Of a reference [B,heads,T,slots] or [B,T,…] the tokens that the pass computed. */
static int expect_part(struct case_run *c, const struct pass *p, const char *name,
                       struct tensor *out) {
    int64_t len = feed_tokens(&p->feed) - p->begin;
    int rc = case_expect(c, name, out);
    if (rc == 0 && p->begin)
        rc = case_broken(c, tensor_narrow(out, out, is_matrix(name) ? 2 : 1, p->begin, len));
    return rc;
}

/* A mask of [B,T] says nothing about a tensor without a row a token. */
static const struct tensor *keep_for(const struct pass *p, const struct tensor *t) {
    bool per_token = p->keep.rank == 2 && t->rank >= 2 && t->shape[0] == p->keep.shape[0] &&
                     t->shape[1] == p->keep.shape[1];
    return per_token ? &p->keep : NULL;
}

/* One thing that the case expects; attention matrices are turned so that queries come first. */
static int compare_named(struct case_run *c, const struct pass *p, const char *name,
                         const struct tolerance *tolerance) {
    struct tensor got, want;
    static const int queries_first[4] = {0, 2, 1, 3};
    bool matrix = is_matrix(name);
    int rc = expect_part(c, p, name, &want);
    if (rc < 0)
        return rc;
    if (!compare_fact(&c->total, capture_find(&p->capture, p->config, name, &got),
                      "the engine does not compute %s", name))
        return 0;
    if (matrix && got.rank == 4 && want.rank == 4) {
        CHECK(tensor_permute(&got, &got, queries_first) == 0);
        CHECK(tensor_permute(&want, &want, queries_first) == 0);
    } else if (json_exists(json_member(case_params(c), "choices")) &&
               tensor_count(&got) == tensor_count(&want)) {
        CHECK(tensor_reshape(&got, &got, want.rank, want.shape) == 0); /* choices are rows */
    }
    return case_broken(
        c, compare_tensors(&c->total, name, &got, &want, keep_for(p, &want), tolerance));
}

/* The layer of "q_rope.1", or -1. */
static int layer_of(const char *name) {
    const char *dot = strrchr(name, '.');
    int layer = 0;
    for (const char *s = dot ? dot + 1 : "x"; *s; s++) {
        if (*s < '0' || *s > '9')
            return -1;
        layer = layer * 10 + (*s - '0');
    }
    return layer;
}

/* Hidden state i is what layer i - 1 made; attention i is of layer i; what has no number is taken
 * to be of the first. */
static struct tolerance tolerance_of_layer(const char *name) {
    int layer = layer_of(name);
    bool hidden = strncmp(name, "hidden_states.", 14) == 0;
    return tolerance_layer(layer < 1 ? 0 : hidden ? layer - 1 : layer);
}

/* Before the first matrix product only single operations have rounded. */
static struct tolerance tolerance_of_stage(const char *name) {
    if (strcmp(name, "embedding") == 0 || strcmp(name, "attn_norm.0") == 0)
        return tolerance_element;
    return tolerance_product;
}

static struct tolerance tolerance_of_embedding(const char *name) {
    (void)name;
    return tolerance_element;
}

/* Everything that the case expects, each under its own class; NULL = the case's. */
static int compare_expected(struct case_run *c, const struct pass *p,
                            struct tolerance (*tolerance_of)(const char *)) {
    struct json expect = json_member(c->json, "expect");
    int rc = 0;
    for (struct json v = json_first(expect); rc == 0 && v.node; v = json_next(v)) {
        struct tolerance own = tolerance_of ? tolerance_of(json_key(v)) : *c->tolerance;
        rc = compare_named(c, p, json_key(v), &own);
    }
    return rc;
}

static int run_embeddings(struct case_run *c) {
    struct pass p;
    int rc = pass_run(c, &p, 0);
    return rc < 0 ? rc : compare_expected(c, &p, tolerance_of_embedding);
}

static int run_final(struct case_run *c) {
    struct pass p;
    int rc = pass_run(c, &p, 0);
    return rc < 0 ? rc : compare_expected(c, &p, NULL);
}

/* One for the embedding and one a layer, no more and no fewer. */
static void check_hidden_count(struct case_run *c, const struct config *config) {
    struct json expect = json_member(c->json, "expect");
    size_t count = json_len(expect);
    if (json_exists(json_member(expect, "hidden_states.0")))
        compare_fact(&c->total, (int64_t)count == config->num_hidden_layers + 1,
                     "the reference has %zu hidden states", count);
}

static int run_hidden_states(struct case_run *c) {
    struct pass p;
    int rc = pass_run(c, &p, 0);
    if (rc < 0)
        return rc;
    check_hidden_count(c, p.config);
    return compare_expected(c, &p, tolerance_of_layer);
}

/* Each row of probabilities sums to 1, and what the reference hides is hidden exactly. */
static int check_probabilities(struct case_run *c, const struct pass *p, const char *name) {
    struct tensor got, want;
    int rc = expect_part(c, p, name, &want);
    if (rc < 0 || !capture_find(&p->capture, p->config, name, &got) || got.rank != 4)
        return rc;
    for (int64_t r = 0; r < tensor_rows(&got); r++) {
        const float *row = tensor_row(&got, r), *right = tensor_row(&want, r);
        int64_t len = tensor_row_len(&got), b = r / (got.shape[1] * got.shape[2]);
        double sum = 0;
        bool hidden = true;
        for (int64_t i = 0; i < len; i++) {
            sum += (double)row[i];
            hidden = hidden && ((right[i] > 0 || right[i] < 0) || fabsf(row[i]) <= 0);
        }
        bool kept =
            p->keep.rank != 2 || *(const int64_t *)feed_at(&p->keep, b, r % got.shape[2]) != 0;
        if (kept)
            compare_fact(&c->total, fabs(sum - 1) < 1e-5 && hidden,
                         "%s: row %lld sums to %.9g or sees what is masked", name, (long long)r,
                         sum);
    }
    return 0;
}

static int run_attentions(struct case_run *c) {
    struct pass p;
    int rc = pass_run(c, &p, PLAN_UNFUSED);
    if (rc < 0)
        return rc;
    if (p.keep.rank == 2)
        p.keep = feed_copy_ints(c, &p.keep);
    struct json expect = json_member(c->json, "expect");
    for (struct json v = json_first(expect); rc == 0 && v.node; v = json_next(v))
        rc = check_probabilities(c, &p, json_key(v));
    return rc < 0 ? rc : compare_expected(c, &p, tolerance_of_layer);
}

static int run_substages(struct case_run *c) {
    struct pass p;
    int rc = pass_run(c, &p, PLAN_UNFUSED);
    return rc < 0 ? rc : compare_expected(c, &p, tolerance_of_stage);
}

/* Leaving the segments out means zeros, and they do matter. */
static int run_token_types(struct case_run *c) {
    struct pass p, without, zeros;
    int rc = pass_run(c, &p, 0);
    if (rc == 0)
        rc = compare_expected(c, &p, NULL);
    if (rc != 0)
        return rc;
    if (!feed_has(&p.feed.types))
        return case_broken(c, err_set(ERR_FORMAT, "the case gives no token_type_ids"));
    without = zeros = p;
    without.feed.types.rank = -1;
    zeros.feed.types = feed_copy_ints(c, &p.feed.types);
    memset(zeros.feed.types.data, 0, tensor_size(&zeros.feed.types));
    rc = bench_forward(c, NULL, &without.feed, 0, &without.capture);
    if (rc == 0)
        rc = bench_forward(c, NULL, &zeros.feed, 0, &zeros.capture);
    if (rc == 0)
        rc = capture_same(c, "without types", &without.capture, &zeros.capture, NULL,
                          &tolerance_exact);
    const struct tensor *a = capture_output(&p.capture, "last_hidden_state");
    const struct tensor *b = capture_output(&zeros.capture, "last_hidden_state");
    if (rc == 0 && a && b)
        compare_fact(&c->total, memcmp(a->data, b->data, tensor_size(a)) != 0,
                     "the token types change nothing");
    return rc;
}

static const struct case_type types[] = {
    {"embeddings",    "B1",  "XE", run_embeddings   },
    {"hidden_states", "B3",  "L",  run_hidden_states},
    {"attentions",    "B4",  "L",  run_attentions   },
    {"substages",     "B5",  "EL", run_substages    },
    {"final_logits",  "B6",  "F",  run_final        },
    {"head",          "B7",  "F",  run_final        },
    {"token_types",   "B13", "F",  run_token_types  },
    CASE_END_ROW,
};

const struct case_group case_forward = {"forward", types};
