/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/diagnose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/check/bench.h"
#include "engine/check/check.h"
#include "engine/check/fixture.h"
#include "engine/check/load.h"
#include "engine/check/audit.h"
#include "engine/diagnose/alone.h"
#include "engine/diagnose/given.h"
#include "engine/diagnose/golden.h"
#include "engine/diagnose/ladder.h"
#include "engine/diagnose/last_good.h"
#include "engine/run/model.h"

enum { NS_PER_MS = 1000000 };

struct work {
    const struct diagnose_options *o;
    struct diagnosis *d;
    struct check *check;
    size_t index; /* of the case */
    struct device *judge, *third, *suspect;
    const char *judge_name;
    struct audit *audit;
    struct load rows; /* the case's weights as plain rows, loaded when first asked for */
    bool rows_tried;
    const char *folder;           /* of its checkpoint */
    struct check_outcome outcome; /* of the case itself */
};

/* ---- the case, audited ---- */

static const char *type_of(const struct work *w) {
    const char *type = "";
    (void)json_opt_str(fixture_case(check_fixture(w->check), w->index), "type", &type);
    return type;
}

static bool plain_rows(struct work *w) {
    struct weights_options options;
    if (!w->rows_tried) {
        w->rows_tried = true;
        bench_storage(check_bench(w->check), w->folder, &options);
        (void)load_open(&w->rows, w->folder, 0, &options);
    }
    return w->rows.checkpoint != NULL;
}

static const struct tensor *rows_of(void *arg, const char *name) {
    struct work *w = arg;
    return plain_rows(w) ? weights_find(&w->rows.weights, name) : NULL;
}

/* The reference judges the rest, and the plainest kernels judge the reference.
 */
static int open_judges(struct work *w) {
    bool is_reference = strcmp(w->o->backend, "cpu") == 0;
    bool is_plain = strcmp(w->o->backend, "cpu-native.plain") == 0;
    const struct device_options options = {.threads = (int)w->o->threads, .exact = true};
    w->judge_name = is_reference ? "cpu-native.plain" : "cpu";
    const char *third = is_reference || is_plain ? "cpu-native" : "cpu-native.plain";
    int rc = device_open(&w->judge, w->judge_name, &options);
    if (rc == 0)
        rc = device_open(&w->third, third, &options);
    return rc < 0 ? rc : device_open(&w->suspect, w->o->backend, &options);
}

static int open_work(struct work *w) {
    const struct diagnose_options *o = w->o;
    struct check_options options = {
        .folder = o->folder, .backend = o->backend, .dtype = o->dtype, .threads = o->threads};
    int rc = check_open(&w->check, &options);
    if (rc < 0)
        return rc;
    if (!fixture_find(check_fixture(w->check), o->case_id, &w->index))
        return err_set(ERR_ARG, "%s has no case \"%s\"; `check --list` names them", o->folder,
                       o->case_id);
    rc = fixture_checkpoint(check_fixture(w->check), w->index, o->dtype, &w->folder);
    return rc < 0 ? rc : open_judges(w);
}

static void close_work(struct work *w) {
    audit_free(w->audit);
    load_done(&w->rows);
    check_close(w->check);
    device_close(w->judge);
    device_close(w->third);
    device_close(w->suspect);
}

static int run_audited(struct work *w) {
    const struct audit_options options = {.judge = w->judge,
                                          .third = w->third,
                                          .suspect = w->suspect,
                                          .rows = rows_of,
                                          .arg = w,
                                          .budget_ns = w->o->budget_ms * NS_PER_MS / 2};
    audit_new(&w->audit, &options);
    const struct plan_watch watch = audit_watch(w->audit);
    bench_watch(check_bench(w->check), &watch);
    int rc = check_visit(w->check, w->index, NULL, NULL, &w->outcome);
    bench_watch(check_bench(w->check), NULL);
    return rc;
}

/* ---- an op at fault ---- */

