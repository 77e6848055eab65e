/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/golden.h"

#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/check.h"
#include "engine/check/fixture.h"
#include "engine/trace/diff.h"

static const char *text_of(struct json at, const char *key, const char *other) {
    const char *text = other;
    (void)json_opt_str(at, key, &text);
    return text;
}

/* Whether all members of a's inputs are those of b's. */
static bool same_inputs(struct json a, struct json b) {
    struct json x = json_member(a, "inputs"), y = json_member(b, "inputs");
    if (json_len(x) != json_len(y))
        return false;
    for (struct json v = json_first(x); v.node; v = json_next(v)) {
        const char *one = "", *two = "-";
        (void)json_as_str(v, &one);
        (void)json_opt_str(y, json_key(v), &two);
        if (strcmp(one, two) != 0)
            return false;
    }
    return true;
}

/* What these compare is the pass itself, token by token, and nothing that comes of it later. */
static bool is_of_a_pass(const char *type) {
    static const char *const types[] = {"embeddings", "hidden_states", "attentions",
                                        "substages",  "final_logits",  "head"};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return false;
}

static bool lends(struct json from, struct json to) {
    return is_of_a_pass(text_of(from, "type", "")) && same_inputs(from, to) &&
           strcmp(text_of(from, "checkpoint", "."), text_of(to, "checkpoint", ".")) == 0 &&
           json_len(json_get(from, "params")) == 0;
}

const char *golden_richest(const struct fixture *f, size_t index) {
    const char *folder = text_of(fixture_case(f, index), "checkpoint", "."), *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < fixture_count(f); i++) {
        struct json at = fixture_case(f, i);
        size_t count = json_len(json_member(at, "expect"));
        bool fits = is_of_a_pass(text_of(at, "type", "")) &&
                    strcmp(text_of(at, "checkpoint", "."), folder) == 0;
        if (fits && count > most) {
            most = count;
            best = fixture_case_name(f, i);
        }
    }
    return best;
}

/* One pass and what is known of it. */
struct pass {
    struct case_run *c;
    struct capture capture;
    struct feed feed;
    struct tensor keep;
    const struct config *config;
    struct golden_finding *out;
    int64_t begin; /* tokens before those that are looked at, which the cache holds */
};

/* The golden that expect.<name> of any lending case stands for. */
static bool find_key(struct pass *p, const char *name, const char **key) {
    const struct fixture *f = check_fixture(p->c->check);
    for (size_t i = 0; i < fixture_count(f); i++) {
        struct json at = fixture_case(f, i);
        struct json v = json_member(json_member(at, "expect"), name);
        if (v.node && lends(at, p->c->json) && json_as_str(v, key) == 0)
            return true;
    }
    return false;
}

static const char *name_of(struct pass *p, const struct captured *item) {
    if (item->name)
        return item->name;
    if (item->layer < 0)
        return stage_name(item->stage);
    return arena_printf(&p->c->arena, "%s.%d", stage_name(item->stage), item->layer);
}

/* HF's own words for the same. */
static const char *other_name(struct pass *p, const struct captured *item) {
    struct arena *a = &p->c->arena;
    if (item->name)
        return NULL;
    if (item->stage == STAGE_EMBEDDING)
        return "hidden_states.0";
    if (item->stage == STAGE_POST_FFN_RESIDUAL && item->layer + 1 < p->config->num_hidden_layers)
        return arena_printf(a, "hidden_states.%d", item->layer + 1);
    if (item->stage == STAGE_FINAL_NORM)
        return arena_printf(a, "hidden_states.%d", (int)p->config->num_hidden_layers);
    if (item->stage == STAGE_ATTN_SOFTMAX)
        return arena_printf(a, "attentions.%d", item->layer);
    return NULL;
}

