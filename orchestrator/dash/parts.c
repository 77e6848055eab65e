/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/clock.h"
#include "orchestrator/dash/chart.h"

/* A number and its unit stay on one line. */
#define NBSP "\xc2\xa0"

const char *part_time(int64_t wall_ms, char out[PART_SIZE]) {
    char iso[CLOCK_ISO_SIZE];
    if (wall_ms <= 0)
        snprintf(out, PART_SIZE, "–");
    else
        snprintf(out, PART_SIZE, "%.10s %.5s UTC", clock_iso(wall_ms, iso),
                 clock_iso(wall_ms, iso) + 11);
    return out;
}

const char *part_duration(double ms, char out[PART_SIZE]) {
    if (!(ms >= 0) || ms > 1e15) {
        snprintf(out, PART_SIZE, "–");
        return out;
    }
    long long s = (long long)(ms / 1000 + 0.5);
    if (ms < 1000)
        snprintf(out, PART_SIZE, ms < 9.95 ? "%.1f ms" : "%.0f ms", ms);
    else if (ms < 59950)
        snprintf(out, PART_SIZE, "%.1f s", ms / 1000);
    else if (s < 3600)
        snprintf(out, PART_SIZE, "%lld min %02lld s", s / 60, s % 60);
    else
        snprintf(out, PART_SIZE, "%lld h %02lld min", s / 3600, s / 60 % 60);
    return out;
}

const char *part_commit(const struct run *run, char out[PART_SIZE]) {
    if (*run->commit)
        snprintf(out, PART_SIZE, "%.12s%s", run->commit, run->dirty ? "+" : "");
    else
        snprintf(out, PART_SIZE, "–");
    return out;
}

const char *part_percent(double share, char out[PART_SIZE]) {
    double percent = rates_percent(share);
    if (isnan(share))
        snprintf(out, PART_SIZE, "–");
    else
        snprintf(out, PART_SIZE,
                 percent == 0 || percent == 100 ? "%.0f" NBSP "%%" : "%.1f" NBSP "%%", percent);
    return out;
}

const char *part_bytes(int64_t kib, char out[PART_SIZE]) {
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double value = (double)kib;
    size_t unit = 0;
    for (; value >= 1024 && unit < 3; unit++)
        value /= 1024;
    snprintf(out, PART_SIZE, "%.*f %s", value < 100 && unit ? 1 : 0, value, units[unit]);
    return out;
}

const char *part_plural(int64_t n, const char *one, const char *many) {
    return n == 1 ? one : many;
}

const char *part_verdict_class(enum verdict v) {
    if (verdict_is_red(v))
        return "bad";
    if (v == VERDICT_PASS || v == VERDICT_XPASS) /* which is better than expected */
        return "ok";
    return v == VERDICT_NA || v == VERDICT_XFAIL ? "na" : "warn";
}

const char *part_change_class(enum change c, enum verdict before) {
    if (change_is_regression(c, before))
        return "bad";
    if (c == CHANGE_FIXED || c == CHANGE_NEW_PASS || c == CHANGE_FLAKY_GONE)
        return "ok";
    return c == CHANGE_INFRA_MASKED || c == CHANGE_STILL_FAILING ? "warn" : "na";
}

const char *part_rates_class(const struct rates *r) {
    if (r->red)
        return "bad";
    if (r->flaky || r->infra || r->missing)
        return "warn";
    return r->ran ? "ok" : "none";
}

/* Words of the index read as words. */
static void put_words(struct html *h, const char *name) {
    for (; *name; name++)
        html_text(h, *name == '_' ? " " : name, 1);
}

void part_verdict_tag(struct html *h, enum verdict v) {
    html_put(h, "<span class=\"tag %s\">", part_verdict_class(v));
    put_words(h, v == VERDICT_NONE ? "not recorded" : verdict_name(v));
    html_put(h, "</span>");
}

void part_change_tag(struct html *h, enum change c, enum verdict before) {
    if (c == CHANGE_NONE)
        return;
    html_put(h, "<span class=\"tag %s\">", part_change_class(c, before));
    put_words(h, change_name(c));
    html_put(h, "</span>");
}

void part_run_link(struct html *h, const struct site_run *run, const char *name) {
    if (run)
        html_put(h, "<a href=\"%s%s\">%s</a>", h->root, run->page, run->run.name);
    else
        html_put(h, "%s", name);
}

