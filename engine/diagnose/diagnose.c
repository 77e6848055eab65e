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
#include "engine/check/watched.h"
#include "engine/check/audit.h"
#include "engine/diagnose/alone.h"
#include "engine/diagnose/given.h"
#include "engine/diagnose/golden.h"
#include "engine/diagnose/ladder.h"
#include "engine/diagnose/last_good.h"
#include "engine/diagnose/refusal.h"
#include "engine/diagnose/resolved.h"
#include "engine/diagnose/subject.h"
#include "engine/diagnose/unloaded.h"
#include "engine/run/model.h"

enum { NS_PER_MS = 1000000 };

struct work {
    const struct diagnose_options *o;
    struct diagnosis *d;
    struct check *check;
    size_t index; /* of the case */
    struct device *judge, *suspect;
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
    const struct device_options options = {.threads = (int)w->o->threads, .exact = true};
    w->judge_name = is_reference ? "cpu-native.plain" : "cpu";
    int rc = device_open(&w->judge, w->judge_name, &options);
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
    device_close(w->suspect);
}

/* What a case that ended before any plan of the cell's ran was about to run first. */
static int run_prompt(struct case_run *c, void *arg) {
    struct feed feed;
    (void)arg;
    int rc = watched_feed(c, &feed);
    return rc < 0 ? rc : bench_forward(c, NULL, &feed, FEED_QUIET, NULL);
}

