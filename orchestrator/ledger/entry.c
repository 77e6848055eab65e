/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/ledger/entry.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "orchestrator/proof/markdown.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/store/mends.h"
#include "orchestrator/store/rates.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/store/shifts.h"
#include "orchestrator/store/signatures.h"
#include "orchestrator/store/waivers.h"

const char entry_below[] = "\n## Next steps\n\n"
                           "Left for people; nothing below the hash is checked.\n\n- [ ] \n";

/* One entry being written. */
struct entry {
    struct buf *out;
    struct db *db;
    enum entry_form form;
    struct arena arena;
    struct run run, reference; /* reference.id 0 = none */
    struct environment env;
    struct run_cell *cells;
    size_t n_cells;
};

/* As entries of before wrote it: links and what turns the direction of writing were left. */
static void put_first_cell(struct buf *out, const char *text) {
    size_t n = strnlen(text, ENTRY_CELL_MAX);
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < 0x20) {
            buf_putc(out, ' ');
            continue;
        }
        if (strchr("|\\<>`*_", text[i]))
            buf_putc(out, '\\');
        buf_putc(out, text[i]);
    }
    if (text[n])
        buf_puts(out, "…");
}

/* Text inside a table cell, which may be anybody's. */
static void put_cell(struct entry *e, const char *text) {
    if (e->form == ENTRY_FIRST)
        put_first_cell(e->out, text);
    else if (*text)
        buf_puts(e->out, markdown_words(&e->arena, text, ENTRY_CELL_MAX));
}

static void put_fact(struct entry *e, const char *name, const char *value) {
    buf_printf(e->out, "| %s | ", name);
    put_cell(e, value);
    buf_puts(e->out, " |\n");
}

/* "98.7" or "–" where the base was empty. */
static const char *percent(char out[16], double share) {
    if (isnan(share))
        return "–";
    (void)snprintf(out, 16, "%.1f", rates_percent(share));
    return out;
}

static void put_machine(struct entry *e) {
    const struct environment *m = &e->env;
    put_fact(e, "Machine",
             arena_printf(&e->arena, "%s, %s, %s, %" PRId64 " cores, %.1f GiB, %s, %s", m->os,
                          m->kernel, m->cpu, m->cores, (double)m->memory_kib / (1 << 20),
                          m->compiler, m->libc));
}

static void put_facts(struct entry *e) {
    const struct run *r = &e->run;
    char iso[CLOCK_ISO_SIZE];
    buf_puts(e->out, "| | |\n|:--|:--|\n");
    put_fact(e, "Subject", r->subject);
    put_fact(e, "Scope", r->scope[0] ? r->scope : "everything");
    put_fact(e, "Commit",
             arena_printf(&e->arena, "%s%s%s%s", r->commit[0] ? r->commit : "outside git",
                          r->branch[0] ? " on " : "", r->branch,
                          r->dirty ? ", with uncommitted changes" : ""));
    put_fact(e, "Program under test",
             r->build_sha256[0] ? arena_printf(&e->arena, "sha256 %s", r->build_sha256)
                                : "not hashed: a word for PATH starts it");
    put_fact(e, "Configuration", arena_printf(&e->arena, "sha256 %s", r->config_sha256));
    put_fact(e, "Swept by", arena_printf(&e->arena, "noctule %s", r->program));
    put_machine(e);
    put_fact(e, "Started", clock_iso(r->started_ms, iso));
    put_fact(e, "Duration",
             arena_printf(&e->arena, "%.1f s with %" PRId64 " workers", (double)r->active_ms / 1000,
                          r->workers));
    put_fact(e, "Planned / recorded",
             arena_printf(&e->arena, "%" PRId64 " / %" PRId64 " cases", r->planned, r->recorded));
    put_fact(e, "Compared with", e->reference.id ? e->reference.name : "no earlier run");
}

static void put_rates(struct entry *e, const char *model, const char *variant, struct rates r) {
    char pass[16], low[16], high[16], coverage[16];
    buf_puts(e->out, "| ");
    put_cell(e, model);
    buf_puts(e->out, " | ");
    put_cell(e, variant);
    buf_printf(e->out,
               " | %" PRId64 " | %" PRId64 " | %" PRId64 " | %" PRId64 " | %" PRId64
               " | %s | %s–%s | %s |\n",
               r.passed, r.red, r.na, r.infra + r.missing, r.planned, percent(pass, r.pass),
               percent(low, r.low), percent(high, r.high), percent(coverage, r.coverage));
}

