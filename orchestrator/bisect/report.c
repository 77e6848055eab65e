/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/report.h"

#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/bisect/hunt.h"

enum { ID_SHOWN = 12, RANGE_SHOWN = 20 };

static const char *const answers[] = {"unfinished", "culprit",        "range",
                                      "undecided",  "not_reproduced", "good_is_bad"};

bool report_is_decided(const struct hunt *h) {
    return h->inquiry.answer == SEARCH_CULPRIT && h->inquiry.status != VERIFY_VINDICATED;
}

static double posterior(const struct hunt *h, size_t at) {
    const struct belief *b = &h->inquiry.search.belief;
    return b->posterior[at < h->range.len ? at : belief_before(b)];
}

/* Those that a range names. */
static size_t suspects_of(const struct hunt *h, size_t **out) {
    double rest;
    *out = xcalloc(h->range.len, sizeof(**out));
    if (h->inquiry.answer != SEARCH_RANGE && h->inquiry.answer != SEARCH_UNDECIDED)
        return 0;
    return search_suspects(&h->inquiry.search, *out, &rest);
}

static void put_commit(struct buf *out, const struct commits_entry *e) {
    char when[CLOCK_ISO_SIZE];
    buf_printf(out, "%.*s  %.10s  %s: %s\n", ID_SHOWN, e->id, clock_iso(e->time_ms, when),
               e->author, e->subject);
}

static void put_verification(struct buf *out, const struct hunt *h) {
    const struct verify *v = &h->inquiry.verify;
    buf_printf(out, "status      %s", verify_status_name(h->inquiry.status));
    for (size_t r = 0; v->least > 0 && r < v->roles; r++) {
        const int *n = v->count[r];
        int runs = n[OUTCOME_PASS] + n[OUTCOME_FAIL] + n[OUTCOME_OTHER] + n[OUTCOME_SKIP];
        if (r == VERIFY_SUSPECT)
            buf_printf(out, ": it failed in %d of %d runs", n[OUTCOME_FAIL], runs);
        else
            buf_printf(out, ", its parent passed in %d of %d", n[OUTCOME_PASS], runs);
    }
    buf_putc(out, '\n');
    static const char *const sentences[] = {
        NULL,
        "the case passes",
        "the case still fails the same way: something else causes it too",
        "the case fails for another reason",
        "it cannot be built",
        "it cannot be taken back alone: later commits changed the same lines"};
    static const char without[] = "without it, on top of the bad commit, ";
    if (sentences[h->revert])
        buf_printf(out, "revert      %s%s\n", h->revert == HUNT_REVERT_CONFLICTS ? "" : without,
                   sentences[h->revert]);
}

static void put_range(struct buf *out, const struct hunt *h) {
    size_t *suspects, n = suspects_of(h, &suspects);
    buf_printf(out,
               h->inquiry.answer == SEARCH_RANGE
                   ? "range       one of %zu commits, which no test can tell apart:\n"
                   : "undecided   probably one of %zu commits; the budget of builds is spent:\n",
               n);
    for (size_t i = 0; i < n && i < RANGE_SHOWN; i++) {
        buf_printf(out, "  %.2f  ", posterior(h, suspects[i]));
        put_commit(out, &h->range.entries[suspects[i]]);
    }
    if (n > RANGE_SHOWN)
        buf_printf(out, "  … and %zu more\n", n - RANGE_SHOWN);
    if (posterior(h, h->range.len) > 0.01)
        buf_printf(out, "  %.2f  it came in before the range\n", posterior(h, h->range.len));
    free(suspects);
}

static void put_answer(struct buf *out, const struct hunt *h) {
    const struct question *q = &h->question.asked;
    switch (h->inquiry.answer) {
    case SEARCH_CULPRIT:
        buf_puts(out, "culprit     ");
        put_commit(out, &h->range.entries[h->inquiry.culprit]);
        buf_printf(out, "confidence  %.4f\n", posterior(h, h->inquiry.culprit));
        put_verification(out, h);
        break;
    case SEARCH_RANGE:
    case SEARCH_UNDECIDED:
        put_range(out, h);
        break;
    case SEARCH_GOOD_IS_BAD:
        buf_printf(out,
                   "good is bad  the case fails the same way at %.*s, which the good commit has "
                   "too: what changed lies outside of these commits, or in the fixture "
                   "(--own-fixture)\n",
                   ID_SHOWN, hunt_entry(h, h->inquiry.culprit)->id);
        break;
    default:
        buf_printf(out, "not reproduced  the case does not fail this way at %.*s\n", ID_SHOWN,
                   q->bad);
    }
}

