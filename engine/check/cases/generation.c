/* SPDX-License-Identifier: Apache-2.0 */
/* Generation end to end: ids and scores against the reference's generate(). */
#include <inttypes.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/trial.h"

static int run_trial(struct case_run *c, struct trial *t) {
    struct trial_plan plan;
    int rc = trial_plan_of_case(c, &plan);
    return rc < 0 ? rc : trial_run(c, &plan, t);
}

/* Raw logits of each step, and the ids under the margin rule. */
static int run_greedy(struct case_run *c) {
    struct trial t;
    int rc = run_trial(c, &t);
    return rc < 0 ? rc : trial_compare_margin(c, &t, "scores", &t.logits);
}

/* Processed scores; the noise decides, so a near tie is no excuse that scores could show. */
static int run_sampled(struct case_run *c) {
    struct trial t;
    if (!case_has_input(c, "noise"))
        return case_broken(c, err_set(ERR_FORMAT, "the case gives no noise"));
    int rc = run_trial(c, &t);
    if (rc == 0)
        rc = trial_compare_ids(c, &t);
    return rc < 0 ? rc : case_compare_as(c, "scores", &t.scores, NULL, &tolerance_final);
}

static int run_ids(struct case_run *c) {
    struct trial t;
    int rc = run_trial(c, &t);
    return rc < 0 ? rc : trial_compare_ids(c, &t);
}

/* The processed score of each chosen token, [B,steps]. */
static struct tensor transitions_of(struct case_run *c, const struct trial *t) {
    int64_t rows = t->ids.shape[0], vocab = t->scores.shape[2];
    struct tensor out = case_tensor(c, DTYPE_F32, SHAPE(rows, t->steps));
    for (int64_t row = 0; row < rows; row++)
        for (int64_t s = 0; s < t->steps; s++) {
            int32_t id = ((int32_t *)t->ids.data)[row * t->ids.shape[1] + t->prompt + s];
            ((float *)out.data)[row * t->steps + s] =
                ((float *)t->scores.data)[(s * rows + row) * vocab + id];
        }
    return out;
}

static int run_scores(struct case_run *c) {
    struct trial t;
    int rc = run_trial(c, &t);
    if (rc == 0)
        rc = trial_compare_ids(c, &t);
    if (rc == 0)
        rc = case_compare(c, "scores", &t.scores, NULL);
    if (rc == 0 && case_has_expect(c, "logits"))
        rc = case_compare(c, "logits", &t.logits, NULL);
    if (rc < 0 || !case_has_expect(c, "transition_scores"))
        return rc;
    struct tensor transitions = transitions_of(c, &t);
    return case_compare(c, "transition_scores", &transitions, NULL);
}

/* The logits of each step are those of one pass over the text, though some were computed behind
 * guesses that did not come true. */
static int compare_with_pass(struct case_run *c, const struct trial *t) {
    struct feed text = feed_none();
    struct capture k;
    struct tensor got;
    text.ids = t->ids;
    int rc = bench_forward(c, NULL, &text, FEED_QUIET, &k);
    const struct tensor *all = rc == 0 ? capture_output(&k, "logits") : NULL;
    if (rc < 0 || !compare_fact(&c->total, all && all->rank == 3, "no logits are computed"))
        return rc;
    struct tensor want = capture_tokens(all, t->prompt - 1, t->steps);
    CHECK(tensor_init(&got, DTYPE_F32, SHAPE(1, t->steps, t->logits.shape[2])) == 0);
    got.data = t->logits.data;
    return case_broken(
        c, compare_tensors(&c->total, "logits behind drafts", &got, &want, NULL, &tolerance_self));
}

/* Drafts change nothing that is said; there must have been some. */
static int run_lookup(struct case_run *c) {
    struct trial t;
    int rc = run_trial(c, &t);
    if (rc == 0)
        rc = trial_compare_margin(c, &t, "scores", &t.logits);
    if (rc < 0)
        return rc;
    compare_fact(&c->total, t.drafted > 0, "no token was guessed");
    return compare_with_pass(c, &t);
}

/* [1,T] ids behind padding, with the mask that says so. */
static int pad_left(struct case_run *c, struct feed *feed) {
    int64_t pads = 0, pad = 0, tokens = feed_tokens(feed);
    int rc = json_int(case_params(c), "pads", 1, 4096, &pads);
    if (rc == 0)
        rc = json_int(case_params(c), "pad_id", 0, INT32_MAX, &pad);
    if (rc != 0)
        return case_broken(c, rc);
    struct tensor ids = feed_copy_ints(c, &feed->ids);
    feed->ids = case_tensor(c, DTYPE_I64, SHAPE(1, pads + tokens));
    feed->mask = case_tensor(c, DTYPE_I64, SHAPE(1, pads + tokens));
    for (int64_t i = 0; i < pads + tokens; i++) {
        *feed_at(&feed->ids, 0, i) = i < pads ? pad : *feed_at(&ids, 0, i - pads);
        *feed_at(&feed->mask, 0, i) = i >= pads;
    }
    return 0;
}

static int run_left_padded(struct case_run *c) {
    struct trial_plan plan;
    struct trial t;
    int rc = trial_plan_of_case(c, &plan);
    int64_t tokens = rc == 0 ? feed_tokens(&plan.feed) : 0;
    if (rc == 0)
        rc = pad_left(c, &plan.feed);
    if (rc == 0)
        rc = trial_run(c, &plan, &t);
    if (rc != 0)
        return rc;
    int64_t pads = feed_tokens(&plan.feed) - tokens;
    CHECK(tensor_narrow(&t.ids, &t.ids, 1, pads, t.ids.shape[1] - pads) == 0);
    return trial_compare_ids(c, &t);
}

static const struct case_type types[] = {
    {"greedy",            "E1",  "G", run_greedy     },
    {"greedy_embeds",     "E2",  "G", run_greedy     },
    {"lookup",            "E1",  "G", run_lookup     },
    {"sample_noise",      "E4",  "G", run_sampled    },
    {"processor_order",   "E7",  "G", run_sampled    },
    {"eos",               "E10", "X", run_ids        },
    {"lengths",           "E11", "X", run_ids        },
    {"stop_strings",      "E12", "X", run_ids        },
    {"scores",            "E13", "F", run_scores     },
    {"left_pad_generate", "E18", "G", run_left_padded},
    {"config_precedence", "E21", "X", run_ids        },
    CASE_END_ROW,
};

const struct case_group case_generation = {"generation", types};