static int run_audited(struct work *w) {
    const struct audit_options options = {.judge = w->judge,
                                          .suspect = w->suspect,
                                          .rows = rows_of,
                                          .arg = w,
                                          .budget_ns = w->o->budget_ms * NS_PER_MS / 2};
    audit_new(&w->audit, &options);
    const struct plan_watch watch = audit_watch(w->audit);
    struct check_outcome outcome;
    bench_watch(check_bench(w->check), &watch);
    int rc = check_visit(w->check, w->index, NULL, NULL, &w->outcome);
    if (rc == 0 && audit_runs(w->audit) == 0 && subject_has_numbers(type_of(w)))
        rc = check_visit(w->check, w->index, run_prompt, NULL, &outcome);
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

/* The case fails on both, so it does not tell which of two is wrong; the op's definition does, or
 * where that cannot be asked a case that has references of its own and passes on one of them only.
 */
static bool is_judge_wrong(const struct work *w, const struct audit_finding *f) {
    const struct fixture *fixture = check_fixture(w->check);
    const char *witness = golden_richest(fixture, w->index);
    size_t index;
    if (f->defined)
        return f->defined_agrees;
    return witness && fixture_find(fixture, witness, &index) &&
           !passes_on(w, w->judge_name, index) && passes_on(w, w->o->backend, index);
}

/* Ops that are wrong with weights of one dtype and right with f32 have their reader in common, and
 * ops of three kinds all that their device does; which has no name of its own: it is called after
 * the backend. */
static void explain_shared(struct work *w, const struct audit_finding *f, const char *kernel) {
    struct diagnosis *d = w->d;
    const char *dot = strrchr(kernel, '.'), *dtype = dtype_name(f->narrow);
    int len = dot ? (int)(dot - kernel) : 0;
    bool narrow = f->narrow != DTYPE_F32;
    (void)snprintf(d->op, sizeof(d->op), "%s", narrow ? "read" : "common");
    (void)snprintf(d->kernel, sizeof(d->kernel), "%.*s.%s%s", len, kernel,
                   narrow ? "read_" : "common", narrow ? dtype : "");
    if (narrow)
        diagnosis_say(d, "kernel",
                      "%s and %s are wrong with weights of %s and right with the same as f32: what "
                      "%.*s reads %s with is wrong",
                      op_name(f->op), op_name(f->other), dtype, len, kernel, dtype);
    else
        diagnosis_say(d, "kernel",
                      "%s, %s and others are wrong, each on the inputs it had: what all kernels of "
                      "%.*s have in common is wrong",
                      op_name(f->op), op_name(f->other), len, kernel);
}

static void explain_op(struct work *w, const struct audit_finding *f) {
    struct diagnosis *d = w->d;
    /* Nodes differ: who is wrong? The case's own references, by way of the judge,
     * decide. */
    bool judge_passes = f->judge_kernel && passes_on(w, w->judge_name, w->index);
    bool judge_is_wrong = f->judge_kernel && !judge_passes && is_judge_wrong(w, f);
    const char *kernel = judge_is_wrong ? f->judge_kernel : f->kernel;
    const char *other = judge_is_wrong ? f->kernel : f->judge_kernel;
    d->stage = f->stage;
    d->layer = f->layer;
    (void)snprintf(d->shapes, sizeof(d->shapes), "%s", f->shapes);
    diagnosis_error(d, f->nmse, f->max_abs, f->limit);
    d->reference = judge_is_wrong            ? w->o->backend
                   : f->shares               ? w->judge_name
                   : golden_agrees(w, f)     ? "hf"
                   : f->judge_kernel != NULL ? w->judge_name
                                             : "definition";
    if (f->shares) {
        explain_shared(w, f, kernel);
        return;
    }
    (void)snprintf(d->op, sizeof(d->op), "%s", op_name(f->op));
    (void)snprintf(d->kernel, sizeof(d->kernel), "%s", kernel);
    char alone[64] = "";
    if (f->narrow != DTYPE_F32)
        (void)snprintf(alone, sizeof(alone), " with weights of %s alone", dtype_name(f->narrow));
    diagnosis_say(d, "kernel",
                  "%s computes %s wrong%s: on the inputs it had, %s gives something "
                  "else%s",
                  kernel, op_name(f->op), alone, other ? other : "its definition",
                  judge_passes ? ", with which the case passes" : "");
}

static void explain_memory(struct work *w, const struct audit_finding *f) {
    struct diagnosis *d = w->d;
    d->stage = f->stage;
    d->layer = f->layer;
    if (op_writes_input(f->op) >= 0) {
        (void)snprintf(d->op, sizeof(d->op), "kv");
        diagnosis_say(d, "cache", "what %s writes into lies over what another node reads",
                      op_name(f->op));
        return;
    }
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

/* The op that leaves the stage. */
static void name_op(struct work *w, enum stage stage, int layer) {
    int count, at;
    const struct plan_route *routes = runs_with(w, stage, layer, &count, &at);
    if (!routes)
        return;
    (void)snprintf(w->d->op, sizeof(w->d->op), "%s", op_name(routes[at].op));
    (void)snprintf(w->d->kernel, sizeof(w->d->kernel), "%s", routes[at].kernel);
}

static bool explain_stage(struct work *w, struct case_run *c) {
    struct golden_finding g;
    bool unfused =
        strcmp(c->type->type, "attentions") == 0 || strcmp(c->type->type, "substages") == 0;
    if (golden_first(c, unfused ? PLAN_UNFUSED : 0, &g) < 0 || !g.found || !g.is_stage)
        return false;
    w->d->stage = g.stage;
    w->d->layer = g.layer;
    name_op(w, g.stage, g.layer);
    diagnosis_error(w->d, g.nmse, g.max_abs, g.limit);
    w->d->reference = "hf";
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
    if (w->d->explained || !subject_is_output(type_of(w)) ||
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

static void explain_refusal(struct work *w, enum op op) {
    (void)snprintf(w->d->op, sizeof(w->d->op), "%s", op_name(op));
    w->d->stage = refusal_stage(w->outcome.text);
    diagnosis_say(w->d, op_writes_input(op) >= 0 ? "cache" : "graph", "a plan cannot be made: %s",
                  w->outcome.text);
}

/* A plan that was never made has no nodes to look at; the case of the checkpoint that has the most
 * references may have one of which as much is wrong. */
static bool ask_another(struct work *w) {
    const struct fixture *fixture = check_fixture(w->check);
    struct diagnose_options options = *w->o;
    struct diagnosis other;
    char *id = NULL;
    size_t index;
    options.case_id = golden_richest(fixture, w->index);
    options.budget_ms /= 2;
    options.good = NULL;
    if (!options.case_id || !fixture_find(fixture, options.case_id, &index) || index == w->index)
        return false;
    bool explained = diagnose_case(&other, &options, &id) == 0 && other.explained;
    if (explained) {
        *w->d = other;
        diagnosis_say(w->d, other.kind, "%s fails too: %s", id, other.message);
    }
    free(id);
    return explained;
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
    if (refusal_op(w->outcome.text) != OP_COUNT) { /* maybe for the shape that a weight was given */
        (void)check_visit(w->check, w->index, look_at_weights, w, &outcome);
        if (!w->d->explained && !ask_another(w))
            explain_refusal(w, refusal_op(w->outcome.text));
        return;
    }
    if (f->found && f->overwritten)
        explain_memory(w, f);
    else if (subject_has_weights(type_of(w)))
        look_at_decoder(w);
    if (f->found && !w->d->explained)
        explain_op(w, f);
    if (!w->d->explained && alone_is(type_of(w)))
        alone_explain(w->d, w->check, w->index, type_of(w));
    if (!w->d->explained)
        resolved_explain(w->d, type_of(w), w->outcome.text);
    if (w->d->explained)
        return;
    if (subject_has_weights(type_of(w)))
        (void)check_visit(w->check, w->index, look_deeper, w, &outcome);
    if (w->d->explained && strcmp(w->d->kind, "generation") == 0) /* of which setting? */
        (void)check_visit(w->check, w->index, climb, w, &outcome);
    if (w->d->explained)
        confirm(w);
    if (!w->d->explained && subject_has_numbers(type_of(w)))
        (void)check_visit(w->check, w->index, look_at_stages, w, &outcome);
    if (!w->d->explained && subject_has_numbers(type_of(w)))
        ask_richest(w);
    if (!w->d->explained) /* behind all that knows what is right: it only knows what was */
        ask_last_good(w);
    if (!w->d->explained)
        unloaded_explain(w->d, check_fixture(w->check), w->outcome.text);
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
