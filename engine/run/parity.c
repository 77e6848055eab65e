/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/parity.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

static int feed(struct session *s, const int32_t *ids, int64_t len, enum keep keep) {
    const struct step step = {
        .rows = 1, .tokens = len, .ids = ids, .keep = keep, .flags = STEP_MASK_POSITIONS};
    return session_step(s, &step);
}

/* The logits of the last token, [vocab], in the session. */
static int last_logits(const struct session *s, struct tensor *out) {
    struct tensor logits;
    if (!session_output(s, "logits", &logits) || logits.rank != 3)
        return err_set(ERR_UNSUPPORTED, "the model has no logits of a next token");
    CHECK(tensor_narrow(&logits, &logits, 1, logits.shape[1] - 1, 1) == 0);
    return tensor_reshape(out, &logits, SHAPE(logits.shape[2]));
}

static int32_t likeliest(const float *row, int64_t vocab) {
    int32_t best = 0;
    for (int64_t i = 1; i < vocab; i++)
        if (row[i] > row[best])
            best = (int32_t)i;
    return best;
}

void parity_reference_done(struct parity_reference *r) {
    free(r->ids);
    free(r->logits);
    *r = (struct parity_reference){0};
}

int parity_reference_run(struct parity_reference *out, struct session *s, const int32_t *prompt,
                         int64_t len, int64_t steps) {
    int64_t vocab = session_model(s)->config.vocab_size;
    *out = (struct parity_reference){.prompt = len, .steps = steps, .vocab = vocab};
    out->ids = calloc((size_t)(len + steps), sizeof(*out->ids));
    out->logits = calloc((size_t)(steps * vocab), sizeof(*out->logits));
    if (!out->ids || !out->logits)
        return err_set(ERR_NOMEM, "no memory for the logits of %" PRId64 " steps", steps);
    memcpy(out->ids, prompt, (size_t)len * sizeof(*prompt));
    int rc = model_must_predict(session_model(s));
    if (rc == 0)
        rc = feed(s, prompt, len, KEEP_LAST);
    for (int64_t i = 0; rc == 0 && i < steps; i++) {
        struct tensor logits;
        rc = last_logits(s, &logits);
        if (rc < 0)
            break;
        memcpy(out->logits + i * vocab, logits.data, (size_t)vocab * sizeof(float));
        if (i + 1 == steps)
            break;
        out->ids[len + i] = likeliest(out->logits + i * vocab, vocab);
        rc = feed(s, &out->ids[len + i], 1, KEEP_LAST);
    }
    return rc;
}

static struct tensor logits_of(const struct parity_reference *r, int64_t step) {
    struct tensor t;
    CHECK(tensor_init(&t, DTYPE_F32, SHAPE(r->vocab)) == 0);
    t.data = r->logits + step * r->vocab;
    return t;
}

static int note(struct parity_part *p, const char *key, int64_t step, const struct tensor *got,
                const struct tensor *want, const struct tolerance *tolerance) {
    struct compare_total total = {0};
    char name[64];
    (void)snprintf(name, sizeof(name), "%s, step %" PRId64, key, step);
    int rc = compare_tensors(&total, name, got, want, NULL, tolerance);
    if (rc < 0)
        return rc;
    p->steps++;
    p->limit = tolerance->nmse;
    double nmse = total.unlike > 0 ? HUGE_VAL : total.nmse; /* which none of those is in */
    if (nmse > p->worst || (total.wrong && !p->fails)) {
        p->worst = nmse;
        p->worst_step = step;
    }
    if (total.wrong && !p->fails) {
        p->fails = true;
        (void)snprintf(p->text, sizeof(p->text), "%s", total.text);
    }
    return 0;
}

/* Both are fed the reference's tokens. */
static int run_forced(struct parity *out, struct session *s, const struct parity_reference *r,
                      const struct tolerance *tolerance) {
    int rc = feed(s, r->ids, r->prompt, KEEP_LAST);
    for (int64_t i = 0; rc == 0 && i < r->steps; i++) {
        struct tensor got, want = logits_of(r, i);
        rc = last_logits(s, &got);
        if (rc == 0)
            rc = note(&out->forced, "forced logits", i, &got, &want, tolerance);
        if (rc == 0)
            memcpy(out->cached + i * r->vocab, got.data, (size_t)r->vocab * sizeof(float));
        if (rc == 0 && i + 1 < r->steps)
            rc = feed(s, &r->ids[r->prompt + i], 1, KEEP_LAST);
    }
    return rc;
}

/* How the reference chose: its best two and how far apart they are, in rms of its logits. */
struct choice {
    int32_t first, second;
    double margin;
};

static struct choice choice_of(const float *row, int64_t vocab) {
    struct choice c = {likeliest(row, vocab), -1, HUGE_VAL};
    double sum = 0;
    for (int64_t i = 0; i < vocab; i++) {
        sum += (double)row[i] * (double)row[i];
        if (i != c.first && (c.second < 0 || row[i] > row[c.second]))
            c.second = (int32_t)i;
    }
    double rms = sqrt(sum / (double)vocab);
    if (rms <= 0)
        c.margin = 0; /* all are the same */
    else if (c.second >= 0)
        c.margin = ((double)row[c.first] - (double)row[c.second]) / rms;
    return c;
}