static bool passes_on(const struct work *w, const char *backend, size_t index) {
    struct check *other = NULL;
    struct check_outcome outcome = {.status = "error"};
    const struct check_options options = {
        .folder = w->o->folder, .backend = backend, .dtype = w->o->dtype, .threads = w->o->threads};
    if (check_open(&other, &options) == 0)
        (void)check_visit(other, index, NULL, NULL, &outcome);
    check_close(other);
    return strcmp(outcome.status, "pass") == 0;
}

static int visit_golden(struct case_run *c, void *arg) {
    return golden_first(c, 0, arg);
}

/* Whether the fixture's references see the same stage part first. */
static bool golden_agrees(const struct work *w, const struct audit_finding *f) {
    struct golden_finding g = {0};
    struct check_outcome outcome;
    (void)check_visit(w->check, w->index, visit_golden, &g, &outcome);
    return g.found && g.is_stage && g.stage == f->stage && g.layer == f->layer;
}

/* A fault found by other means counts as Transformers' word where its stages
 * say the same. */
static void confirm(struct work *w) {
    const struct audit_finding f = {.stage = w->d->stage, .layer = w->d->layer};
    if (f.stage != STAGE_NONE && golden_agrees(w, &f))
        w->d->reference = "hf";
}

/* The case fails on both, so it does not tell which of two is wrong; one that has references of its
 * own does, when it passes on one of them only. Without such a case a third device says it, whose
 * word is weak, as kernels of two levels share their source. */
static bool is_judge_wrong(const struct work *w, const struct audit_finding *f) {
    const struct fixture *fixture = check_fixture(w->check);
    const char *witness = golden_richest(fixture, w->index);
    size_t index;
    if (witness && fixture_find(fixture, witness, &index))
        return !passes_on(w, w->judge_name, index) && passes_on(w, w->o->backend, index);
    return f->third_ran && f->third_agrees && strcmp(w->o->backend, "cpu") != 0;
}

/* Two ops that are wrong with weights of one dtype and right with f32 have their reader in common,
 * which has no name of its own: it is called after the backend. */
static void explain_reading(struct work *w, const struct audit_finding *f, const char *kernel,
                            const char *reference) {
    struct diagnosis *d = w->d;
    const char *dot = strrchr(kernel, '.');
    int len = dot ? (int)(dot - kernel) : 0;
    d->stage = f->stage;
    d->layer = f->layer;
    (void)snprintf(d->op, sizeof(d->op), "read");
    (void)snprintf(d->kernel, sizeof(d->kernel), "%.*s.read_%s", len, kernel,
                   dtype_name(f->narrow));
    (void)snprintf(d->shapes, sizeof(d->shapes), "%s", f->shapes);
    diagnosis_error(d, f->nmse, f->max_abs, f->limit);
    d->reference = reference;
    diagnosis_say(d, "kernel",
                  "%s and %s are wrong with weights of %s and right with the same as f32: what "
                  "%.*s reads %s with is wrong",
                  op_name(f->op), op_name(f->other), dtype_name(f->narrow), len, kernel,
                  dtype_name(f->narrow));
}

static void explain_op(struct work *w, const struct audit_finding *f) {
    struct diagnosis *d = w->d;
    /* Nodes differ: who is wrong? The case's own references, by way of the judge,
     * decide. */
    bool judge_passes = passes_on(w, w->judge_name, w->index);
    bool judge_is_wrong = !judge_passes && is_judge_wrong(w, f);
    const char *kernel = judge_is_wrong ? f->judge_kernel : f->kernel;
    if (f->shares) {
        explain_reading(w, f, kernel, judge_is_wrong ? w->o->backend : w->judge_name);
        return;
    }
    d->stage = f->stage;
    d->layer = f->layer;
    (void)snprintf(d->op, sizeof(d->op), "%s", op_name(f->op));
    (void)snprintf(d->kernel, sizeof(d->kernel), "%s", kernel);
    (void)snprintf(d->shapes, sizeof(d->shapes), "%s", f->shapes);
    diagnosis_error(d, f->nmse, f->max_abs, f->limit);
    d->reference = judge_is_wrong ? w->o->backend : golden_agrees(w, f) ? "hf" : w->judge_name;
    char alone[64] = "";
    if (f->narrow != DTYPE_F32)
        (void)snprintf(alone, sizeof(alone), " with weights of %s alone", dtype_name(f->narrow));
    diagnosis_say(d, "kernel",
                  "%s computes %s wrong%s: on the inputs it had, %s gives something "
                  "else%s",
                  kernel, op_name(f->op), alone, judge_is_wrong ? f->kernel : f->judge_kernel,
                  judge_passes ? ", with which the case passes" : "");
}

