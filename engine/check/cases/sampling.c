/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing a token: each processor alone, our own generator against the distribution it draws
 * from, and tokens handed out one by one. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/chi_square.h"
#include "engine/check/trial.h"
#include "engine/run/philox.h"
#include "engine/run/processors.h"
#include "engine/run/scores.h"

enum { THREADS_TRIED = 3, CANCEL_AFTER = 3, WIDTH_MAX = 1 << 20 };
#define CHI_SQUARE_MIN 1e-6

/* -inf where the reference has it; what is finite agrees to one part in a million. */
static const struct tolerance tolerance_scores = {"E", false, 1e-12, 1e-7, 1e-6};

static int read_settings(struct case_run *c, const struct generation *base,
                         struct generation *out) {
    *out = *base;
    return case_broken(c,
                       generation_apply(out, json_member(case_params(c), "generation"), &c->arena));
}

/* Behind the scores of a vocabulary stands what is seen by who reads beyond its end. */
static void put_guard(float *behind, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        behind[i] = FLT_MAX;
}

static int run_processor(struct case_run *c) {
    struct generation defaults, settings;
    struct scores_scratch scratch;
    struct tensor ids, scores;
    int rc = case_input(c, "ids", &ids);
    if (rc == 0)
        rc = case_input(c, "scores", &scores);
    if (rc != 0)
        return rc;
    generation_init(&defaults);
    int64_t rows = scores.shape[0], vocab = scores.shape[1], len = ids.shape[1], prompt = len;
    rc = read_settings(c, &defaults, &settings);
    if (rc == 0)
        rc = case_broken(c, json_opt_int(case_params(c), "prompt_length", 0, len, &prompt));
    if (rc != 0)
        return rc;
    generation_resolve(&settings, prompt, 0, 0);
    rc = processors_check(&settings, vocab);
    if (rc == 0)
        rc = scores_init(&scratch, vocab);
    if (rc != 0)
        return rc;
    struct tensor out = feed_pack(c, &scores, DTYPE_F32), given = feed_pack(c, &ids, DTYPE_I32);
    float *row = arena_array(&c->arena, 2 * (size_t)vocab, sizeof(*row));
    for (int64_t r = 0; r < rows; r++) {
        float *own = (float *)out.data + r * vocab;
        memcpy(row, own, (size_t)vocab * sizeof(*row));
        put_guard(row + vocab, vocab);
        processors_run(&(struct row){.settings = &settings,
                                     .scratch = &scratch,
                                     .ids = (int32_t *)given.data + r * len,
                                     .len = len,
                                     .prompt = prompt,
                                     .scores = row});
        memcpy(own, row, (size_t)vocab * sizeof(*row));
    }
    scores_done(&scratch);
    return case_compare_as(c, "scores", &out, NULL, &tolerance_scores);
}

/* A number, or the word for one that JSON cannot say. */
static int read_score(struct case_run *c, struct json v, float *out) {
    static const struct {
        const char *word;
        float value;
    } words[] = {
        {"inf",  INFINITY },
        {"-inf", -INFINITY},
        {"nan",  NAN      },
    };
    const char *word;
    double number = 0;
    if (json_type(v) != JSON_STRING) {
        int rc = json_as_real(v, &number);
        *out = (float)number;
        return case_broken(c, rc);
    }
    int rc = json_as_str(v, &word);
    for (size_t i = 0; rc == 0 && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(word, words[i].word) == 0) {
            *out = words[i].value;
            return 0;
        }
    return case_broken(c, rc < 0 ? rc : json_fail(v, "expected a number, inf, -inf or nan"));
}

/* "fill" everywhere but at [[id, score], …]. */
static int read_row(struct case_run *c, struct json row, float *scores, int64_t vocab) {
    struct json at = {0};
    float fill = 0;
    int rc = read_score(c, json_member(row, "fill"), &fill);
    for (int64_t i = 0; i < vocab; i++)
        scores[i] = fill;
    if (rc == 0)
        rc = case_broken(c, json_array(row, "at", &at));
    for (struct json v = json_first(at); rc == 0 && v.node; v = json_next(v)) {
        struct json id = json_first(v);
        int64_t i = 0;
        rc = case_broken(c, json_as_int(id, 0, vocab - 1, &i));
        if (rc == 0)
            rc = read_score(c, json_next(id), &scores[i]);
    }
    return rc;
}

static int compare_choice(struct case_run *c, struct json row, const struct choice *best,
                          int64_t vocab) {
    int64_t id = 0;
    double margin = 0;
    int rc = json_int(row, "id", 0, vocab - 1, &id);
    if (rc == 0)
        compare_fact(&c->total, best->id == id, "token %d is taken, and %" PRId64 " is right",
                     best->id, id);
    if (rc < 0 || !json_exists(json_member(row, "margin")))
        return case_broken(c, rc);
    rc = json_real(row, "margin", &margin);
    if (rc == 0)
        compare_fact(&c->total, (double)best->margin == margin,
                     "the next best is %g behind, and %g is right", (double)best->margin, margin);
    return case_broken(c, rc);
}

