/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/record.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "orchestrator/proc/proc.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/diagnoses.h"
#include "orchestrator/store/mends.h"
#include "orchestrator/store/shifts.h"
#include "orchestrator/sweep/index.h"
#include "orchestrator/sweep/journal.h"
#include "orchestrator/sweep/plan.h"
#include "orchestrator/triage/finding.h"

enum { RUN_BYTES_MAX = 64 << 10 };

struct record {
    struct journal *journal;
    struct index index;
    struct buf line;
    struct json_writer w;
    bool dirty; /* something was added since the last sync */
};

static struct json_writer *begin_line(struct record *r, const char *event) {
    buf_reset(&r->line);
    json_writer_init(&r->w, &r->line, 0);
    json_open_object(&r->w, NULL);
    json_put_str(&r->w, "event", event);
    return &r->w;
}

/* The journal first: what is not there did not happen. */
static int end_line(struct record *r) {
    json_close_object(&r->w);
    buf_putc(&r->line, '\n');
    int rc = buf_ok(&r->line, "an event");
    if (rc == 0)
        rc = journal_add(r->journal, r->line.data, r->line.len);
    if (rc == 0)
        rc = index_add(&r->index, r->line.data, r->line.len - 1, journal_size(r->journal));
    r->dirty = true;
    return rc;
}

static void put_environment(struct json_writer *w, const struct environment *env) {
    json_open_object(w, "environment");
    json_put_str(w, "hash", env->hash);
    json_put_str(w, "os", env->os);
    json_put_str(w, "kernel", env->kernel);
    json_put_str(w, "cpu", env->cpu);
    json_put_int(w, "cores", env->cores);
    json_put_int(w, "memory_kib", env->memory_kib);
    json_put_str(w, "compiler", env->compiler);
    json_put_str(w, "libc", env->libc);
    json_close_object(w);
}

static int put_run(struct record *r, const struct run *run, const struct environment *env) {
    struct json_writer *w = begin_line(r, "run");
    json_put_int(w, "schema", 1);
    json_put_str(w, "run", run->name);
    json_put_str(w, "subject", run->subject);
    json_put_int(w, "t", run->started_ms);
    json_put_str(w, "scope", run->scope);
    json_put_str(w, "commit", run->commit);
    json_put_str(w, "tree", run->tree);
    json_put_str(w, "branch", run->branch);
    json_put_bool(w, "dirty", run->dirty);
    json_put_str(w, "build_sha256", run->build_sha256);
    json_put_str(w, "config_sha256", run->config_sha256);
    json_put_str(w, "program", run->program);
    json_put_int(w, "workers", run->workers);
    put_environment(w, env);
    return end_line(r);
}

static int put_cell(struct record *r, const struct run *run, const struct plan_cell *c) {
    struct json_writer *w = begin_line(r, "cell");
    const struct variant *v = &c->cell.variant;
    json_put_str(w, "cell", c->cell.name);
    json_put_str(w, "suite", c->cell.suite);
    json_put_str(w, "family", c->cell.family);
    json_put_str(w, "variant", v->hash);
    json_put_str(w, "axes", v->axes);
    json_put_str(w, "label", v->label);
    json_put_str(w, "backend", v->backend);
    json_put_str(w, "dtype", v->dtype);
    json_put_str(w, "command", c->command);
    json_put_str(w, "command_one", c->command_one);
    char *log = arena_printf(&r->index.arena, "%s/%s", run->name, c->log);
    json_put_str(w, "log", log);
    if (*c->program_sha256)
        json_put_str(w, "program_sha256", c->program_sha256);
    json_open_array(w, "cases");
    for (size_t i = 0; i < c->case_count; i++)
        json_put_str(w, NULL, c->cases[i]);
    json_close_array(w);
    return end_line(r);
}

static struct json_writer *begin_case(struct record *r, const char *event, const char *cell,
                                      const char *case_name) {
    struct json_writer *w = begin_line(r, event);
    json_put_str(w, "cell", cell);
    json_put_str(w, "case", case_name);
    return w;
}

static void put_text(struct json_writer *w, const char *key, const char *text) {
    if (text && *text)
        json_put_str(w, key, text);
}

