/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/ask.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "orchestrator/bisect/hunt.h"
#include "orchestrator/bisect/trial.h"
#include "orchestrator/sweep/plan.h"

enum { LABEL_DIGITS = 12 };

/* The cell, as the bad end has it. */
struct asked {
    const struct suite *suite;
    const char *family, *fixture; /* the folder below the root */
};

static int find_cell(struct hunt *h, struct asked *out) {
    struct plan plan;
    const struct plan_filter all = {0};
    plan_init(&plan, &h->builds.config, h->builds.name);
    int rc = plan_make(&plan, &all);
    for (size_t i = 0; rc == 0 && i < plan.len && !out->suite; i++) {
        const struct plan_cell *c = &plan.cells[i];
        if (strcmp(c->cell.name, h->question.asked.cell) == 0)
            *out = (struct asked){c->suite, arena_strdup(&h->arena, c->cell.family),
                                  arena_strdup(&h->arena, c->fixture)};
    }
    plan_done(&plan);
    return rc;
}

static int64_t limit_of(const struct hunt *h, const struct suite *s) {
    double longest = h->question.asked.longest_pass_ms * s->factor;
    if (!(longest > 0))
        return s->default_ms;
    return longest > (double)s->floor_ms ? (int64_t)longest : s->floor_ms;
}

static int try_fixture(struct hunt *h, const struct asked *asked, const char *fixture,
                       const struct build *build, struct trial *out) {
    struct plan plan;
    plan_init(&plan, &h->builds.config, build->folder);
    int rc = plan_add_family(&plan, asked->suite, asked->family, fixture);
    size_t at = 0;
    while (rc == 0 && at < plan.len &&
           strcmp(plan.cells[at].cell.name, h->question.asked.cell) != 0)
        at++;
    if (rc == 0 && at == plan.len)
        rc = err_set(ERR_NOTFOUND, "the bad commit has no cell \"%s\"", h->question.asked.cell);
    if (rc == 0) {
        const struct trial_spec spec = {.cell = &plan.cells[at],
                                        .case_name = h->question.asked.case_name,
                                        .root = build->root,
                                        .limit_ms = limit_of(h, asked->suite),
                                        .exec = h->exec,
                                        .loop = h->loop,
                                        .rules = h->rules,
                                        .stop = h->stop};
        rc = trial_run(out, &h->arena, &spec);
    }
    plan_done(&plan);
    return rc;
}

/* A failure before the case began may be ours too: a model that cannot be loaded. */
static enum outcome outcome_of(const struct hunt *h, const struct trial *t) {
    if (t->status == ATTEMPT_PASS || t->status == ATTEMPT_XPASS)
        return OUTCOME_PASS;
    if (t->status == ATTEMPT_NA || t->status == ATTEMPT_XFAIL)
        return OUTCOME_SKIP;
    bool same =
        strcmp(t->signature, h->question.asked.signature) == 0 || (h->question.any && t->began);
    if (same)
        return OUTCOME_FAIL;
    return t->began ? OUTCOME_OTHER : OUTCOME_SKIP;
}

static void write_down(struct hunt *h, const struct trial *t, const char *fixture,
                       struct diary_run *out) {
    out->outcome = outcome_of(h, t);
    out->status = verdict_attempt_name(t->status);
    out->signature = arena_strdup(&h->arena, t->signature);
    out->what = t->what;
    out->fixture = fixture;
    out->ms = t->ms;
}

static int learn_signature(struct hunt *h, const struct trial *t) {
    memcpy(h->question.asked.signature, t->signature, sizeof(t->signature));
    h->question.asked.what = t->what;
    log_info("it fails with %.12s: %s", t->signature, t->what);
    return diary_add_signature(h->diary, t->signature);
}

static int run_with(struct hunt *h, const struct asked *asked, const char *fixture,
                    const struct build *build, bool learn, struct trial *out) {
    int rc = try_fixture(h, asked, fixture, build, out);
    if (rc == 0 && learn && *out->signature && !*h->question.asked.signature)
        rc = learn_signature(h, out);
    return rc;
}

static bool is_told(enum outcome o) {
    return o == OUTCOME_PASS || o == OUTCOME_FAIL;
}

static int run_case(struct hunt *h, const struct build *build, bool learn, struct diary_run *out) {
    struct asked asked = {0};
    struct trial trial;
    int rc = find_cell(h, &asked);
    if (rc != 0)
        return rc;
    if (!asked.suite)
        return err_set(ERR_NOTFOUND, "the bad commit has no cell \"%s\"", h->question.asked.cell);
    if (!h->question.own_fixture) {
        const char *tip = arena_printf(&h->arena, "%s/%s", h->builds.tip_root, asked.fixture);
        rc = run_with(h, &asked, tip, build, learn, &trial);
        if (rc == 0)
            write_down(h, &trial, "tip", out);
        if (rc < 0 || is_told(out->outcome))
            return rc;
    }
    if (!file_exists(arena_printf(&h->arena, "%s/%s", build->root, asked.fixture)))
        return 0;
    rc = run_with(h, &asked, asked.fixture, build, learn, &trial);
    if (rc == 0 && (h->question.own_fixture || is_told(outcome_of(h, &trial))))
        write_down(h, &trial, "own", out);
    return rc;
}

int ask_commit(struct hunt *h, const struct commits_entry *e, bool learn, struct diary_run *out) {
    struct build build;
    const char *label = *out->note ? out->note : arena_strndup(&h->arena, e->id, LABEL_DIGITS);
    int rc = builds_get(&h->builds, e->tree, label, &build);
    if (rc < 0)
        return rc;
    out->build_ms = build.ms;
    out->outcome = OUTCOME_SKIP;
    out->status = build.ok ? "na" : "unbuildable";
    out->signature = out->fixture = "";
    out->what = build.ok ? "the commit has no such fixture" : build.why;
    return build.ok ? run_case(h, &build, learn, out) : 0;
}
