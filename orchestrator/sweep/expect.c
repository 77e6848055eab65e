/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/expect.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json.h"

static enum expect_fate fate_of(const struct waiver *w, const struct result *r) {
    enum verdict v = verdict_unexpected(r->verdict, r->last.status);
    if (v == VERDICT_PASS)
        return EXPECT_PASSED;
    if (w->kind == WAIVER_QUARANTINE && v == VERDICT_FLAKY)
        return EXPECT_FAILED;
    if (!verdict_is_red(v))
        return EXPECT_NOT_RUN;
    return w->kind == WAIVER_QUARANTINE || waiver_has_signature(w, r->signature_hash)
               ? EXPECT_FAILED
               : EXPECT_FAILED_OTHERWISE;
}

static void look_at(struct arena *arena, struct expect_entry *e, const struct result *results,
                    size_t len) {
    size_t covered = 0;
    for (size_t i = 0; i < len; i++)
        covered += waiver_covers(e->waiver, results[i].cell_name, results[i].case_name);
    e->cases = arena_array(arena, covered, sizeof(*e->cases));
    for (size_t i = 0; i < len; i++) {
        if (!waiver_covers(e->waiver, results[i].cell_name, results[i].case_name))
            continue;
        struct expect_case *c = &e->cases[e->len++];
        *c = (struct expect_case){&results[i], fate_of(e->waiver, &results[i])};
        e->count[c->fate]++;
    }
}

void expect_look(struct arena *arena, const struct waivers *list, const struct result *results,
                 size_t len, int64_t now_ms, struct expect_entry *out) {
    for (size_t i = 0; i < list->len; i++) {
        out[i] = (struct expect_entry){.waiver = &list->rows[i], .index = i};
        out[i].expired = waiver_is_expired(&list->rows[i], now_ms);
        look_at(arena, &out[i], results, len);
    }
}

/* A quarantined case may pass: that is what being flaky means. */
bool expect_is_due(const struct expect_entry *e) {
    if (e->expired || !e->len)
        return true;
    bool passes = e->count[EXPECT_PASSED] && e->waiver->kind == WAIVER_EXPECT;
    return passes || e->count[EXPECT_FAILED_OTHERWISE];
}

static void put_list(struct buf *out, const char *name, const char *const *words) {
    buf_printf(out, "  %-10s", name);
    for (size_t i = 0; words[i]; i++)
        buf_printf(out, "%s%s", i ? ", " : "", words[i]);
    buf_putc(out, '\n');
}

static const char *const fate_words[][2] = {
    [EXPECT_FAILED] = {"fails as expected",        "fail as expected"       },
    [EXPECT_FAILED_OTHERWISE] = {"fails for another reason", "fail for another reason"},
    [EXPECT_PASSED] = {"passes",                   "pass"                   },
    [EXPECT_NOT_RUN] = {"did not run",              "did not run"            },
};

static void put_state(struct buf *out, const struct expect_entry *e, const char *run) {
    const char *comma = "";
    buf_puts(out, "  state     ");
    if (e->expired)
        buf_printf(out, "expired on %s; ", e->waiver->expires);
    if (!*run)
        buf_puts(out, "nothing was swept yet");
    else if (!e->len)
        buf_printf(out, "no case of %s is meant", run);
    for (int f = 0; f <= EXPECT_NOT_RUN; f++) {
        if (!e->count[f])
            continue;
        const char *word = fate_words[f][e->count[f] != 1];
        if (f == EXPECT_FAILED && e->waiver->kind == WAIVER_QUARANTINE)
            word = e->count[f] == 1 ? "fails or is flaky" : "fail or are flaky";
        buf_printf(out, "%s%zu %s", comma, e->count[f], word);
        comma = ", ";
    }
    buf_putc(out, '\n');
}

void expect_print_table(struct buf *out, const struct expect_entry *rows, size_t len,
                        const char *run) {
    for (size_t i = 0; i < len; i++) {
        const struct waiver *w = rows[i].waiver;
        buf_printf(out, "%s%s[%zu]%s\n", i ? "\n" : "", waiver_kind_name(w->kind), rows[i].index,
                   expect_is_due(&rows[i]) ? "  – look at this" : "");
        put_list(out, "cell", w->cells);
        put_list(out, "case", w->cases);
        if (w->signatures[0])
            put_list(out, "signature", w->signatures);
        buf_printf(out, "  owner     %s, %s, until %s\n", w->owner, w->issue, w->expires);
        if (*w->reason)
            buf_printf(out, "  reason    %s\n", w->reason);
        put_state(out, &rows[i], run);
    }
}

static void put_words(struct json_writer *w, const char *key, const char *const *words) {
    json_open_array(w, key);
    for (size_t i = 0; words[i]; i++)
        json_put_str(w, NULL, words[i]);
    json_close_array(w);
}

void expect_print_json(struct buf *out, const struct expect_entry *rows, size_t len,
                       const char *run) {
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_open_object(&w, NULL);
    json_put_str(&w, "run", *run ? run : NULL);
    json_open_array(&w, "entries");
    for (size_t i = 0; i < len; i++) {
        const struct expect_entry *e = &rows[i];
        json_open_object(&w, NULL);
        json_put_str(&w, "kind", waiver_kind_name(e->waiver->kind));
        json_put_int(&w, "entry", (int64_t)e->index);
        put_words(&w, "cells", e->waiver->cells);
        put_words(&w, "cases", e->waiver->cases);
        put_words(&w, "signatures", e->waiver->signatures);
        json_put_str(&w, "reason", e->waiver->reason);
        json_put_str(&w, "owner", e->waiver->owner);
        json_put_str(&w, "issue", e->waiver->issue);
        json_put_str(&w, "expires", e->waiver->expires);
        json_put_bool(&w, "expired", e->expired);
        json_put_bool(&w, "due", expect_is_due(e));
        json_put_int(&w, "failed", (int64_t)e->count[EXPECT_FAILED]);
        json_put_int(&w, "failed_otherwise", (int64_t)e->count[EXPECT_FAILED_OTHERWISE]);
        json_put_int(&w, "passed", (int64_t)e->count[EXPECT_PASSED]);
        json_put_int(&w, "not_run", (int64_t)e->count[EXPECT_NOT_RUN]);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    buf_putc(out, '\n');
}