static int put_waived(struct record *r, const struct plan *plan, const struct plan_cell *cell,
                      const char *case_name, const struct waiver *w, size_t entry, bool expired) {
    struct json_writer *line = begin_case(r, "waived", cell->cell.name, case_name);
    json_put_str(line, "kind", waiver_kind_name(w->kind));
    json_put_int(line, "entry", (int64_t)entry);
    if (w->signatures[0]) {
        json_open_array(line, "signatures");
        for (size_t i = 0; w->signatures[i]; i++)
            json_put_str(line, NULL, w->signatures[i]);
        json_close_array(line);
    }
    put_text(line, "reason", w->reason);
    json_put_str(line, "owner", w->owner);
    json_put_str(line, "issue", w->issue);
    json_put_str(line, "expires", w->expires);
    if (expired)
        json_put_bool(line, "expired", true);
    if (w->kind == WAIVER_EXPECT && plan->config->expect_strict)
        json_put_bool(line, "strict", true);
    return end_line(r);
}

/* One line for each planned case that the entry is about. */
static int put_waiver(struct record *r, const struct plan *plan, const struct waiver *w,
                      size_t entry, const struct run *run) {
    size_t covered = 0;
    int rc = 0;
    for (size_t i = 0; i < plan->len; i++)
        for (size_t k = 0; rc == 0 && k < plan->cells[i].case_count; k++) {
            if (!waiver_covers(w, plan->cells[i].cell.name, plan->cells[i].cases[k]))
                continue;
            rc = put_waived(r, plan, &plan->cells[i], plan->cells[i].cases[k], w, entry,
                            waiver_is_expired(w, run->started_ms));
            covered++;
        }
    if (!covered && !*run->scope)
        log_warn("noctule.json: %s[%zu] of %s is about no case", waiver_kind_name(w->kind), entry,
                 w->owner);
    return rc;
}

static int put_waivers(struct record *r, const struct plan *plan, const struct waivers *list,
                       const struct run *run) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < list->len; i++)
        rc = put_waiver(r, plan, &list->rows[i], i, run);
    return rc;
}

static int open_record(struct record **out, struct db *db, const char *logs, const char *name,
                       int (*open)(struct journal **, const char *)) {
    struct record *r = xcalloc(1, sizeof(*r));
    struct buf path;
    buf_init(&r->line, JOURNAL_LINE_MAX);
    buf_init(&path, RUN_BYTES_MAX);
    buf_printf(&path, "%s/%s/events.ndjson", logs, name);
    int rc = open(&r->journal, path.data);
    buf_done(&path);
    if (rc == 0)
        rc = index_open(&r->index, db, name);
    if (rc < 0)
        record_close(r);
    else
        *out = r;
    return rc;
}

const char *record_name(struct arena *arena, const char *logs, int64_t started_ms,
                        const char *commit) {
    char iso[CLOCK_ISO_SIZE], stamp[CLOCK_ISO_SIZE];
    struct buf path;
    size_t n = 0;
    clock_iso(started_ms, iso);
    for (const char *at = iso; *at && *at != '.'; at++)
        if (*at >= '0' && *at <= '9')
            stamp[n++] = *at;
    stamp[n] = '\0';
    const char *base =
        arena_printf(arena, "%.8s-%.6s-%.7s", stamp, stamp + 8, *commit ? commit : "nocommit");
    const char *name = base;
    buf_init(&path, RUN_BYTES_MAX);
    for (int i = 2; file_exists(file_join(&path, logs, name)); i++)
        name = arena_printf(arena, "%s-%d", base, i);
    buf_done(&path);
    return name;
}

