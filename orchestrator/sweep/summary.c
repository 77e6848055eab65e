/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/summary.h"

#include <math.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/store/mends.h"
#include "orchestrator/store/rates.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/store/shifts.h"
#include "orchestrator/store/waivers.h"
#include "orchestrator/sweep/cluster_print.h"
#include "orchestrator/sweep/flake_print.h"
#include "orchestrator/sweep/watch.h"

enum { FAILURES_SHOWN = 20, CAUSES_SHOWN = 10 };

/* What is being printed. */
struct page {
    struct buf *out;
    struct db *db;
    struct arena arena;
    struct run run;
    struct run_cell *cells;
    size_t cell_count;
    struct result *gone;
    size_t gone_count;
    bool has_xfail; /* then they have a column */
    struct summary *figures;
};

static void put_share(struct buf *out, double share) {
    if (isnan(share))
        buf_printf(out, "%8s", "–  ");
    else
        buf_printf(out, "%7.1f%%", rates_percent(share));
}

/* "2 new_failure, 1 fixed" for one cell; what only goes on is left out. */
static int put_changes(struct page *p, const struct run_cell *c) {
    struct result *rows;
    size_t len;
    int64_t count[CHANGE_COUNT] = {0};
    const struct result_filter changed = {
        .run = p->run.id,
        .cell = c->cell.id,
        .changes = ~(1u << CHANGE_NONE | 1u << CHANGE_STILL_PASSING | 1u << CHANGE_STILL_FAILING)};
    int rc = results_list(p->db, &p->arena, &changed, &rows, &len);
    for (size_t i = 0; rc == 0 && i < len; i++) {
        count[rows[i].change]++;
        p->figures->regressions += results_is_regression(&rows[i]);
    }
    for (size_t i = 0; i < p->gone_count; i++)
        count[CHANGE_DISAPPEARED] += p->gone[i].cell == c->cell.id;
    bool any = false;
    for (int i = 1; i < CHANGE_COUNT; i++) {
        if (!count[i])
            continue;
        buf_printf(p->out, "%s%lld %s", any ? ", " : "  ", (long long)count[i],
                   change_name((enum change)i));
        any = true;
    }
    return rc;
}

static int put_cell(struct page *p, const struct run_cell *c, int family, int label) {
    struct rates r = rates_of(c->count);
    long long other = r.infra + r.missing + r.flaky;
    buf_printf(p->out, "%-*s  %-*s %6lld %6lld", family, c->cell.family, label,
               c->cell.variant.label, (long long)r.passed, (long long)r.red);
    if (p->has_xfail)
        buf_printf(p->out, " %6lld", (long long)r.xfail);
    buf_printf(p->out, " %6lld %6lld", (long long)r.na, other);
    put_share(p->out, r.pass);
    put_share(p->out, r.coverage);
    int rc = put_changes(p, c);
    buf_putc(p->out, '\n');
    return rc;
}

static int widest(int least, const char *text) {
    int len = (int)strlen(text);
    return len > least ? len : least;
}

static int put_table(struct page *p) {
    int family = 5, label = 7, rc = 0;
    for (size_t i = 0; i < p->cell_count; i++) {
        family = widest(family, p->cells[i].cell.family);
        label = widest(label, p->cells[i].cell.variant.label);
        p->has_xfail |= p->cells[i].count[VERDICT_XFAIL] > 0;
    }
    buf_printf(p->out, "%-*s  %-*s %6s %6s%s %6s %6s %7s %8s  %s\n", family, "model", label,
               "variant", "pass", "fail", p->has_xfail ? "  xfail" : "", "na", "other", "pass%",
               "cover%", "changed");
    for (size_t i = 0; rc == 0 && i < p->cell_count; i++)
        rc = put_cell(p, &p->cells[i], family, label);
    return rc;
}

