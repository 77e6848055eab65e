/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/check/bench.h"
#include "engine/check/calibrate.h"
#include "engine/check/case.h"
#include "engine/check/fault.h"
#include "engine/check/fixture.h"
#include "engine/check/mutations.h"

struct check {
    struct fixture *fixture;
    struct bench *bench;
    const char *backend, *dtype;
    size_t *plan; /* indices of the cases to run */
    size_t plan_count;
};

struct fixture *check_fixture(struct check *k) {
    return k->fixture;
}

const char *check_dtype(const struct check *k) {
    return k->dtype;
}

struct bench *check_bench(struct check *k) {
    return k->bench;
}

static int plan_all(struct check *k) {
    k->plan_count = fixture_count(k->fixture);
    k->plan = xcalloc(k->plan_count, sizeof(*k->plan));
    for (size_t i = 0; i < k->plan_count; i++)
        k->plan[i] = i;
    return 0;
}

static int plan_cases(struct check *k, const struct opt_list *cases) {
    if (!cases || cases->len == 0)
        return plan_all(k);
    k->plan = xcalloc(cases->len, sizeof(*k->plan));
    for (size_t i = 0; i < cases->len; i++)
        if (!fixture_find(k->fixture, cases->items[i], &k->plan[k->plan_count++]))
            return err_set(ERR_ARG, "%s has no case \"%s\"; --list names them",
                           fixture_folder(k->fixture), cases->items[i]);
    return 0;
}

int check_open(struct check **out, const struct check_options *o) {
    struct check *k = xcalloc(1, sizeof(*k));
    k->backend = o->backend;
    k->dtype = o->dtype;
    int rc = fixture_open(&k->fixture, o->folder);
    if (rc == 0)
        rc = plan_cases(k, o->cases);
    if (rc == 0)
        rc = bench_new(&k->bench, o);
    if (rc == ERR_UNSUPPORTED && o->list)
        rc = 0;
    if (rc != 0)
        check_close(k);
    else
        *out = k;
    return rc;
}

void check_close(struct check *k) {
    if (!k)
        return;
    bench_free(k->bench);
    fixture_close(k->fixture);
    free(k->plan);
    free(k);
}

int check_list(struct check *k, FILE *out) {
    const char **ids = xcalloc(k->plan_count, sizeof(*ids));
    for (size_t i = 0; i < k->plan_count; i++)
        ids[i] = fixture_case_id(k->fixture, k->plan[i]);
    int rc = event_plan(out, &(struct event_plan){.family = fixture_family(k->fixture),
                                                  .backend = k->backend,
                                                  .dtype = k->dtype,
                                                  .cases = ids,
                                                  .count = k->plan_count});
    free(ids);
    return rc;
}

/* Whether the case lists the dtype of this cell; a case without a list runs in all. */
static bool runs_here(const struct check *k, struct json at) {
    const char *dtype;
    struct json list = json_member(at, "dtypes");
    if (!json_exists(list))
        return true;
    for (struct json v = json_first(list); v.node; v = json_next(v))
        if (json_as_str(v, &dtype) == 0 && strcmp(dtype, k->dtype) == 0)
            return true;
    return false;
}

/* Fills the parts of the run that cases.json decides. */
static int prepare(struct case_run *c, size_t index) {
    const char *type, *letter;
    int rc = json_str(c->json, "type", &type);
    if (rc == 0)
        rc = json_str(c->json, "tolerance", &letter);
    if (rc == 0)
        rc = json_opt_bool(c->json, "exact", &c->exact);
    if (rc == 0)
        rc = fixture_checkpoint(c->check->fixture, index, c->check->dtype, &c->folder);
    if (rc != 0)
        return case_broken(c, rc);
    c->type = case_type_find(type);
    c->tolerance = tolerance_find(letter);
    if (!c->type)
        return case_broken(c, json_fail(c->json, "there is no case type \"%s\"", type));
    if (!c->tolerance || !strstr(c->type->tolerances, letter))
        return case_broken(c,
                           json_fail(c->json, "a case of type %s has the tolerance %s, not \"%s\"",
                                     type, c->type->tolerances, letter));
    return 0;
}

/* The status, and with it why: ran and wrong, refused by the engine, or no test at all. */
static const char *judge(const struct case_run *c, int rc) {
    if (c->broken)
        return "error";
    if (rc < 0)
        return "fail";
    if (c->total.compared == 0)
        return "error";
    if (!c->total.wrong)
        return "pass";
    bool element_is_off = c->total.worst.key[0] && c->total.badness > 1;
    return element_is_off || c->total.nmse > c->total.nmse_limit ? "numerics" : "fail";
}

static const char *message_of(const struct case_run *c, int rc) {
    if (rc < 0)
        return err_text();
    if (c->total.compared == 0)
        return "the case compared nothing";
    return c->total.wrong ? c->total.text : NULL;
}

static void run_begin(struct case_run *c, struct check *k, size_t index) {
    *c = (struct case_run){.check = k,
                           .json = fixture_case(k->fixture, index),
                           .name = fixture_case_name(k->fixture, index)};
    arena_init(&c->arena, 0);
}

static int run_case(struct case_run *c, size_t index) {
    int rc = prepare(c, index);
    if (rc == 0)
        rc = c->type->run(c);
    return rc < 0 || c->broken || c->total.wrong ? rc : case_expects_met(c);
}