void part_cell_link(struct html *h, const struct site_cell *cell, const char *label) {
    if (cell)
        html_put(h, "<a href=\"%s%s\">%s</a>", h->root, cell->page, label);
    else
        html_put(h, "%s", label);
}

/* The mean of one share over the models that have it. */
static double mean(const struct rates *each, size_t n, size_t offset) {
    double sum = 0;
    size_t counted = 0;
    for (size_t i = 0; i < n; i++) {
        double share;
        memcpy(&share, (const char *)&each[i] + offset, sizeof(share));
        if (isnan(share))
            continue;
        sum += share;
        counted++;
    }
    return counted ? sum / (double)counted : (double)NAN;
}

void part_rates(struct html *h, const struct rates *r, const struct rates *each, size_t n_each) {
    const struct {
        const char *name;
        double share, mean;
    } cards[] = {
        {"passed of what ran", r->pass, rates_mean_pass(each,  n_each)      },
        { "covered",        r->coverage,            mean(each, n_each,    offsetof(struct rates, coverage))},
        { "not applicable", r->na_share,            mean(each, n_each,    offsetof(struct rates, na_share))},
        { "lost to infra",  r->infra_share,            mean(each, n_each, offsetof(struct rates, infra_share))},
    };
    char words[PART_SIZE];
    html_put(h, "<div class=\"cards\">");
    for (size_t i = 0; i < sizeof(cards) / sizeof(*cards); i++) {
        html_put(h, "<div class=\"card\"><b>%s</b><span>%s</span>",
                 part_percent(cards[i].share, words), cards[i].name);
        if (n_each)
            html_put(h, "<small>mean over models %s</small>", part_percent(cards[i].mean, words));
        if (i == 0 && r->ran)
            html_put(h, "<small>95" NBSP "%% interval %.1f–%.1f" NBSP "%%</small>",
                     rates_percent(r->low), rates_percent(r->high));
        html_put(h, "</div>");
    }
    html_put(h,
             "<div class=\"card\"><b>%L</b><span>%s planned</span><small>%L ran, %L passed, %L "
             "failed</small>",
             r->planned, part_plural(r->planned, "case", "cases"), r->ran, r->passed, r->red);
    if (r->flaky || r->missing)
        html_put(h, "<small>%L flaky, %L missing</small>", r->flaky, r->missing);
    if (r->xfail || r->xfail_other || r->xpass)
        html_put(h, "<small>%L xfail, %L xfail other, %L xpass</small>", r->xfail, r->xfail_other,
                 r->xpass);
    html_put(h, "</div></div>\n");
}

void part_rates_head(struct html *h) {
    html_put(h, "<th class=\"n\">cases</th><th class=\"n\">passed</th><th class=\"n\">95 %%</th>"
                "<th class=\"n\">failed</th><th class=\"n\">covered</th><th class=\"n\">na</th>"
                "<th class=\"n\">infra</th><th></th>");
}

void part_suite_row(struct html *h, const struct site *site, const char *suite, const char *before,
                    int columns) {
    if (site->n_suites > 1 && (!before || strcmp(suite, before) != 0))
        html_put(h, "<tr class=\"suite\"><th colspan=\"%L\">%s</th></tr>\n", (int64_t)columns,
                 suite);
}

void part_rates_row(struct html *h, const struct rates *r) {
    char pass[PART_SIZE], coverage[PART_SIZE], na[PART_SIZE], infra[PART_SIZE];
    html_put(h, "<td class=\"n\">%L</td><td class=\"n\"><b>%s</b></td><td class=\"n soft\">",
             r->planned, part_percent(r->pass, pass));
    if (r->ran)
        html_put(h, "%.1f–%.1f", rates_percent(r->low), rates_percent(r->high));
    html_put(h,
             "</td><td class=\"n\">%L</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
             "<td class=\"n\">%s</td><td>",
             r->red, part_percent(r->coverage, coverage), part_percent(r->na_share, na),
             part_percent(r->infra_share, infra));
    chart_shares(h, r->passed, r->red + r->flaky, r->na,
                 r->planned - r->passed - r->red - r->flaky - r->na);
    html_put(h, "</td>");
}

void part_table_open(struct html *h, const char *class) {
    html_put(h, "<div class=\"scroll\"><table class=\"%s\">", class);
}

void part_table_close(struct html *h) {
    html_put(h, "</table></div>\n");
}