/* How many of a row are NaN or infinite: a choice among those is none. */
static int64_t odd_ones(const float *row, int64_t vocab) {
    int64_t count = 0;
    for (int64_t i = 0; i < vocab; i++)
        count += !isfinite(row[i]);
    return count;
}

/* Whether both sides have numbers to choose by at step i; false: the part fails, and says so. */
static bool can_choose(struct parity_part *p, int64_t i, const float *got, const float *want,
                       int64_t vocab) {
    int64_t mine = odd_ones(got, vocab), theirs = odd_ones(want, vocab);
    if (mine + theirs == 0)
        return true;
    p->steps++;
    p->worst = (double)NAN;
    p->worst_step = i;
    p->fails = true;
    (void)snprintf(p->text, sizeof(p->text),
                   "the logits behind which token %" PRId64 " is chosen are no numbers: %" PRId64
                   " of %" PRId64 " are NaN or infinite, and %" PRId64 " of the reference's",
                   i, mine, vocab, theirs);
    return false;
}

/* The model is fed its own tokens. Behind a near tie that it decided the other way there is no
 * more to compare: the texts are different ones. */
static int run_free(struct parity *out, struct session *s, const struct parity_reference *r) {
    struct parity_part *p = &out->free;
    int rc = feed(s, r->ids, r->prompt, KEEP_LAST);
    p->worst = HUGE_VAL;
    p->limit = TOLERANCE_MARGIN;
    for (int64_t i = 0; rc == 0 && i + 1 < r->steps; i++) {
        struct tensor got;
        rc = last_logits(s, &got);
        if (rc < 0)
            return rc;
        if (!can_choose(p, i, got.data, r->logits + i * r->vocab, r->vocab))
            return 0;
        struct choice right = choice_of(r->logits + i * r->vocab, r->vocab);
        int32_t is = likeliest(got.data, r->vocab), fed = r->ids[r->prompt + i];
        p->steps++;
        if (right.margin < p->worst) {
            p->worst = right.margin;
            p->worst_step = i;
        }
        if (is != fed) {
            bool excused = right.margin <= TOLERANCE_MARGIN && is == right.second;
            out->near_ties += excused;
            p->fails = !excused;
            (void)snprintf(p->text, sizeof(p->text),
                           "token %" PRId64 " is %d, and the reference's is %d by a margin of %.3g",
                           i, is, fed, right.margin);
            return 0;
        }
        rc = feed(s, &is, 1, KEEP_LAST);
    }
    return rc;
}

/* One pass over the whole text, without a cache of anything. */
static int run_full(struct parity *out, struct session *s, const struct parity_reference *r,
                    const struct tolerance *tolerance) {
    struct tensor all, row;
    int64_t len = r->prompt + r->steps - 1;
    int rc = feed(s, r->ids, len, KEEP_ALL);
    if (rc == 0 && (!session_output(s, "logits", &all) || all.rank != 3))
        rc = err_set(ERR_UNSUPPORTED, "the model has no logits of a next token");
    for (int64_t i = 0; rc == 0 && i < r->steps; i++) {
        struct parity_reference mine = *r;
        mine.logits = out->cached;
        struct tensor got = logits_of(&mine, i);
        CHECK(tensor_narrow(&row, &all, 1, r->prompt - 1 + i, 1) == 0);
        CHECK(tensor_reshape(&row, &row, SHAPE(r->vocab)) == 0);
        memcpy(out->whole + i * r->vocab, row.data, (size_t)r->vocab * sizeof(float));
        rc = note(&out->full, "cached against full", i, &got, &row,
                  tolerance == &tolerance_deep ? tolerance : &tolerance_self);
    }
    return rc;
}

void parity_done(struct parity *p) {
    free(p->cached);
    free(p->whole);
    *p = (struct parity){0};
}

int parity_run(struct parity *out, struct session *s, const struct parity_reference *r,
               const struct tolerance *tolerance) {
    *out = (struct parity){0};
    int rc = model_must_predict(session_model(s));
    if (rc < 0)
        return rc;
    out->cached = calloc((size_t)(r->steps * r->vocab) + 1, sizeof(*out->cached));
    out->whole = calloc((size_t)(r->steps * r->vocab) + 1, sizeof(*out->whole));
    if (!out->cached || !out->whole)
        return err_set(ERR_NOMEM, "no memory for the logits of %" PRId64 " steps", r->steps);
    if (!tolerance)
        tolerance = &tolerance_final;
    rc = run_forced(out, s, r, tolerance);
    session_reset(s);
    if (rc == 0)
        rc = run_free(out, s, r);
    session_reset(s);
    if (rc == 0)
        rc = run_full(out, s, r, tolerance);
    return rc;
}
