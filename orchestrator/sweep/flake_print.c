/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/flake_print.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "orchestrator/store/rates.h"
#include "orchestrator/sweep/config.h"
#include "orchestrator/triage/flake.h"

static const struct waiver *quarantine_of(const struct waivers *list, const struct flake_row *f,
                                          int64_t now_ms) {
    for (size_t i = 0; list && i < list->len; i++)
        if (waiver_covers(&list->rows[i], f->cell_name, f->case_name) &&
            !waiver_is_expired(&list->rows[i], now_ms))
            return &list->rows[i];
    return NULL;
}

static int widest(int least, const char *text) {
    int len = (int)strlen(text);
    return len > least ? len : least;
}

void flake_print_table(struct buf *out, const struct flake_row *rows, size_t len, size_t most,
                       const struct waivers *quarantine, int64_t now_ms) {
    int cell = 4, name = 4;
    size_t shown = most && most < len ? most : len;
    for (size_t i = 0; i < shown; i++) {
        cell = widest(cell, rows[i].cell_name);
        name = widest(name, rows[i].case_name);
    }
    buf_printf(out, "%-*s  %-*s  %9s  %-22s  %7s  %s\n", cell, "cell", name, "case", "failed",
               "rate (95 %)", "commits", "first failure");
    for (size_t i = 0; i < shown; i++) {
        const struct flake_row *f = &rows[i];
        struct flake rate = flake_of(f->fails, f->attempts);
        const struct waiver *w = quarantine_of(quarantine, f, now_ms);
        buf_printf(out, "%-*s  %-*s  %3lld of %2lld  %5.1f %% (%.1f–%.1f)%*s  %7lld  %s: %s", cell,
                   f->cell_name, name, f->case_name, (long long)f->fails, (long long)f->attempts,
                   rates_percent(rate.rate), rates_percent(rate.low), rates_percent(rate.high), 1,
                   "", (long long)f->places, f->first_run_name, f->first_message);
        if (w)
            buf_printf(out, "  – quarantined by %s until %s", w->owner, w->expires);
        buf_putc(out, '\n');
    }
    if (shown < len)
        buf_printf(out, "… and %zu more: \"noctule flaky\"\n", len - shown);
}

void flake_print_json(struct buf *out, const struct flake_row *rows, size_t len, const char *run,
                      const struct waivers *quarantine, int64_t now_ms) {
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_open_object(&w, NULL);
    json_put_str(&w, "run", run);
    json_open_array(&w, "flaky");
    for (size_t i = 0; i < len; i++) {
        const struct flake_row *f = &rows[i];
        struct flake rate = flake_of(f->fails, f->attempts);
        const struct waiver *waiver = quarantine_of(quarantine, f, now_ms);
        json_open_object(&w, NULL);
        json_put_str(&w, "cell", f->cell_name);
        json_put_str(&w, "case", f->case_name);
        json_put_int(&w, "failed", f->fails);
        json_put_int(&w, "attempts", f->attempts);
        json_put_real(&w, "rate", rate.rate);
        json_put_real(&w, "low", rate.low);
        json_put_real(&w, "high", rate.high);
        json_put_int(&w, "commits", f->places);
        json_put_str(&w, "verdict", verdict_name(f->verdict));
        json_put_str(&w, "first_run", f->first_run_name);
        json_put_str(&w, "last_run", f->last_run_name);
        json_put_str(&w, "first_message", f->first_message);
        json_put_str(&w, "quarantined_until", waiver ? waiver->expires : NULL);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    buf_putc(out, '\n');
}
