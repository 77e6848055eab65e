/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/trial.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "engine/base/err.h"

int trial_plan_of_case(struct case_run *c, struct trial_plan *out) {
    *out = (struct trial_plan){.settings = json_member(case_params(c), "generation")};
    int rc = feed_of_case(c, &out->feed);
    if (rc == 0)
        rc = case_input_opt(c, "noise", &out->noise);
    if (rc == 0 && json_type(out->settings) != JSON_OBJECT)
        rc = case_broken(c, json_fail(c->json, "params.generation is missing"));
    return rc;
}

/* What the callback records, and whom it asks next. */
struct recorder {
    struct trial *trial;
    const struct trial_plan *plan;
    int64_t cap; /* steps that fit */
};

static int record(void *arg, const struct generate_step *step) {
    struct recorder *r = arg;
    size_t size = (size_t)(step->rows * step->vocab);
    CHECK(step->step < r->cap);
    memcpy((float *)r->trial->scores.data + (size_t)step->step * size, step->scores,
           size * sizeof(float));
    memcpy((float *)r->trial->logits.data + (size_t)step->step * size, step->logits,
           size * sizeof(float));
    return r->plan->each ? r->plan->each(r->plan->arg, step) : 0;
}

static int resolve_settings(struct case_run *c, const struct model *m,
                            const struct trial_plan *plan, struct generation *out) {
    *out = m->generation;
    return generation_apply(out, plan->settings, &c->arena);
}

/* New tokens that the settings allow at most. */
static int64_t steps_of(const struct generation *settings, const struct trial_plan *plan,
                        const struct model *m) {
    struct generation g = *settings;
    int64_t tokens = feed_tokens(&plan->feed), prompt = feed_has(&plan->feed.ids) ? tokens : 0;
    generation_resolve(&g, prompt, tokens - prompt, m->config.max_positions);
    return g.max_length - prompt > 0 ? g.max_length - prompt : 0;
}

int trial_session(struct case_run *c, const struct trial_plan *plan, struct session **out) {
    struct model *m;
    struct generation settings;
    int rc = bench_model(c, c->folder, plan->threads, &m);
    if (rc == 0)
        rc = resolve_settings(c, m, plan, &settings);
    if (rc != 0)
        return rc;
    struct bench_options options = {.rows = feed_rows(&plan->feed), .threads = plan->threads};
    options.capacity = feed_tokens(&plan->feed) + steps_of(&settings, plan, m) + plan->room + 1;
    return bench_session(c, &options, out);
}

static const void *packed(struct case_run *c, const struct tensor *t, enum dtype dtype) {
    return feed_has(t) ? feed_pack(c, t, dtype).data : NULL;
}

int trial_continue(struct case_run *c, struct session *s, const struct trial_plan *plan,
                   struct trial *out) {
    const struct model *m = session_model(s);
    int64_t rows = feed_rows(&plan->feed), vocab = m->config.vocab_size;
    struct recorder recorder = {out, plan, 0};
    struct generate_result g;
    int rc = resolve_settings(c, m, plan, &out->settings);
    if (rc < 0)
        return rc;
    recorder.cap = steps_of(&out->settings, plan, m) + 1;
    out->scores = case_tensor(c, DTYPE_F32, SHAPE(recorder.cap, rows, vocab));
    out->logits = case_tensor(c, DTYPE_F32, SHAPE(recorder.cap, rows, vocab));
    struct generate_request request = {.rows = rows,
                                       .tokens = feed_tokens(&plan->feed),
                                       .ids = packed(c, &plan->feed.ids, DTYPE_I32),
                                       .embeds = packed(c, &plan->feed.embeds, DTYPE_F32),
                                       .mask = packed(c, &plan->feed.mask, DTYPE_U8),
                                       .settings = &out->settings,
                                       .noise = packed(c, &plan->noise, DTYPE_F32),
                                       .noise_steps =
                                           feed_has(&plan->noise) ? plan->noise.shape[0] : 0,
                                       .each = record,
                                       .arg = &recorder};
    rc = generate(&g, s, &request);
    if (rc == 0) {
        out->prompt = g.prompt;
        out->steps = g.steps;
        out->drafted = g.drafted;
        out->accepted = g.accepted;
        out->ids = case_tensor(c, DTYPE_I32, SHAPE(g.rows, g.len));
        memcpy(out->ids.data, g.ids, tensor_size(&out->ids));
        out->scores.shape[0] = out->logits.shape[0] = g.steps;
    }
    generate_done(&g);
    return rc;
}