/* What greedy search takes: of equal scores, and where some are no numbers. */
static int run_argmax(struct case_run *c) {
    struct json rows = {0};
    int64_t vocab = 0;
    int rc = case_broken(c, json_int(case_params(c), "vocab", 1, WIDTH_MAX, &vocab));
    if (rc == 0)
        rc = case_broken(c, json_array(case_params(c), "rows", &rows));
    float *scores = arena_array(&c->arena, (size_t)vocab + SCORES_BLOCK, sizeof(*scores));
    put_guard(scores + vocab, SCORES_BLOCK);
    for (struct json v = json_first(rows); rc == 0 && v.node; v = json_next(v)) {
        rc = read_row(c, v, scores, vocab);
        if (rc == 0) {
            struct choice best = sampler_greedy(scores, vocab);
            rc = compare_choice(c, v, &best, vocab);
        }
    }
    return rc;
}

/* Draws from the processed scores of one row, and tests the counts against their softmax. */
static void test_draws(struct case_run *c, const struct trial *t, int64_t row, int64_t draws) {
    int64_t vocab = t->scores.shape[2], freedom;
    const float *scores = (const float *)t->scores.data + row * vocab;
    float *probs = arena_array(&c->arena, (size_t)vocab, sizeof(*probs));
    float *work = arena_array(&c->arena, (size_t)vocab, sizeof(*work));
    int64_t *counts = arena_array(&c->arena, (size_t)vocab, sizeof(*counts));
    for (int64_t i = 0; i < draws; i++) {
        struct noise noise = {.seed = 1, .step = (uint64_t)i, .row = (uint32_t)row};
        counts[sampler_draw(scores, work, vocab, &noise).id]++;
    }
    scores_softmax(scores, probs, vocab);
    double p = chi_square_test(counts, probs, vocab, draws, &freedom);
    compare_count(&c->total, draws);
    compare_fact(&c->total, freedom > 0, "the distribution has one outcome, so nothing is tested");
    compare_fact(&c->total, p > CHI_SQUARE_MIN, "row %" PRId64 ": chi-square gives p = %.3g", row,
                 p);
}

/* The known answers that the authors of Philox4x32-10 publish (Random123, kat_vectors): any other
 * numbers would pass for random ones. */
static void test_known_answers(struct case_run *c) {
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } rows[] = {
        {{0, 0, 0, 0},                                     {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}                                                          },
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}                                                          },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t out[4];
        philox_block(rows[i].counter, rows[i].key, out);
        for (int k = 0; k < 4; k++)
            compare_fact(&c->total, out[k] == rows[i].out[k],
                         "word %d of Philox under known key %zu is %08x, and should be %08x", k, i,
                         out[k], rows[i].out[k]);
    }
}

static int run_sample_seeded(struct case_run *c) {
    struct trial_plan plan;
    struct trial first, again;
    int64_t draws = 20000;
    int rc = trial_plan_of_case(c, &plan);
    test_known_answers(c);
    if (rc == 0)
        rc = case_broken(c, json_opt_int(case_params(c), "draws", 1000, 10000000, &draws));
    if (rc == 0)
        rc = trial_run(c, &plan, &first);
    for (plan.threads = 1; rc == 0 && plan.threads <= THREADS_TRIED; plan.threads++) {
        rc = trial_run(c, &plan, &again);
        if (rc == 0)
            rc = case_same(c, "ids", &again.ids, &first.ids, &tolerance_exact);
    }
    for (int64_t row = 0; rc == 0 && row < first.ids.shape[0]; row++)
        test_draws(c, &first, row, draws);
    return rc;
}

/* What a listener hears, and when it has had enough. */
struct listener {
    int32_t *tokens; /* of row 0 */
    int64_t count, enough;
};

static int hear(void *arg, const struct generate_step *step) {
    struct listener *l = arg;
    l->tokens[l->count++] = step->tokens[0];
    return l->count == l->enough;
}

static int run_streaming(struct case_run *c) {
    struct trial_plan plan;
    struct trial whole, heard, cut;
    int rc = trial_plan_of_case(c, &plan);
    if (rc == 0)
        rc = trial_run(c, &plan, &whole);
    if (rc != 0)
        return rc;
    struct listener l = {arena_array(&c->arena, (size_t)whole.steps + 1, sizeof(int32_t)), 0, -1};
    const int32_t *ids = (const int32_t *)whole.ids.data + whole.prompt;
    plan.each = hear;
    plan.arg = &l;
    rc = trial_run(c, &plan, &heard);
    if (rc < 0)
        return rc;
    compare_fact(&c->total, l.count == whole.steps, "%" PRId64 " tokens are heard, of %" PRId64,
                 l.count, whole.steps);
    for (int64_t i = 0; i < l.count && i < whole.steps; i++)
        compare_fact(&c->total, l.tokens[i] == ids[i], "token %" PRId64 " is heard as %d, not %d",
                     i, l.tokens[i], ids[i]);
    l.count = 0;
    l.enough = CANCEL_AFTER;
    rc = trial_run(c, &plan, &cut);
    if (rc < 0)
        return rc;
    compare_fact(&c->total, cut.steps == CANCEL_AFTER,
                 "stopped after %d tokens, it has made %" PRId64, CANCEL_AFTER, cut.steps);
    compare_fact(&c->total,
                 cut.steps <= whole.steps && memcmp((const int32_t *)cut.ids.data + cut.prompt, ids,
                                                    (size_t)cut.steps * sizeof(*ids)) == 0,
                 "stopped early, it has made other tokens");
    return 0;
}

static const struct case_type types[] = {
    {"processor",     "E6",  "EX", run_processor    },
    {"argmax",        "E1",  "X",  run_argmax       },
    {"sample_seeded", "E5",  "X",  run_sample_seeded},
    {"streaming",     "E24", "X",  run_streaming    },
    CASE_END_ROW,
};

const struct case_group case_sampling = {"sampling", types};