int record_begin(struct record **out, struct db *db, const char *logs, struct run *run,
                 const struct environment *env, const struct plan *plan) {
    struct record *r;
    int rc = open_record(&r, db, logs, run->name, journal_create);
    if (rc < 0)
        return rc;
    run->planned = 0;
    rc = put_run(r, run, env);
    for (size_t i = 0; rc == 0 && i < plan->len; i++) {
        run->planned += (int64_t)plan->cells[i].case_count;
        rc = put_cell(r, run, &plan->cells[i]);
    }
    if (rc == 0)
        rc = put_waivers(r, plan, &plan->config->expect, run);
    if (rc == 0)
        rc = put_waivers(r, plan, &plan->config->quarantine, run);
    if (rc == 0) {
        struct json_writer *w = begin_line(r, "planned");
        json_put_int(w, "cells", (int64_t)plan->len);
        json_put_int(w, "cases", run->planned);
        rc = end_line(r);
    }
    if (rc == 0)
        rc = record_sync(r);
    run->id = r->index.run.id;
    if (rc < 0)
        record_close(r);
    else
        *out = r;
    return rc;
}

int record_resume(struct record **out, struct db *db, const char *logs, const struct run *run,
                  int64_t now_ms) {
    struct record *r;
    int rc = open_record(&r, db, logs, run->name, journal_append_to);
    if (rc < 0)
        return rc;
    struct json_writer *w = begin_line(r, "resumed");
    json_put_int(w, "t", now_ms);
    rc = end_line(r);
    if (rc == 0)
        rc = record_sync(r);
    if (rc < 0)
        record_close(r);
    else
        *out = r;
    return rc;
}

void record_close(struct record *r) {
    if (!r)
        return;
    index_close(&r->index);
    journal_close(r->journal);
    buf_done(&r->line);
    free(r);
}

int record_started(struct record *r, const char *cell, const char *case_name, int n,
                   int64_t now_ms) {
    struct json_writer *w = begin_case(r, "started", cell, case_name);
    json_put_int(w, "n", n);
    json_put_int(w, "t", now_ms);
    return end_line(r);
}

/* Infinities are words, as in the events of workers; NAN is left out. */
static void put_real(struct json_writer *w, const char *key, double v) {
    if (isinf(v))
        json_put_str(w, key, v > 0 ? "inf" : "-inf");
    else if (!isnan(v))
        json_put_real(w, key, v);
}

static void put_figures(struct json_writer *w, const struct attempt *a) {
    json_put_int(w, "compared", a->compared);
    put_real(w, "nmse", a->nmse);
    put_real(w, "nmse_limit", a->nmse_limit);
    put_real(w, "max_abs", a->max_abs);
    put_text(w, "tolerance", a->tolerance);
    put_text(w, "worst_key", a->worst_key);
    put_text(w, "worst_index", a->worst_index);
    put_real(w, "worst_got", a->worst_got);
    put_real(w, "worst_want", a->worst_want);
    put_text(w, "golden_sha256", a->golden_sha256);
    put_text(w, "requested", a->requested);
    put_text(w, "actual", a->actual);
    json_put_int(w, "native", a->native);
    json_put_int(w, "composite", a->composite);
    json_put_int(w, "reference", a->reference);
    json_put_int(w, "log_begin", a->log_begin);
    json_put_int(w, "log_end", a->log_end);
}

static void put_finding(struct json_writer *w, const struct finding *f) {
    json_open_object(w, "finding");
    json_put_int(w, "algo", SIGNATURE_ALGO);
    json_put_str(w, "signature", f->signature);
    json_put_str(w, "class", f->class);
    json_put_str(w, "layer", f->layer);
    put_text(w, "rule", f->rule);
    json_put_int(w, "rule_version", f->rule_version);
    json_put_str(w, "template", f->template);
    put_text(w, "location", f->location);
    put_text(w, "what", f->what);
    put_text(w, "tail", f->tail);
    json_close_object(w);
}

int record_result(struct record *r, const char *cell, const char *case_name, const char *type,
                  const char *ref, const struct attempt *a, const struct finding *finding) {
    struct json_writer *w = begin_case(r, "result", cell, case_name);
    json_put_int(w, "n", a->n);
    json_put_str(w, "status", verdict_attempt_name(a->status));
    json_put_int(w, "t", a->started_ms);
    put_real(w, "ms", a->ms);
    put_real(w, "cpu_ms", a->cpu_ms);
    put_text(w, "type", type);
    put_text(w, "ref", ref);
    if (a->exit_code != -1)
        json_put_int(w, "exit", a->exit_code);
    if (a->signal)
        json_put_int(w, "signal", a->signal);
    put_text(w, "message", a->message);
    put_figures(w, a);
    if (finding)
        put_finding(w, finding);
    return end_line(r);
}