static void add_counts(int64_t sum[VERDICT_COUNT], const struct run_cell *cell) {
    for (int v = 0; v < VERDICT_COUNT; v++)
        sum[v] += cell->count[v];
}

/* The mean of the models' pass rates: a model with many cases does not drown the others. */
static double mean_over_models(struct entry *e) {
    struct rates *each = arena_array(&e->arena, e->n_cells + 1, sizeof(*each));
    size_t n = 0;
    for (size_t i = 0; i < e->n_cells; i++) {
        const char *family = e->cells[i].cell.family;
        int64_t sum[VERDICT_COUNT] = {0};
        bool seen = false;
        for (size_t j = 0; j < e->n_cells; j++) {
            bool same = strcmp(e->cells[j].cell.family, family) == 0;
            seen |= same && j < i;
            if (same)
                add_counts(sum, &e->cells[j]);
        }
        if (!seen)
            each[n++] = rates_of(sum);
    }
    return rates_mean_pass(each, n);
}

static void put_results(struct entry *e) {
    int64_t all[VERDICT_COUNT] = {0};
    char mean[16];
    buf_puts(e->out, "\n## Results\n\n"
                     "| model | variant | passed | failed | na | infra or missing | total | pass % "
                     "| 95 % interval | coverage % |\n"
                     "|:--|:--|--:|--:|--:|--:|--:|--:|:-:|--:|\n");
    for (size_t i = 0; i < e->n_cells; i++) {
        const struct run_cell *c = &e->cells[i];
        put_rates(e, c->cell.family, c->cell.variant.label, rates_of(c->count));
        add_counts(all, c);
    }
    put_rates(e, "all", "", rates_of(all));
    buf_printf(e->out, "\nMean pass rate over models: %s %%.\n",
               percent(mean, mean_over_models(e)));
}

static void put_change(struct entry *e, const struct result *r, enum change change) {
    buf_printf(e->out, "| %s | ", change_name(change));
    put_cell(e, r->case_name);
    buf_puts(e->out, " | ");
    put_cell(e, r->label);
    buf_printf(e->out, " | %s | %s | ", verdict_name(r->before), verdict_name(r->verdict));
    put_cell(e, r->last.message);
    buf_puts(e->out, " |\n");
}

/* What everybody expects is counted, not listed. */
static bool worth_a_line(enum change c) {
    return c != CHANGE_NONE && c != CHANGE_STILL_PASSING && c != CHANGE_APPEARED &&
           c != CHANGE_NEW_PASS;
}

static unsigned changes_worth_a_line(void) {
    unsigned mask = 0;
    for (int c = 1; c < CHANGE_COUNT; c++)
        mask |= worth_a_line((enum change)c) ? 1u << c : 0;
    return mask;
}

static void put_change_rows(struct entry *e, const struct result *rows, size_t len,
                            const struct result *gone, size_t n_gone) {
    size_t listed = 0;
    if (len + n_gone == 0)
        return;
    buf_puts(e->out, "\n| change | case | variant | before | now | |\n|:--|:--|:--|:--|:--|:--|\n");
    for (size_t i = 0; i < len && listed < ENTRY_ROWS_MAX; i++, listed++)
        put_change(e, &rows[i], rows[i].change);
    for (size_t i = 0; i < n_gone && listed < ENTRY_ROWS_MAX; i++, listed++)
        put_change(e, &gone[i], CHANGE_DISAPPEARED);
    if (listed < len + n_gone)
        buf_printf(e->out, "\nand %zu more\n", len + n_gone - listed);
}

static int put_changes(struct entry *e) {
    int64_t count[CHANGE_COUNT] = {0};
    struct result *rows, *gone;
    size_t len, n_gone;
    if (!e->reference.id) {
        buf_puts(e->out, "\n## Changes\n\nThere is no earlier run to compare with.\n");
        return 0;
    }
    int rc = results_changes(e->db, e->run.id, count);
    if (rc == 0)
        rc = results_list(
            e->db, &e->arena,
            &(struct result_filter){.run = e->run.id, .changes = changes_worth_a_line()}, &rows,
            &len);
    if (rc == 0)
        rc = results_gone(e->db, &e->arena, e->run.id, &gone, &n_gone);
    if (rc < 0)
        return rc;
    buf_printf(e->out, "\n## Changes against %s\n\n| change | cases |\n|:--|--:|\n",
               e->reference.name);
    for (int c = 1; c < CHANGE_COUNT; c++)
        if (count[c])
            buf_printf(e->out, "| %s | %" PRId64 " |\n", change_name((enum change)c), count[c]);
    if (n_gone)
        buf_printf(e->out, "| gone from the plan | %zu |\n", n_gone);
    put_change_rows(e, rows, len, gone, n_gone);
    return 0;
}