static const struct tensor *keep_for(const struct pass *p, const struct tensor *t) {
    bool per_token = p->keep.rank == 2 && t->rank >= 2 && t->shape[0] == p->keep.shape[0] &&
                     t->shape[1] == p->keep.shape[1];
    return per_token ? &p->keep : NULL;
}

static int compare_item(struct pass *p, const struct captured *item, const char *key) {
    static const int queries_first[4] = {0, 2, 1, 3};
    struct compare_total total = {0};
    struct tensor got = item->tensor, want;
    struct golden_finding *f = p->out;
    int rc = fixture_golden(check_fixture(p->c->check), key, check_dtype(p->c->check),
                            GOLDEN_EXPECT, &want);
    if (rc < 0)
        return 0; /* not of this dtype */
    bool matrix = item->stage == STAGE_ATTN_SCORES || item->stage == STAGE_ATTN_SOFTMAX;
    if (p->begin && (want.rank <= 1 + matrix || want.shape[1 + matrix] != feed_tokens(&p->feed)))
        return 0;
    if (p->begin)
        CHECK(tensor_narrow(&want, &want, 1 + matrix, p->begin, feed_tokens(&p->feed) - p->begin) ==
              0);
    if (matrix && got.rank == 4 && want.rank == 4) {
        CHECK(tensor_permute(&got, &got, queries_first) == 0);
        CHECK(tensor_permute(&want, &want, queries_first) == 0);
    } else if (tensor_count(&got) == tensor_count(&want) && !tensor_same_shape(&got, &want) &&
               tensor_reshape(&got, &got, want.rank, want.shape) < 0) {
        return 0;
    }
    const struct tolerance limit =
        item->name ? tolerance_final : diff_tolerance(item->stage, item->layer);
    rc = compare_tensors(&total, key, &got, &want, keep_for(p, &want), &limit);
    if (rc < 0)
        return rc;
    f->known++;
    f->found = total.wrong;
    f->is_stage = !item->name;
    f->stage = item->stage;
    f->layer = item->layer;
    f->key = key;
    f->nmse = total.unlike > 0 ? HUGE_VAL : total.nmse; /* which no NaN is in */
    f->max_abs = total.max_abs;
    f->limit = total.nmse_limit;
    return 0;
}

static int compare_all(struct pass *p) {
    struct golden_finding *f = p->out;
    int rc = 0;
    for (int i = 0; rc == 0 && !f->found && i < p->capture.count; i++) {
        const struct captured *item = &p->capture.items[i];
        const char *key, *other = other_name(p, item);
        int known = f->known;
        if (!find_key(p, name_of(p, item), &key) && !(other && find_key(p, other, &key)))
            continue;
        rc = compare_item(p, item, key);
        if (rc == 0 && f->known > known && !f->found && !item->name) {
            f->has_good = true;
            f->good_stage = item->stage;
            f->good_layer = item->layer;
        }
    }
    return rc;
}

int golden_first(struct case_run *c, unsigned plan_flags, struct golden_finding *out) {
    struct bench_options options = {.plan_flags = plan_flags};
    struct pass p = {.c = c, .out = out};
    *out = (struct golden_finding){.layer = -1};
    int rc = feed_of_case(c, &p.feed);
    if (rc == 0)
        rc = case_keep(c, &p.keep);
    if (rc == 0)
        rc = bench_config(c, &p.config);
    if (rc == 0)
        rc = json_opt_int(case_params(c), "split", 0, feed_tokens(&p.feed) - 1, &p.begin);
    if (rc == 0 && p.begin && p.keep.rank == 2)
        rc = tensor_narrow(&p.keep, &p.keep, 1, p.begin, feed_tokens(&p.feed) - p.begin);
    if (rc == 0)
        rc = bench_continue(c, &options, &p.feed, p.begin, 0, &p.capture);
    if (rc == 0)
        rc = compare_all(&p);
    if (rc == 0 && out->known == 0)
        rc = err_set(ERR_NOTFOUND, "the fixture has no reference of these inputs");
    return rc;
}
