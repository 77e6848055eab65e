/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/cases.h"

#include <math.h>
#include <string.h>

#include "orchestrator/dash/causes.h"
#include "orchestrator/dash/chart.h"
#include "orchestrator/dash/excerpt.h"
#include "orchestrator/dash/parts.h"
#include "orchestrator/dash/waived.h"
#include "orchestrator/store/history.h"
#include "orchestrator/triage/flake.h"

void case_link(struct html *h, const struct site *site, const struct result *r, const char *label) {
    const struct site_cell *cell = site_cell_of(site, r->cell);
    bool there = false;
    for (size_t i = 0; cell && cell->now.run == r->run && i < cell->n_results && !there; i++)
        there = cell->results[i].case_id == r->case_id;
    if (there)
        html_put(h, "<a href=\"%s%s#c%L\">%s</a>", h->root, cell->page, r->case_id, label);
    else
        part_cell_link(h, cell, label);
}

static const char *square_class(enum verdict v) {
    const char *class = part_verdict_class(v);
    return strcmp(class, "ok") == 0 ? "pass" : strcmp(class, "bad") == 0 ? "fail" : class;
}

/* A strip of one colour tells nothing. */
static bool is_boring(const struct history *rows, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (site_needs_look(rows[i].verdict) || rows[i].verdict != rows[0].verdict)
            return false;
    return true;
}

/* Oldest first; runs that are too old to be known by name are left out. */
static int put_strip(struct html *h, struct site *site, const struct result *r) {
    struct history rows[SITE_RUNS];
    struct chart_square squares[SITE_RUNS];
    size_t len = 0, n = 0;
    int rc = history_read(site->db, r->cell, r->case_id, rows, SITE_RUNS, &len);
    if (rc < 0 || len < 2 || is_boring(rows, len))
        return rc;
    for (size_t i = len; i-- > 0;) {
        const struct site_run *run = site_run_of(site, rows[i].run);
        const char *word = rows[i].verdict ? verdict_name(rows[i].verdict) : "not recorded";
        if (!run)
            continue;
        squares[n].class = square_class(rows[i].verdict);
        squares[n++].title = arena_printf(&site->arena, "%s: %s", run->run.name, word);
    }
    chart_strip(h, squares, n);
    return 0;
}

static int put_summary(struct html *h, struct site *site, const struct result *r, const char *label,
                       enum case_place place) {
    char words[PART_SIZE];
    int rc = 0;
    bool dull = r->change == CHANGE_STILL_PASSING || r->change == CHANGE_NONE;
    html_put(h, "<summary>");
    part_verdict_tag(h, r->verdict);
    html_put(h, "<span class=\"name\">");
    if (*label)
        html_put(h, "<span class=\"soft\">%s</span> ", label);
    html_put(h, "%s", r->case_name);
    if (r->verdict != VERDICT_PASS && *r->last.message)
        html_put(h, "<small>%s</small>", r->last.message);
    html_put(h, "</span>");
    if (r->quarantined)
        html_put(h, "<span class=\"tag na\">quarantine</span>");
    if (!dull)
        part_change_tag(h, r->change, r->before);
    if (place == CASE_AT_HOME)
        rc = put_strip(h, site, r);
    if (r->verdict == VERDICT_PASS && r->last.nmse >= 0 && r->last.nmse_limit > 0)
        html_put(h, "<span class=\"n\">%.2g of %.2g</span>", r->last.nmse, r->last.nmse_limit);
    html_put(h, "<span class=\"n time\">%s</span></summary>",
             r->attempts ? part_duration(r->last.ms, words) : "");
    return rc;
}

static void put_verdict(struct html *h, const struct result *r) {
    html_put(h, "<dt>verdict</dt><dd>");
    part_verdict_tag(h, r->verdict);
    if (r->change != CHANGE_NONE) {
        html_put(h, " ");
        part_change_tag(h, r->change, r->before);
        html_put(h, " <span class=\"soft\">before: %s</span>",
                 r->before ? verdict_name(r->before) : "not planned");
    }
    html_put(h, "</dd>");
    if (*r->last.message)
        html_put(h, "<dt>%s</dt><dd>%s</dd>", r->verdict == VERDICT_NA ? "reason" : "message",
                 r->last.message);
}

static void put_figures(struct html *h, const struct attempt *a) {
    if (a->compared >= 0 && a->n)
        html_put(h, "<dt>compared</dt><dd>%L %s</dd>", a->compared,
                 part_plural(a->compared, "element", "elements"));
    if (!isnan(a->nmse) && a->n) {
        html_put(h, "<dt>NMSE</dt><dd>%.4g", a->nmse);
        if (a->nmse_limit > 0)
            html_put(h, ", limit %.3g", a->nmse_limit);
        if (a->nmse_limit > 0 && a->nmse > a->nmse_limit)
            html_put(h, " <b class=\"bad\">%.3g × the limit</b>", a->nmse / a->nmse_limit);
        if (!isnan(a->max_abs))
            html_put(h, ", largest difference %.4g", a->max_abs);
        html_put(h, "</dd>");
    }
    if (*a->tolerance)
        html_put(h, "<dt>tolerance</dt><dd>class %s</dd>", a->tolerance);
    if (*a->worst_key)
        html_put(h, "<dt>worst element</dt><dd><code>%s%s</code> got %.9g, want %.9g</dd>",
                 a->worst_key, a->worst_index, a->worst_got, a->worst_want);
    if (*a->golden_sha256)
        html_put(h, "<dt>goldens</dt><dd><code>%s</code></dd>", a->golden_sha256);
}