/* All cells together, and the mean over models, where each model counts the same. */
static void put_total(struct page *p) {
    int64_t all[VERDICT_COUNT] = {0};
    struct rates *models = arena_array(&p->arena, p->cell_count, sizeof(*models));
    size_t model_count = 0;
    for (size_t i = 0, next; i < p->cell_count; i = next) {
        int64_t model[VERDICT_COUNT] = {0};
        for (next = i; next < p->cell_count &&
                       strcmp(p->cells[next].cell.family, p->cells[i].cell.family) == 0;
             next++)
            for (int v = 0; v < VERDICT_COUNT; v++) {
                model[v] += p->cells[next].count[v];
                all[v] += p->cells[next].count[v];
            }
        models[model_count++] = rates_of(model);
    }
    struct rates r = rates_of(all);
    double mean = rates_mean_pass(models, model_count);
    p->figures->red = r.red;
    p->figures->not_passed = r.red + r.infra + r.missing;
    buf_printf(p->out,
               "%lld cases: %lld passed, %lld failed, %lld not applicable, %lld infra, "
               "%lld missing, %lld flaky",
               (long long)r.planned, (long long)r.passed, (long long)r.red, (long long)r.na,
               (long long)r.infra, (long long)all[VERDICT_MISSING], (long long)r.flaky);
    if (r.xfail + r.xfail_other + r.xpass)
        buf_printf(p->out, ", %lld xfail, %lld xfail_other, %lld xpass", (long long)r.xfail,
                   (long long)r.xfail_other, (long long)r.xpass);
    if (p->figures->quarantined)
        buf_printf(p->out, ", %lld quarantined", (long long)p->figures->quarantined);
    if (all[VERDICT_NONE])
        buf_printf(p->out, ", %lld still open", (long long)all[VERDICT_NONE]);
    buf_putc(p->out, '\n');
    if (r.ran)
        buf_printf(p->out,
                   "pass %.1f %% (95 %%: %.1f–%.1f), mean over models %.1f %%, coverage %.1f %%, "
                   "na %.1f %%, infra %.1f %%\n",
                   rates_percent(r.pass), rates_percent(r.low), rates_percent(r.high),
                   rates_percent(mean), rates_percent(r.coverage), rates_percent(r.na_share),
                   rates_percent(r.infra_share));
}

static int put_failures(struct page *p) {
    struct result *rows;
    size_t len;
    const struct result_filter not_passed = {.run = p->run.id,
                                             .verdicts = ~(1u << VERDICT_NONE | 1u << VERDICT_PASS |
                                                           1u << VERDICT_NA | 1u << VERDICT_XFAIL)};
    int rc = results_list(p->db, &p->arena, &not_passed, &rows, &len);
    if (rc < 0 || len == 0)
        return rc;
    buf_putc(p->out, '\n');
    for (size_t i = 0; i < len && i < FAILURES_SHOWN; i++) {
        buf_printf(p->out, "%-9s %s  %s: ", verdict_name(rows[i].verdict), rows[i].cell_name,
                   rows[i].case_name);
        results_put_line(p->out, rows[i].last.message);
        buf_printf(p->out, "%s%s%s\n", rows[i].quarantined ? "  – quarantined" : "",
                   rows[i].change ? "  – " : "", change_name(rows[i].change));
    }
    if (len > FAILURES_SHOWN)
        buf_printf(p->out, "… and %zu more\n", len - FAILURES_SHOWN);
    return 0;
}

/* What broke stands before what failed of it. */
static int put_causes(struct page *p) {
    struct cluster *rows;
    size_t len;
    int rc = clusters_of_run(p->db, &p->arena, p->run.id, &rows, &len);
    if (rc < 0 || len == 0)
        return rc;
    buf_putc(p->out, '\n');
    cluster_print_table(p->out, rows, len, CAUSES_SHOWN);
    return 0;
}

static int put_reference(struct page *p) {
    struct run reference;
    int64_t count[CHANGE_COUNT] = {0};
    if (!p->run.reference) {
        buf_puts(p->out, "No run before this one to compare with.\n");
        return 0;
    }
    int rc = runs_get(p->db, &p->arena, p->run.reference, &reference);
    if (rc == 0)
        rc = results_changes(p->db, p->run.id, count);
    if (rc < 0)
        return rc;
    count[CHANGE_DISAPPEARED] += (int64_t)p->gone_count;
    buf_printf(p->out, "Since %s (%.7s%s): ", reference.name, reference.commit,
               reference.dirty ? ", changed" : "");
    bool any = false;
    for (int i = 1; i < CHANGE_COUNT; i++) {
        if (!count[i])
            continue;
        buf_printf(p->out, "%s%lld %s", any ? ", " : "", (long long)count[i],
                   change_name((enum change)i));
        any = true;
    }
    buf_puts(p->out, any ? "\n" : "nothing to compare\n");
    return 0;
}