/* What passes, but not as it did. A run without any has no such part. */
static int put_shifts(struct entry *e) {
    struct shift_row *rows;
    size_t len;
    int rc = shifts_list(e->db, &e->arena, e->run.id - 1, e->run.id, 0, &rows, &len);
    if (rc < 0 || len == 0)
        return rc;
    buf_puts(e->out, "\n## Passing, but not as before\n\n"
                     "| shift | case | variant | factor | before | now | of runs | attempts |\n"
                     "|:--|:--|:--|--:|--:|--:|--:|--:|\n");
    for (size_t i = 0; i < len && i < ENTRY_ROWS_MAX; i++) {
        buf_printf(e->out, "| %s | ", shift_name(rows[i].kind));
        put_cell(e, rows[i].case_name);
        buf_puts(e->out, " | ");
        put_cell(e, rows[i].label);
        buf_printf(e->out, " | %.2f × | %.4g | %.4g | %" PRId64 " | %" PRId64 " |\n",
                   shift_factor(&rows[i]), rows[i].before, rows[i].now, rows[i].runs,
                   rows[i].attempts);
    }
    if (len > ENTRY_ROWS_MAX)
        buf_printf(e->out, "\nand %zu more\n", len - ENTRY_ROWS_MAX);
    return 0;
}

static int put_causes(struct entry *e) {
    struct cluster *rows;
    size_t len;
    int rc = clusters_of_run(e->db, &e->arena, e->run.id, &rows, &len);
    if (rc < 0 || len == 0)
        return rc;
    buf_puts(e->out, "\n## Causes\n\n| cluster | cause | cells | cases | first seen | runs "
                     "| smallest case | |\n|:--|:--|--:|--:|:--|--:|:--|:--|\n");
    for (size_t i = 0; i < len && i < ENTRY_ROWS_MAX; i++) {
        buf_printf(e->out, "| %.12s | ", rows[i].hash);
        put_cell(e, rows[i].words);
        buf_printf(e->out, " | %" PRId64 " | %" PRId64 " | %s | %" PRId64 " | ", rows[i].cells,
                   rows[i].cases, rows[i].first_run_name, rows[i].runs);
        put_cell(e, arena_printf(&e->arena, "%s in %s", rows[i].case_name, rows[i].cell_name));
        buf_puts(e->out, " | ");
        put_cell(e, rows[i].message);
        buf_puts(e->out, " |\n");
    }
    if (len > ENTRY_ROWS_MAX)
        buf_printf(e->out, "\nand %zu more\n", len - ENTRY_ROWS_MAX);
    return 0;
}

/* Expected failures and quarantined cases, and what they did. A run without any has no such part.
 */
static int put_waivers(struct entry *e) {
    struct waiver_row *rows;
    size_t len;
    int rc = waivers_list(e->db, &e->arena, e->run.id, 0, 0, &rows, &len);
    if (rc < 0 || len == 0)
        return rc;
    int64_t count[VERDICT_COUNT] = {0};
    for (size_t i = 0; i < len; i++)
        count[rows[i].verdict]++;
    buf_puts(e->out, "\n## Expected failures and quarantine\n\n| verdict | cases |\n|:--|--:|\n");
    for (int v = 1; v < VERDICT_COUNT; v++)
        if (count[v])
            buf_printf(e->out, "| %s | %" PRId64 " |\n", verdict_name((enum verdict)v), count[v]);
    buf_puts(e->out, "\n| | case | variant | verdict | owner | issue | until |\n"
                     "|:--|:--|:--|:--|:--|:--|:--|\n");
    for (size_t i = 0; i < len && i < ENTRY_ROWS_MAX; i++) {
        const char *const words[] = {rows[i].case_name, rows[i].label,
                                     verdict_name(rows[i].verdict), rows[i].owner, rows[i].issue};
        buf_printf(e->out, "| %s |", waiver_kind_name(rows[i].kind));
        for (size_t k = 0; k < sizeof(words) / sizeof(*words); k++) {
            buf_putc(e->out, ' ');
            put_cell(e, words[k]);
            buf_puts(e->out, " |");
        }
        buf_printf(e->out, " %s%s |\n", rows[i].expires, rows[i].expired ? ", expired" : "");
    }
    if (len > ENTRY_ROWS_MAX)
        buf_printf(e->out, "\nand %zu more\n", len - ENTRY_ROWS_MAX);
    return 0;
}