static void put_route(struct html *h, const struct attempt *a) {
    if (*a->requested || *a->actual) {
        html_put(h, "<dt>backend</dt><dd>%s", a->actual);
        if (strcmp(a->requested, a->actual) != 0)
            html_put(h, " <b class=\"bad\">requested: %s</b>", a->requested);
        html_put(h, "</dd>");
    }
    if (a->native > 0 || a->composite > 0 || a->reference > 0)
        html_put(h, "<dt>kernels</dt><dd>%L native, %L composite, %L reference</dd>", a->native,
                 a->composite, a->reference);
}

static void put_finding(struct html *h, const struct result *r) {
    if (!*r->class)
        return;
    html_put(h, "<dt>failure</dt><dd>%s, in %s", r->class, r->layer);
    if (*r->last.location)
        html_put(h, ", at <code>%s</code>", r->last.location);
    if (*r->signature_hash)
        html_put(h, " <code class=\"soft\">%s</code>", r->signature_hash);
    html_put(h, "</dd>");
    if (*r->last.what && strcmp(r->last.what, r->last.message) != 0)
        html_put(h, "<dt>what</dt><dd>%s</dd>", r->last.what);
}

/* How often it fails by chance. */
static void put_flake(struct html *h, const struct site *site, const struct result *r) {
    const struct flake_row *f = site_flake_of(site, r->cell, r->case_id);
    char rate[PART_SIZE];
    if (!f)
        return;
    struct flake flake = flake_of(f->fails, f->attempts);
    html_put(h,
             "<dt>flaky</dt><dd>failed %L of %L attempts on commits where it also passed: %s "
             "<span class=\"soft\">%.1f–%.1f %%</span>, first in ",
             f->fails, f->attempts, part_percent(flake.rate, rate), rates_percent(flake.low),
             rates_percent(flake.high));
    part_run_link(h, site_run_of(site, f->first_run), f->first_run_name);
    html_put(h, ": %s</dd>", f->first_message);
}

/* How each try went, where there was more than one or the worker died. */
static int put_attempts(struct html *h, struct site *site, const struct result *r) {
    struct attempt *rows;
    size_t len = 0;
    char words[PART_SIZE];
    const struct attempt *a = &r->last;
    if (r->attempts < 2) {
        if (a->signal)
            html_put(h, "<dt>worker</dt><dd>ended by signal %d</dd>", a->signal);
        else if (a->n && a->exit_code > 0)
            html_put(h, "<dt>worker</dt><dd>ended with status %d</dd>", a->exit_code);
        return 0;
    }
    int rc = results_attempts(site->db, &site->arena, r->run, r->cell, r->case_id, &rows, &len);
    if (rc < 0)
        return rc;
    html_put(h, "<dt>attempts</dt><dd>");
    for (size_t i = 0; i < len; i++)
        html_put(h, "%s%s (%s)", i ? ", then " : "", verdict_attempt_name(rows[i].status),
                 part_duration(rows[i].ms, words));
    html_put(h, "</dd>");
    return 0;
}

int case_put(struct html *h, struct site *site, const struct result *r, const char *label,
             enum case_place place) {
    char words[PART_SIZE];
    html_put(h, "<details>");
    int rc = put_summary(h, site, r, label, place);
    if (rc < 0)
        return rc;
    if (place == CASE_AT_HOME)
        html_put(h, "<dl id=\"c%L\">", r->case_id);
    else
        html_put(h, "<dl>");
    put_verdict(h, r);
    rc = put_attempts(h, site, r);
    if (rc == 0 && site_needs_look(r->verdict))
        rc = causes_put_case(h, site, r);
    if (rc == 0 && (r->quarantined || r->verdict != VERDICT_PASS))
        rc = waived_put_case(h, site, r);
    put_flake(h, site, r);
    put_finding(h, r);
    put_figures(h, &r->last);
    put_route(h, &r->last);
    if (r->attempts)
        html_put(h, "<dt>took</dt><dd>%s</dd>", part_duration(r->last.ms, words));
    if (*r->type)
        html_put(h, "<dt>case</dt><dd>%s%s%s</dd>", r->type, *r->ref ? ", checklist row " : "",
                 r->ref);
    if (*r->command)
        html_put(h, "<dt>reproduce</dt><dd><code class=\"command\">%s</code></dd>", r->command);
    html_put(h, "</dl>");
    if (rc == 0 && site_needs_look(r->verdict)) {
        rc = excerpt_put_new(h, site, r);
        excerpt_put(h, site, r);
    }
    html_put(h, "</details>\n");
    return rc;
}