int record_closed(struct record *r, const char *cell, const char *case_name, enum verdict v,
                  const char *message) {
    struct json_writer *w = begin_case(r, "closed", cell, case_name);
    json_put_str(w, "verdict", verdict_name(v));
    put_text(w, "message", message);
    return end_line(r);
}

int record_diagnosis(struct record *r, const char *cell, const char *case_name,
                     const struct diagnosis *d) {
    struct json_writer *w = begin_case(r, "diagnosis", cell, case_name);
    put_text(w, "kind", d->kind);
    if (d->layer >= 0)
        json_put_int(w, "layer", d->layer);
    put_text(w, "stage", d->stage);
    put_text(w, "op", d->op);
    put_text(w, "kernel", d->kernel);
    put_text(w, "shapes", d->shapes);
    put_real(w, "nmse", d->nmse);
    put_real(w, "max_abs", d->max_abs);
    put_real(w, "limit", d->limit);
    put_text(w, "reference", d->reference);
    put_text(w, "message", d->message);
    put_text(w, "error", d->error);
    return end_line(r);
}

int record_worker(struct record *r, const char *cell, const struct proc_exit *ended,
                  const char *note, int64_t calibration, double calibration_ms) {
    struct json_writer *w = begin_line(r, "worker");
    json_put_str(w, "cell", cell);
    json_put_real(w, "ms", ended->wall_ms);
    json_put_int(w, "peak_rss_kib", ended->peak_rss_kib);
    json_put_int(w, "exit", ended->code);
    json_put_int(w, "signal", ended->signal);
    put_text(w, "note", note);
    if (calibration_ms > 0) {
        json_put_int(w, "calibration", calibration);
        json_put_real(w, "calibration_ms", calibration_ms);
    }
    return end_line(r);
}

int record_shift(struct record *r, const struct shift_row *s) {
    struct json_writer *w = begin_case(r, "shift", s->cell_name, s->case_name);
    json_put_str(w, "kind", shift_name(s->kind));
    put_real(w, "before", s->before);
    put_real(w, "now", s->now);
    if (s->runs)
        json_put_int(w, "runs", s->runs);
    json_put_int(w, "attempts", s->attempts);
    return end_line(r);
}

int record_mend(struct record *r, const struct mend_row *m) {
    struct json_writer *w = begin_line(r, "mend");
    json_put_str(w, "fix", m->fix);
    json_put_str(w, "cluster", m->cause);
    put_text(w, "words", m->words);
    if (m->number)
        json_put_int(w, "pr", m->number);
    put_text(w, "url", m->url);
    put_text(w, "commit", m->commit);
    put_text(w, "how", m->how);
    put_text(w, "proof_sha256", m->proof_sha256);
    json_put_int(w, "cases", m->cases);
    return end_line(r);
}

int record_stopped(struct record *r, const char *why, int64_t now_ms) {
    struct json_writer *w = begin_line(r, "stopped");
    json_put_str(w, "why", why);
    json_put_int(w, "t", now_ms);
    int rc = end_line(r);
    return rc == 0 ? record_sync(r) : rc;
}

int record_finished(struct record *r, const char *reference, bool ledger, int64_t now_ms) {
    struct json_writer *w = begin_line(r, "finished");
    json_put_str(w, "reference", reference);
    if (ledger)
        json_put_bool(w, "ledger", true);
    json_put_int(w, "t", now_ms);
    int rc = end_line(r);
    return rc == 0 ? record_sync(r) : rc;
}

int record_abandoned(struct record *r, int64_t now_ms) {
    struct json_writer *w = begin_line(r, "abandoned");
    json_put_int(w, "t", now_ms);
    int rc = end_line(r);
    return rc == 0 ? record_sync(r) : rc;
}

int record_sync(struct record *r) {
    if (!r->dirty)
        return 0;
    int rc = journal_sync(r->journal);
    if (rc == 0)
        rc = index_flush(&r->index);
    r->dirty = rc < 0;
    return rc;
}