/* "Mended: 42 cases of rms_norm (cluster 9f7c2a1077b0) by #7, https://…, in 0123456". */
static int put_mends(struct page *p) {
    struct mend_row *rows;
    size_t len;
    int rc = mends_of_run(p->db, &p->arena, p->run.id, &rows, &len);
    for (size_t i = 0; rc == 0 && i < len; i++) {
        const struct mend_row *m = &rows[i];
        buf_printf(p->out, "Mended: %lld %s of %s (cluster %.12s) by ", (long long)m->cases,
                   m->cases == 1 ? "case" : "cases", *m->words ? m->words : "a cause", m->cause);
        if (*m->url)
            buf_printf(p->out, "#%lld, %s, in commit %.12s\n", (long long)m->number, m->url,
                       m->commit);
        else
            buf_printf(p->out, "fix %s, in commit %.12s\n", m->fix, m->commit);
    }
    return rc;
}

static int put_flakes(struct page *p) {
    struct flake_row *rows;
    size_t len;
    int rc = flakes_list(p->db, &p->arena, p->run.id, true, &rows, &len);
    if (rc < 0 || len == 0)
        return rc;
    buf_printf(p->out, "\nFlaky: %zu %s passed and failed on this commit\n", len,
               len == 1 ? "case" : "cases");
    flake_print_table(p->out, rows, len, FAILURES_SHOWN, NULL, 0);
    return 0;
}

static int put_shifts(struct page *p) {
    struct shift_row *rows;
    size_t len;
    int rc = shifts_list(p->db, &p->arena, p->run.id - 1, p->run.id, 0, &rows, &len);
    if (rc < 0 || len == 0)
        return rc;
    buf_putc(p->out, '\n');
    watch_print(p->out, &p->arena, rows, len, FAILURES_SHOWN);
    return 0;
}

/* What noctule.json says may fail, or must not pass. */
static int count_waived(struct page *p) {
    struct result *red;
    size_t len;
    int rc = waivers_count_strict(p->db, p->run.id, &p->figures->xpass);
    if (rc == 0)
        rc = waivers_count_quarantined(p->db, p->run.id, &p->figures->quarantined);
    if (rc < 0 || !p->figures->quarantined)
        return rc;
    rc = results_list(p->db, &p->arena, &(struct result_filter){.run = p->run.id, .red = true},
                      &red, &len);
    for (size_t i = 0; rc == 0 && i < len; i++)
        p->figures->quarantined_red += red[i].quarantined;
    return rc;
}

int summary_print(struct buf *out, struct db *db, int64_t run, struct summary *figures) {
    struct page p = {.out = out, .db = db, .figures = figures};
    *figures = (struct summary){0};
    arena_init(&p.arena, 0);
    int rc = runs_get(db, &p.arena, run, &p.run);
    if (rc == 0)
        rc = cells_of_run(db, &p.arena, run, &p.cells, &p.cell_count);
    if (rc == 0)
        rc = results_gone(db, &p.arena, run, &p.gone, &p.gone_count);
    for (size_t i = 0; rc == 0 && i < p.gone_count; i++)
        figures->regressions += results_is_regression(&p.gone[i]);
    if (rc == 0)
        rc = count_waived(&p);
    if (rc == 0)
        rc = put_table(&p);
    if (rc == 0)
        put_total(&p);
    if (rc == 0)
        rc = put_causes(&p);
    if (rc == 0)
        rc = put_failures(&p);
    if (rc == 0)
        rc = put_flakes(&p);
    if (rc == 0)
        rc = put_shifts(&p);
    if (rc == 0)
        rc = put_reference(&p);
    if (rc == 0)
        rc = put_mends(&p);
    arena_done(&p.arena);
    return rc;
}