int trial_run(struct case_run *c, const struct trial_plan *plan, struct trial *out) {
    struct session *s = NULL;
    int rc = trial_session(c, plan, &s);
    if (rc == 0)
        rc = trial_continue(c, s, plan, out);
    bench_session_done(c, s);
    return rc;
}

int trial_compare_ids(struct case_run *c, const struct trial *t) {
    return case_compare_as(c, "ids", &t->ids, NULL, &tolerance_exact);
}

/* The reference's scores of one step and row. */
struct near_tie {
    int64_t first, second; /* tokens */
    double margin, rms;
};

static struct near_tie find_tie(const float *scores, int64_t vocab) {
    struct near_tie tie = {-1, -1, 0, 0};
    int64_t count = 0;
    for (int64_t i = 0; i < vocab; i++) {
        if (tie.first < 0 || scores[i] > scores[tie.first]) {
            tie.second = tie.first;
            tie.first = i;
        } else if (tie.second < 0 || scores[i] > scores[tie.second]) {
            tie.second = i;
        }
        if (isfinite(scores[i])) {
            tie.rms += (double)scores[i] * (double)scores[i];
            count++;
        }
    }
    tie.rms = count ? sqrt(tie.rms / (double)count) : 0;
    if (tie.second >= 0)
        tie.margin = (double)scores[tie.first] - (double)scores[tie.second];
    return tie;
}

/* Whether token `got` instead of `want` is excused by a near tie of the reference. */
static bool is_excused(const struct tensor *scores, int64_t step, int64_t row, int64_t got,
                       int64_t want) {
    if (scores->rank != 3 || step >= scores->shape[0])
        return false;
    int64_t vocab = scores->shape[2];
    struct near_tie tie =
        find_tie((const float *)scores->data + (step * scores->shape[1] + row) * vocab, vocab);
    return tie.margin <= TOLERANCE_MARGIN * tie.rms &&
           ((got == tie.first && want == tie.second) || (got == tie.second && want == tie.first));
}

/* How many steps of a row agree; an unexcused difference is noted. */
static int64_t compare_row(struct case_run *c, const struct trial *t, const struct tensor *want,
                           const struct tensor *scores, int64_t row) {
    const int32_t *ids = (const int32_t *)t->ids.data + row * t->ids.shape[1];
    for (int64_t i = 0; i < t->ids.shape[1]; i++) {
        int64_t right = *feed_at(want, row, i), step = i - t->prompt;
        if (ids[i] == right) {
            compare_count(&c->total, 1);
            continue;
        }
        bool excused = step >= 0 && is_excused(scores, step, row, ids[i], right);
        compare_fact(&c->total, excused,
                     "row %" PRId64 ": token %" PRId64 " is %d, and should be %" PRId64, row, i,
                     ids[i], right);
        return step > 0 ? step : 0;
    }
    return t->steps;
}

int trial_compare_margin(struct case_run *c, const struct trial *t, const char *scores,
                         const struct tensor *got) {
    struct tensor want, right = {.rank = -1};
    int64_t steps = t->steps;
    int rc = case_expect(c, "ids", &want);
    if (rc == 0 && case_has_expect(c, scores))
        rc = case_expect(c, scores, &right);
    if (rc < 0)
        return rc;
    if (!compare_fact(&c->total, tensor_same_shape(&t->ids, &want),
                      "%" PRId64 " x %" PRId64 " ids, and %" PRId64 " x %" PRId64 " are right",
                      t->ids.shape[0], t->ids.shape[1], want.shape[0], want.shape[1]))
        return 0;
    want = feed_copy_ints(c, &want);
    for (int64_t row = 0; row < t->ids.shape[0]; row++) {
        int64_t same = compare_row(c, t, &want, &right, row);
        steps = same < steps ? same : steps;
    }
    if (right.rank != 3 || steps == 0)
        return 0;
    struct tensor a, b;
    steps = right.shape[0] < steps ? right.shape[0] : steps;
    CHECK(tensor_narrow(&a, got, 0, 0, steps) == 0);
    CHECK(tensor_narrow(&b, &right, 0, 0, steps) == 0);
    return case_broken(c, compare_tensors(&c->total, scores, &a, &b, NULL, &tolerance_final));
}