static void explain_memory(struct work *w, const struct audit_finding *f) {
    struct diagnosis *d = w->d;
    d->stage = f->stage;
    d->layer = f->layer;
    (void)snprintf(d->op, sizeof(d->op), "memory");
    (void)snprintf(d->shapes, sizeof(d->shapes), "%s", f->shapes);
    diagnosis_say(d, "graph",
                  "%s reads a value that is overwritten before it has been read: the layout of "
                  "the plan's memory is wrong",
                  op_name(f->op));
}

/* ---- something else at fault ---- */

/* What the case's plans were given. model: what it runs on; NULL when that cannot be opened. */
static struct given given_of(struct work *w, const struct model *m) {
    return (struct given){.d = w->d,
                          .audit = w->audit,
                          .path = w->folder,
                          .held = m ? &m->weights : NULL,
                          .rows = plain_rows(w) ? &w->rows.weights : NULL};
}

static struct given given_to(struct work *w, struct case_run *c) {
    struct model *m = NULL;
    (void)bench_model(c, c->folder, 0, &m);
    struct given g = given_of(w, m);
    g.positions = case_has_input(c, "position_ids");
    g.types = case_has_input(c, "token_type_ids");
    g.list = strcmp(c->type->type, "logits_to_keep") == 0;
    return g;
}

/* The first of the runs kept that has the stage; NULL when none has. */
static const struct plan_route *runs_with(const struct work *w, enum stage stage, int layer,
                                          int *count, int *at) {
    for (int run = 0; run < audit_runs(w->audit); run++) {
        const struct plan_route *routes;
        *count = audit_routes(w->audit, run, &routes);
        for (int i = *count; i-- > 0;)
            if (routes[i].stage == stage && routes[i].layer == layer) {
                *at = i;
                return routes;
            }
    }
    return NULL;
}

/* The op that leaves the stage. Scores, which no other device computes, are the only ones on the
 * way from the stage before that are not known to be right, and node_check() saw what they read:
 * then it is those, and true. */
static bool name_op(struct work *w, enum stage stage, int layer) {
    int count, at;
    const struct plan_route *routes = runs_with(w, stage, layer, &count, &at);
    if (!routes)
        return false;
    int suspect = at;
    for (int i = at; i >= 0 && (i == at || routes[i].stage == STAGE_NONE ||
                                routes[i].stage == STAGE_ATTN_SCORES);
         i--)
        if (routes[i].op == OP_ATTN_SCORES && audit_unjudged(w->audit, routes[i].op))
            suspect = i;
    (void)snprintf(w->d->op, sizeof(w->d->op), "%s", op_name(routes[suspect].op));
    (void)snprintf(w->d->kernel, sizeof(w->d->kernel), "%s", routes[suspect].kernel);
    return routes[suspect].op == OP_ATTN_SCORES && audit_unjudged(w->audit, OP_ATTN_SCORES);
}

static bool explain_stage(struct work *w, struct case_run *c) {
    struct golden_finding g;
    bool unfused =
        strcmp(c->type->type, "attentions") == 0 || strcmp(c->type->type, "substages") == 0;
    if (golden_first(c, unfused ? PLAN_UNFUSED : 0, &g) < 0 || !g.found || !g.is_stage)
        return false;
    w->d->stage = g.stage;
    w->d->layer = g.layer;
    bool alone = name_op(w, g.stage, g.layer);
    diagnosis_error(w->d, g.nmse, g.max_abs, g.limit);
    w->d->reference = "hf";
    if (alone)
        diagnosis_say(w->d, "kernel",
                      "%s is the first stage that is not Transformers' (%s), and of the ops that "
                      "lead to it all but %s, which no other device computes, are right",
                      stage_name(g.stage), g.key, w->d->kernel);
    else
        diagnosis_say(w->d, "graph",
                      "%s is the first stage that is not Transformers' (%s), and each op is right "
                      "on the inputs it has: what it is given, or how it is put together, is wrong",
                      stage_name(g.stage), g.key);
    return true;
}