static void put_tested(struct buf *out, const struct hunt *h) {
    const struct search *s = &h->inquiry.search;
    buf_puts(out, "\n  commit        pass  fail other  skip  probability\n");
    for (size_t i = h->range.len + 1; i-- > 0;) {
        size_t at = i == 0 ? h->range.len : i - 1; /* the good end last */
        const int *n = s->tally[at].count;
        if (n[0] + n[1] + n[2] + n[3] == 0)
            continue;
        buf_printf(out, "  %.*s %5d %5d %5d %5d  ", ID_SHOWN, hunt_entry(h, at)->id,
                   n[OUTCOME_PASS], n[OUTCOME_FAIL], n[OUTCOME_OTHER], n[OUTCOME_SKIP]);
        if (at >= h->range.older && at < h->range.len)
            buf_printf(out, "%.4f  %s\n", posterior(h, at), hunt_entry(h, at)->subject);
        else
            buf_printf(out, "good    %s\n", hunt_entry(h, at)->subject);
    }
}

void report_text(struct buf *out, const struct hunt *h) {
    const struct question *q = &h->question.asked;
    const struct belief *b = &h->inquiry.search.belief;
    buf_printf(out, "%s in %s", q->case_name, q->cell);
    if (*q->what)
        buf_printf(out, ": %s", q->what);
    buf_printf(out, "\n%.*s good, %.*s bad, %zu commits between\n\n", ID_SHOWN, h->good.id,
               ID_SHOWN, q->bad, h->range.len - h->range.older);
    put_answer(out, h);
    buf_printf(out,
               "flake       fails in %.1f %% of runs of a sound commit, passes in %.1f %% of a "
               "broken one\n",
               b->q * 100, b->m * 100);
    buf_printf(out, "work        %d runs in %.1f s, %d builds in %.1f s, %d not buildable\n",
               h->runs, h->run_ms / 1000, h->builds_made, h->build_ms / 1000, h->unbuildable);
    put_tested(out, h);
    buf_printf(out, "\ndiary       %s/bisect.ndjson\n", h->folder);
}

static void put_json_commit(struct json_writer *w, const char *key, const struct hunt *h,
                            size_t at) {
    const struct commits_entry *e = hunt_entry(h, at);
    const int *n = h->inquiry.search.tally[at].count;
    json_open_object(w, key);
    json_put_str(w, "commit", e->id);
    json_put_str(w, "subject", e->subject);
    json_put_str(w, "author", e->author);
    json_put_int(w, "time", e->time_ms);
    json_put_real(w, "probability", posterior(h, at));
    for (int o = 0; o < OUTCOME_COUNT; o++)
        json_put_int(w, diary_outcome_name((enum outcome)o), n[o]);
    json_close_object(w);
}

static void put_json_lists(struct json_writer *w, const struct hunt *h) {
    size_t *suspects, n = suspects_of(h, &suspects);
    json_open_array(w, "range");
    for (size_t i = 0; i < n; i++)
        put_json_commit(w, NULL, h, suspects[i]);
    json_close_array(w);
    free(suspects);
    json_open_array(w, "tested");
    for (size_t i = 0; i < h->inquiry.search.tested_count; i++)
        put_json_commit(w, NULL, h, h->inquiry.search.tested[i]);
    json_close_array(w);
}

void report_json(struct buf *out, const struct hunt *h, int indent) {
    const struct question *q = &h->question.asked;
    const struct belief *b = &h->inquiry.search.belief;
    struct json_writer w;
    json_writer_init(&w, out, indent);
    json_open_object(&w, NULL);
    json_put_int(&w, "schema", 1);
    json_put_str(&w, "cell", q->cell);
    json_put_str(&w, "case", q->case_name);
    json_put_str(&w, "signature", q->signature);
    json_put_str(&w, "good", h->good.id);
    json_put_str(&w, "bad", q->bad);
    json_put_int(&w, "commits", (int64_t)(h->range.len - h->range.older));
    json_put_str(&w, "answer", answers[h->inquiry.answer]);
    if (h->inquiry.answer == SEARCH_CULPRIT) {
        put_json_commit(&w, "culprit", h, h->inquiry.culprit);
        json_put_real(&w, "confidence", posterior(h, h->inquiry.culprit));
        json_put_str(&w, "status", verify_status_name(h->inquiry.status));
        json_put_str(&w, "revert", hunt_revert_name(h->revert));
    }
    put_json_lists(&w, h);
    json_put_real(&w, "false_failures", b->q);
    json_put_real(&w, "false_passes", b->m);
    json_put_int(&w, "runs", h->runs);
    json_put_int(&w, "builds", h->builds_made);
    json_put_int(&w, "unbuildable", h->unbuildable);
    json_put_real(&w, "build_ms", h->build_ms);
    json_put_real(&w, "run_ms", h->run_ms);
    json_close_object(&w);
}
