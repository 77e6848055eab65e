/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/cluster_print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/store/diagnoses.h"
#include "orchestrator/store/mends.h"
#include "orchestrator/store/runs.h"

enum { ID_SHOWN = 12, CASES_SHOWN = 200 };

/* Characters, not bytes. */
static int width_of(const char *text) {
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void put_padded(struct buf *out, const char *text, int width) {
    buf_printf(out, "%s%*s", text, width - width_of(text), "");
}

void cluster_print_table(struct buf *out, const struct cluster *rows, size_t len, size_t most) {
    int words = 5, first = 10;
    size_t shown = most && most < len ? most : len;
    for (size_t i = 0; i < shown; i++) {
        int w = width_of(rows[i].words), f = width_of(rows[i].first_run_name);
        words = w > words ? w : words;
        first = f > first ? f : first;
    }
    buf_printf(out, "%-*s  ", ID_SHOWN, "cluster");
    put_padded(out, "cause", words);
    buf_printf(out, "  %5s  %5s  %-*s  %4s\n", "cells", "cases", first, "first seen", "runs");
    for (size_t i = 0; i < shown; i++) {
        buf_printf(out, "%.*s  ", ID_SHOWN, rows[i].hash);
        put_padded(out, rows[i].words, words);
        buf_printf(out, "  %5lld  %5lld  %-*s  %4lld\n", (long long)rows[i].cells,
                   (long long)rows[i].cases, first, rows[i].first_run_name,
                   (long long)rows[i].runs);
    }
    if (shown < len)
        buf_printf(out, "… and %zu more: \"noctule clusters\"\n", len - shown);
}

static void put_cluster(struct json_writer *w, const struct cluster *c) {
    json_put_str(w, "cluster", c->hash);
    json_put_int(w, "algo", c->algo);
    json_put_str(w, "kind", c->kind);
    json_put_str(w, "cause", c->words);
    json_put_str(w, "message", c->message);
    json_put_int(w, "cells", c->cells);
    json_put_int(w, "cases", c->cases);
    json_put_str(w, "first_seen", c->first_run_name);
    json_put_str(w, "last_seen", c->last_run_name);
    json_put_int(w, "runs", c->runs);
    json_open_object(w, "primary");
    json_put_str(w, "cell", c->cell_name);
    json_put_str(w, "case", c->case_name);
    json_put_str(w, "command", c->command);
    json_close_object(w);
}

void cluster_print_json(struct buf *out, const struct run *run, const struct cluster *rows,
                        size_t len) {
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_open_object(&w, NULL);
    json_put_str(&w, "run", run->name);
    json_open_array(&w, "clusters");
    for (size_t i = 0; i < len; i++) {
        json_open_object(&w, NULL);
        put_cluster(&w, &rows[i]);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    buf_putc(out, '\n');
}

/* The primary's diagnosis; error and all others "" when nobody asked. */
static int read_diagnosis(struct db *db, struct arena *arena, const struct cluster *c,
                          struct diagnosis *d) {
    *d = (struct diagnosis){.kind = "",
                            .layer = -1,
                            .stage = "",
                            .op = "",
                            .kernel = "",
                            .shapes = "",
                            .nmse = (double)NAN,
                            .max_abs = (double)NAN,
                            .limit = (double)NAN,
                            .reference = "",
                            .message = "",
                            .error = "nobody asked"};
    int rc = diagnoses_find(db, arena, c->run, c->cell, c->case_id, d);
    return rc == ERR_NOTFOUND ? 0 : rc;
}

static void put_fact(struct buf *out, const char *name, const char *value) {
    if (*value)
        buf_printf(out, "%-11s %s\n", name, value);
}

static void put_number(struct buf *out, const char *name, double v) {
    if (!isnan(v))
        buf_printf(out, "%-11s %.3g\n", name, v);
}

static void put_diagnosis(struct buf *out, const struct diagnosis *d) {
    if (*d->error) {
        buf_printf(out, "%-11s none: %s\n", "diagnosis", d->error);
        return;
    }
    put_fact(out, "diagnosis", d->message);
    put_fact(out, "kind", d->kind);
    if (d->layer >= 0)
        buf_printf(out, "%-11s %lld\n", "layer", (long long)d->layer);
    put_fact(out, "stage", d->stage);
    put_fact(out, "op", d->op);
    put_fact(out, "kernel", d->kernel);
    put_fact(out, "shapes", d->shapes);
    put_number(out, "nmse", d->nmse);
    put_number(out, "limit", d->limit);
    put_number(out, "max abs", d->max_abs);
    put_fact(out, "reference", d->reference);
}

/* How a case came to the cluster, in words. */
static const char *how_of(const char *how) {
    if (strcmp(how, "diagnosis") == 0)
        return "explained";
    if (strcmp(how, "cell") == 0)
        return "like its cell";
    return strcmp(how, "case") == 0 ? "like the case elsewhere" : "same signature";
}

static void put_names(struct buf *out, const char *what, const struct cluster_case *rows,
                      size_t len, bool variants) {
    size_t n = 0;
    buf_printf(out, "%-11s ", what);
    for (size_t i = 0; i < len; i++) {
        const char *name = variants ? rows[i].label : rows[i].family;
        bool seen = i && rows[i].cell == rows[i - 1].cell;
        for (size_t k = 0; k < i && !seen; k++)
            seen = strcmp(variants ? rows[k].label : rows[k].family, name) == 0;
        if (!seen)
            buf_printf(out, "%s%s", n++ ? ", " : "", name);
    }
    buf_putc(out, '\n');
}

/* Where a fix of this cause has shown. */
static const char *mend_words(struct arena *arena, const struct mend_row *m) {
    const char *by = *m->url ? arena_printf(arena, "#%lld, %s", (long long)m->number, m->url)
                             : arena_printf(arena, "fix %s", m->fix);
    return arena_printf(arena, "%lld %s in run %s by %s, in commit %.12s", (long long)m->cases,
                        m->cases == 1 ? "case" : "cases", m->run_name, by, m->commit);
}

int cluster_print_one(struct buf *out, struct db *db, struct arena *arena,
                      const struct cluster *c) {
    struct diagnosis d;
    struct cluster_case *rows = NULL;
    struct mend_row *mends = NULL;
    struct run run;
    size_t len = 0, n_mends = 0;
    int rc = runs_get(db, arena, c->run, &run);
    if (rc == 0)
        rc = read_diagnosis(db, arena, c, &d);
    if (rc == 0)
        rc = clusters_cases(db, arena, c->run, c->cause, &rows, &len);
    if (rc == 0)
        rc = mends_of_cause(db, arena, c->hash, &mends, &n_mends);
    if (rc != 0)
        return rc;
    buf_printf(out, "cluster %s: %s\n\n", c->hash, c->words);
    put_diagnosis(out, &d);
    put_fact(out, "message", *d.message ? "" : c->message);
    put_fact(out, "primary",
             arena_printf(arena, "%s in %s, the smallest of %lld case%s in %lld cell%s",
                          c->case_name, c->cell_name, (long long)c->cases, c->cases == 1 ? "" : "s",
                          (long long)c->cells, c->cells == 1 ? "" : "s"));
    put_fact(out, "reproduce", c->command);
    put_fact(out, "run", run.name);
    put_fact(out, "first seen", c->first_run_name);
    put_fact(out, "last seen",
             arena_printf(arena, "%s, in %lld %s by this run", c->last_run_name, (long long)c->runs,
                          c->runs == 1 ? "run" : "runs"));
    for (size_t i = 0; i < n_mends; i++)
        put_fact(out, i ? "" : "mended", mend_words(arena, &mends[i]));
    put_names(out, "models", rows, len, false);
    put_names(out, "variants", rows, len, true);
    buf_putc(out, '\n');
    for (size_t i = 0; i < len && i < CASES_SHOWN; i++)
        buf_printf(out, "%-9s %s  %s  – %s\n", rows[i].verdict, rows[i].cell_name,
                   rows[i].case_name, how_of(rows[i].how));
    if (len > CASES_SHOWN)
        buf_printf(out, "… and %zu more: --json has them all\n", len - CASES_SHOWN);
    return 0;
}

static void put_text(struct json_writer *w, const char *key, const char *text) {
    if (*text)
        json_put_str(w, key, text);
}

static void put_diagnosis_json(struct json_writer *w, const struct diagnosis *d) {
    json_open_object(w, "diagnosis");
    put_text(w, "error", d->error);
    put_text(w, "kind", d->kind);
    if (d->layer >= 0)
        json_put_int(w, "layer", d->layer);
    put_text(w, "stage", d->stage);
    put_text(w, "op", d->op);
    put_text(w, "kernel", d->kernel);
    put_text(w, "shapes", d->shapes);
    if (!isnan(d->nmse))
        json_put_real(w, "nmse", d->nmse);
    if (!isnan(d->max_abs))
        json_put_real(w, "max_abs", d->max_abs);
    if (!isnan(d->limit))
        json_put_real(w, "limit", d->limit);
    put_text(w, "reference", d->reference);
    put_text(w, "message", d->message);
    json_close_object(w);
}

int cluster_put_one_json(struct json_writer *w, struct db *db, struct arena *arena,
                         const struct cluster *c) {
    struct diagnosis d;
    struct cluster_case *rows = NULL;
    struct run run;
    struct mend_row *mends = NULL;
    size_t len = 0, n_mends = 0;
    int rc = runs_get(db, arena, c->run, &run);
    if (rc == 0)
        rc = read_diagnosis(db, arena, c, &d);
    if (rc == 0)
        rc = clusters_cases(db, arena, c->run, c->cause, &rows, &len);
    if (rc == 0)
        rc = mends_of_cause(db, arena, c->hash, &mends, &n_mends);
    if (rc != 0)
        return rc;
    json_put_str(w, "run", run.name);
    put_cluster(w, c);
    put_diagnosis_json(w, &d);
    json_open_array(w, "members");
    for (size_t i = 0; i < len; i++) {
        json_open_object(w, NULL);
        json_put_str(w, "cell", rows[i].cell_name);
        json_put_str(w, "family", rows[i].family);
        json_put_str(w, "variant", rows[i].label);
        json_put_str(w, "case", rows[i].case_name);
        json_put_str(w, "verdict", rows[i].verdict);
        json_put_str(w, "message", rows[i].message);
        json_put_str(w, "how", rows[i].how);
        json_put_str(w, "command", rows[i].command);
        json_close_object(w);
    }
    json_close_array(w);
    mends_write(w, mends, n_mends);
    return 0;
}

int cluster_print_one_json(struct buf *out, struct db *db, struct arena *arena,
                           const struct cluster *c) {
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_open_object(&w, NULL);
    int rc = cluster_put_one_json(&w, db, arena, c);
    json_close_object(&w);
    buf_putc(out, '\n');
    return rc;
}