/* What a fix mended, and where it was asked for. A run without any has no such part. */
static int put_mends(struct entry *e) {
    struct mend_row *rows;
    size_t len;
    int rc = mends_of_run(e->db, &e->arena, e->run.id, &rows, &len);
    if (rc < 0 || len == 0)
        return rc;
    buf_puts(e->out, "\n## Mended\n\n| cluster | cause | cases | pull request | commit | proof "
                     "| fix |\n|:--|:--|--:|:--|:--|:--|:--|\n");
    for (size_t i = 0; i < len; i++) {
        const struct mend_row *m = &rows[i];
        buf_printf(e->out, "| %.12s | ", m->cause);
        put_cell(e, m->words);
        buf_printf(e->out, " | %" PRId64 " | ", m->cases);
        if (*m->url) /* mends_is_url(): nothing in it ends the link */
            buf_printf(e->out, "[#%" PRId64 "](%s)", m->number, m->url);
        buf_printf(e->out, " | %s | sha256 %s | %s |\n", m->commit, m->proof_sha256, m->fix);
    }
    return 0;
}

static int put_groups(struct entry *e) {
    struct signature_row *rows;
    size_t len;
    int rc = signatures_of_run(e->db, &e->arena, e->run.id, &rows, &len);
    if (rc < 0)
        return rc;
    buf_puts(e->out, "\n## Failure groups\n\n");
    if (len == 0) {
        buf_puts(e->out, "None.\n\n");
        return 0;
    }
    buf_puts(e->out, "| signature | class | layer | cases | cells | first seen | where | what |\n"
                     "|:--|:--|:--|--:|--:|:--|:--|:--|\n");
    for (size_t i = 0; i < len; i++) {
        buf_printf(e->out, "| %.12s | %s | %s | %" PRId64 " | %" PRId64 " | %s | ", rows[i].hash,
                   rows[i].class, rows[i].layer, rows[i].cases, rows[i].cells,
                   rows[i].first_run_name);
        put_cell(e, rows[i].location);
        buf_puts(e->out, " | ");
        put_cell(e, rows[i].what);
        buf_puts(e->out, " |\n");
    }
    buf_putc(e->out, '\n');
    return 0;
}

static void put_title(struct entry *e) {
    int64_t all[VERDICT_COUNT] = {0};
    for (size_t i = 0; i < e->n_cells; i++)
        add_counts(all, &e->cells[i]);
    struct rates r = rates_of(all);
    if (r.red)
        buf_printf(e->out, "# Sweep %s: %" PRId64 " of %" PRId64 " cases failed\n\n", e->run.name,
                   r.red, r.ran);
    else if (r.xfail)
        buf_printf(e->out,
                   "# Sweep %s: %" PRId64 " of %" PRId64 " cases that ran passed, %" PRId64
                   " failed as expected\n\n",
                   e->run.name, r.passed, r.ran, r.xfail);
    else
        buf_printf(e->out, "# Sweep %s: all %" PRId64 " cases that ran passed\n\n", e->run.name,
                   r.ran);
}

static int read_run(struct entry *e, int64_t run) {
    int rc = runs_get(e->db, &e->arena, run, &e->run);
    if (rc == 0)
        rc = runs_environment(e->db, &e->arena, e->run.environment, &e->env);
    if (rc == 0 && e->run.reference)
        rc = runs_get(e->db, &e->arena, e->run.reference, &e->reference);
    if (rc == 0)
        rc = cells_of_run(e->db, &e->arena, run, &e->cells, &e->n_cells);
    return rc;
}

int entry_write(struct buf *out, struct db *db, int64_t run, enum entry_form form) {
    struct entry e = {.out = out, .db = db, .form = form};
    arena_init(&e.arena, 0);
    int rc = read_run(&e, run);
    if (rc == 0) {
        put_title(&e);
        put_facts(&e);
        put_results(&e);
        rc = put_causes(&e);
    }
    if (rc == 0)
        rc = put_changes(&e);
    if (rc == 0)
        rc = put_mends(&e);
    if (rc == 0)
        rc = put_shifts(&e);
    if (rc == 0)
        rc = put_waivers(&e);
    if (rc == 0)
        rc = put_groups(&e);
    if (rc == 0)
        rc = buf_ok(out, "a ledger entry");
    arena_done(&e.arena);
    return rc;
}