static int look_deeper(struct case_run *c, void *arg) {
    const struct given g = given_to(arg, c);
    if (!given_weights(&g))
        (void)given_nodes(&g);
    return 0;
}

/* By the fixture's references: of the case itself, or of the one that has most
 * of them. */
static int look_at_stages(struct case_run *c, void *arg) {
    struct work *w = arg;
    (void)explain_stage(w, c);
    return 0;
}

/* Whether all stages of a case are right, whatever comes of them. */
static int see_stages(struct case_run *c, void *arg) {
    struct golden_finding g;
    *(bool *)arg =
        golden_first(c, 0, &g) == 0 && !(g.found && g.is_stage) && g.known > 1 && g.has_good;
    return 0;
}

static bool is_about_outputs(const struct work *w) {
    static const char *const types[] = {"final_logits", "head", "token_types"};
    const char *type = type_of(w);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

/* Whether a case has all kinds of inputs that another has. */
static bool has_kinds(struct json at, struct json other) {
    struct json inputs = json_get(at, "inputs"), asked = json_get(other, "inputs");
    for (struct json v = json_first(asked); v.node; v = json_next(v))
        if (!json_exists(json_member(inputs, json_key(v))))
            return false;
    return true;
}

/* The richest case is right in all of its stages: what fails with the same checkpoint and inputs of
 * the same kinds, and is about one pass, lies behind them. */
static void ask_richest(struct work *w) {
    struct check_outcome outcome;
    const struct fixture *f = check_fixture(w->check);
    size_t index;
    bool right = false;
    const char *name = golden_richest(f, w->index);
    if (!name || !fixture_find(f, name, &index))
        return;
    if (index != w->index)
        (void)check_visit(w->check, index, look_at_stages, w, &outcome);
    if (w->d->explained || !is_about_outputs(w) ||
        !has_kinds(fixture_case(f, index), fixture_case(f, w->index)))
        return;
    (void)check_visit(w->check, index, see_stages, &right, &outcome);
    if (!right)
        return;
    (void)snprintf(w->d->op, sizeof(w->d->op), "heads");
    diagnosis_say(w->d, "graph",
                  "all stages of %s are Transformers', and what comes behind is not: %s", name,
                  w->outcome.text);
}

static void ask_last_good(struct work *w) {
    const struct last_good what = {.suspect = w->o->suspect,
                                   .good = w->o->good,
                                   .folder = w->o->folder,
                                   .case_id = w->o->case_id,
                                   .backend = w->o->backend,
                                   .dtype = w->o->dtype,
                                   .budget_ns = w->o->budget_ms * NS_PER_MS};
    if (w->o->good && w->o->good[0] && w->o->suspect)
        (void)last_good_compare(w->d, &what);
}

static int climb(struct case_run *c, void *arg) {
    struct work *w = arg;
    ladder_climb(w->d, c, w->outcome.text, w->o->budget_ms * NS_PER_MS / 2);
    return 0;
}

/* Whether a checkpoint has to do with it. */
static bool is_about_weights(const struct work *w) {
    const char *type = type_of(w), *group = ladder_group(type);
    return strcmp(group, "tokenizer") != 0 && strcmp(group, "truncation") != 0 &&
           strcmp(type, "processor") != 0 && strcmp(type, "argmax") != 0;
}

static bool is_about_numbers(const struct work *w) {
    const char *group = ladder_group(type_of(w));
    return strcmp(group, "tokenizer") != 0 && strcmp(group, "truncation") != 0 &&
           strcmp(group, "loading") != 0 && strcmp(group, "config") != 0;
}

/* "kv_store of f32 [2,9,2,8] …": an op refuses what it is given, and nothing was computed. OP_COUNT
 * when the text says something else. */
static enum op op_refused(const struct work *w) {
    const char *of = strstr(w->outcome.text, " of "), *text = of;
    while (text && text > w->outcome.text && text[-1] != ' ') /* "the reference: kv_store of …" */
        text--;
    for (int op = 0; of && op < OP_COUNT; op++) {
        const char *name = op_name((enum op)op);
        bool first = text - w->outcome.text < 2 || text[-2] == ':';
        if (first && strlen(name) == (size_t)(of - text) && strncmp(name, text, strlen(name)) == 0)
            return (enum op)op;
    }
    return OP_COUNT;
}

static void explain_refusal(struct work *w, enum op op) {
    (void)snprintf(w->d->op, sizeof(w->d->op), "%s", op_name(op));
    diagnosis_say(w->d, op_writes_input(op) >= 0 ? "cache" : "graph", "a plan cannot be made: %s",
                  w->outcome.text);
}

static int look_at_weights(struct case_run *c, void *arg) {
    const struct given g = given_to(arg, c);
    (void)given_weights(&g);
    return 0;
}

/* "PATH.safetensors: offset …": the reader's own words. The files of a fixture are what they were
 * when it was made, and that of the references is known by its hash before it is read. */
static bool explain_reader(struct work *w) {
    static const char end[] = ".safetensors: offset ";
    if (!strstr(w->outcome.text, end))
        return false;
    (void)snprintf(w->d->op, sizeof(w->d->op), "safetensors");
    diagnosis_say(w->d, "loading", "a file of the fixture is refused by its reader: %s",
                  w->outcome.text);
    return true;
}

static void look_at_decoder(struct work *w) {
    const struct given g = given_of(w, NULL);
    (void)given_decoder(&g);
}

static void explain(struct work *w) {
    struct check_outcome outcome;
    const struct audit_finding *f = audit_first(w->audit);
    if (explain_reader(w))
        return;
    if (op_refused(w) != OP_COUNT) { /* maybe for the shape that a weight was given */
        (void)check_visit(w->check, w->index, look_at_weights, w, &outcome);
        if (!w->d->explained)
            explain_refusal(w, op_refused(w));
        return;
    }
    if (f->found && f->overwritten)
        explain_memory(w, f);
    else if (is_about_weights(w))
        look_at_decoder(w);
    if (f->found && !w->d->explained)
        explain_op(w, f);
    if (!w->d->explained && strcmp(type_of(w), "hard_numbers") == 0)
        alone_explain(w->d, w->check, w->index);
    if (w->d->explained)
        return;
    if (is_about_weights(w))
        (void)check_visit(w->check, w->index, look_deeper, w, &outcome);
    if (w->d->explained && strcmp(w->d->kind, "generation") == 0) /* of which setting? */
        (void)check_visit(w->check, w->index, climb, w, &outcome);
    if (w->d->explained)
        confirm(w);
    if (!w->d->explained && is_about_numbers(w))
        (void)check_visit(w->check, w->index, look_at_stages, w, &outcome);
    if (!w->d->explained && is_about_numbers(w))
        ask_richest(w);
    if (!w->d->explained) /* behind all that knows what is right: it only knows what was */
        ask_last_good(w);
    if (!w->d->explained)
        (void)check_visit(w->check, w->index, climb, w, &outcome);
}

int diagnose_case(struct diagnosis *d, const struct diagnose_options *options, char **case_id) {
    struct work w = {.o = options, .d = d};
    diagnosis_init(d);
    int rc = open_work(&w);
    if (rc == 0)
        rc = run_audited(&w);
    if (rc == 0) {
        *case_id = xstrdup(fixture_case_id(check_fixture(w.check), w.index));
        if (strcmp(w.outcome.status, "pass") == 0 || strcmp(w.outcome.status, "na") == 0)
            (void)snprintf(d->message, sizeof(d->message),
                           "the case %s on %s, %s: there is nothing to explain",
                           strcmp(w.outcome.status, "na") == 0 ? "does not run" : "passes",
                           options->backend, options->dtype);
        else if (strcmp(w.outcome.status, "error") == 0 && !explain_reader(&w))
            (void)snprintf(d->message, sizeof(d->message), "the test itself is broken: %s",
                           w.outcome.text);
        else if (strcmp(w.outcome.status, "error") != 0)
            explain(&w);
    }
    close_work(&w);
    return rc;
}