static int write_na(struct check *k, FILE *out, size_t index) {
    const char *reason = "the case does not run in this dtype", *type = NULL, *ref = NULL;
    struct json at = fixture_case(k->fixture, index);
    (void)json_opt_str(at, "na_reason", &reason);
    (void)json_opt_str(at, "type", &type);
    (void)json_opt_str(at, "ref", &ref);
    return event_result(out, &(struct event_result){.id = fixture_case_id(k->fixture, index),
                                                    .status = "na",
                                                    .type = type,
                                                    .ref = ref,
                                                    .requested = k->backend,
                                                    .reason = reason,
                                                    .message = reason});
}

static int write_result(struct check *k, FILE *out, size_t index, struct case_run *c, int rc,
                        double ms, double cpu_ms) {
    const char *tolerance = NULL, *type = NULL, *ref = c->type ? c->type->ref : NULL;
    (void)json_opt_str(c->json, "tolerance", &tolerance);
    (void)json_opt_str(c->json, "type", &type);
    (void)json_opt_str(c->json, "ref", &ref);
    return event_result(
        out, &(struct event_result){.id = fixture_case_id(k->fixture, index),
                                    .status = judge(c, rc),
                                    .ms = ms,
                                    .cpu_ms = cpu_ms,
                                    .type = type,
                                    .ref = ref,
                                    .tolerance = tolerance,
                                    .total = &c->total,
                                    .golden_sha256 =
                                        c->used_golden ? fixture_golden_hash(k->fixture) : NULL,
                                    .requested = k->backend,
                                    .actual = bench_backend(k->bench),
                                    .route = c->route,
                                    .message = message_of(c, rc)});
}

static int run_one(struct check *k, FILE *out, size_t index, struct check_counts *counts) {
    struct case_run c;
    int rc = event_started(out, fixture_case_id(k->fixture, index));
    if (rc < 0)
        return rc;
    fault_inject(fixture_case_id(k->fixture, index));
    if (!runs_here(k, fixture_case(k->fixture, index))) {
        counts->na++;
        return write_na(k, out, index);
    }
    run_begin(&c, k, index);
    int64_t begin = clock_mono_ns(), cpu_begin = clock_cpu_ns();
    int outcome = run_case(&c, index);
    double ms = (double)(clock_mono_ns() - begin) / 1e6;
    double cpu_ms = (double)(clock_cpu_ns() - cpu_begin) / 1e6;
    char *message = xstrdup(message_of(&c, outcome) ? message_of(&c, outcome) : "");
    if (strcmp(judge(&c, outcome), "pass") == 0)
        counts->pass++;
    else
        counts->other++;
    rc = outcome < 0 ? err_set(outcome, "%s", message) : 0; /* later calls may have set another */
    rc = write_result(k, out, index, &c, rc, ms, cpu_ms);
    free(message);
    arena_done(&c.arena);
    return rc;
}

int check_visit(struct check *k, size_t index, check_visit_fn *visit, void *arg,
                struct check_outcome *out) {
    struct case_run c;
    *out = (struct check_outcome){.status = "na"};
    if (!runs_here(k, fixture_case(k->fixture, index)))
        return 0;
    run_begin(&c, k, index);
    int rc = prepare(&c, index);
    if (rc == 0)
        rc = visit ? visit(&c, arg) : c.type->run(&c);
    const char *text = message_of(&c, rc);
    out->status = judge(&c, rc);
    (void)snprintf(out->text, sizeof(out->text), "%s", text ? text : "");
    arena_done(&c.arena);
    return 0;
}

int check_run(struct check *k, FILE *out, struct check_counts *counts) {
    struct calibration calibration = {0};
    *counts = (struct check_counts){0};
    int rc = check_list(k, out);
    calibrate(&calibration);
    for (size_t i = 0; rc == 0 && i < k->plan_count; i++)
        rc = run_one(k, out, k->plan[i], counts);
    calibrate(&calibration);
    return rc < 0 ? rc : event_done(out, k->plan_count, &calibration);
}

/* Only a wrong value is a catch: a case that could not run has seen nothing. */
static int judge_mutation(const struct case_run *c, int rc, double *nmse, double *limit,
                          double *factor) {
    if (rc < 0)
        return rc;
    if (c->total.compared == 0)
        return err_set(ERR_ARG, "the case compared nothing");
    *nmse = c->total.nmse;
    *limit = c->total.nmse_limit;
    *factor = !c->total.wrong ? 0 : *limit > 0 ? *nmse / *limit : HUGE_VAL;
    return 0;
}

int check_mutation(struct check *k, const struct mutation *m, double *nmse, double *limit,
                   double *factor) {
    struct case_run c;
    size_t index;
    if (!fixture_find(k->fixture, m->case_name, &index))
        return err_set(ERR_ARG, "mutation %s names the case \"%s\", and there is none", m->name,
                       m->case_name);
    bench_mutate(k->bench, m);
    run_begin(&c, k, index);
    int rc = judge_mutation(&c, run_case(&c, index), nmse, limit, factor);
    arena_done(&c.arena);
    bench_mutate(k->bench, NULL);
    return rc < 0 ? err_while(rc, "mutation %s, case %s", m->name, m->case_name) : 0;
}
