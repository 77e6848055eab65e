/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/expect_update.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/sweep/config_edit.h"
#include "orchestrator/triage/wildcard.h"

enum { VALUE_MAX = 1 << 20, SIGNATURE_SHOWN = 16 };

/* One word, or a list of several, as JSON. */
static const char *json_of(struct arena *arena, const char *const *words, size_t len) {
    struct buf b;
    buf_init(&b, VALUE_MAX);
    buf_puts(&b, len == 1 ? "" : "[");
    for (size_t i = 0; i < len; i++) {
        struct json_writer w;
        buf_puts(&b, i ? ", " : "");
        json_writer_init(&w, &b, 0);
        json_put_str(&w, NULL, words[i]);
    }
    buf_puts(&b, len == 1 ? "" : "]");
    const char *text = arena_strdup(arena, b.data);
    buf_done(&b);
    return text;
}

static void add_once(const char **list, size_t *len, const char *word) {
    for (size_t i = 0; i < *len; i++)
        if (strcmp(list[i], word) == 0)
            return;
    list[(*len)++] = word;
}

/* ---- tightening ---- */

/* Why the entry should go, or NULL. */
static const char *why_remove(const struct expect_entry *e, bool whole) {
    if (e->expired)
        return "it expired";
    if (!e->len)
        return whole ? "it is about no case" : NULL;
    if (e->waiver->kind == WAIVER_EXPECT && e->count[EXPECT_PASSED] == e->len)
        return e->len == 1 ? "its case passes" : "its cases pass";
    return NULL;
}

/* What of the entry still fails, or did not say: by cell, or by case. */
static size_t still_failing(struct arena *arena, const struct expect_entry *e, bool cells,
                            const char ***out) {
    size_t n = 0;
    *out = arena_array(arena, e->len, sizeof(**out));
    for (size_t i = 0; i < e->len; i++)
        if (e->cases[i].fate != EXPECT_PASSED)
            add_once(*out, &n,
                     cells ? e->cases[i].result->cell_name : e->cases[i].result->case_name);
    return n;
}

static size_t all_of(struct arena *arena, const struct expect_entry *e, bool cells) {
    const char **list = arena_array(arena, e->len, sizeof(*list));
    size_t n = 0;
    for (size_t i = 0; i < e->len; i++)
        add_once(list, &n, cells ? e->cases[i].result->cell_name : e->cases[i].result->case_name);
    return n;
}

/* Some cases pass: cells and cases that do so throughout are dropped. */
static int narrow(struct buf *text, struct buf *notes, struct arena *arena, const char *list,
                  const struct expect_entry *e) {
    static const char *const keys[] = {"case", "cell"};
    size_t area = 1;
    int rc = 0;
    for (int cells = 0; rc == 0 && cells < 2; cells++) {
        const char **left;
        size_t n = still_failing(arena, e, cells, &left), all = all_of(arena, e, cells);
        area *= n;
        if (n == all)
            continue;
        rc = config_edit_set(text, list, e->index, keys[cells], json_of(arena, left, n));
        buf_printf(notes, "%s[%zu].%s: %zu of %zu still fail\n", list, e->index, keys[cells], n,
                   all);
    }
    if (rc == 0 && area > e->len - e->count[EXPECT_PASSED])
        buf_printf(notes,
                   "%s[%zu]: some of its cases pass in some of its cells; split it by hand\n", list,
                   e->index);
    return rc;
}

/* From the last to the first, so that places stay what they are. */
static int tighten(struct buf *text, struct buf *notes, struct arena *arena,
                   const struct expect_entry *rows, size_t len, bool whole) {
    int rc = 0;
    for (size_t i = len; rc == 0 && i-- > 0;) {
        const struct expect_entry *e = &rows[i];
        const char *list = waiver_kind_name(e->waiver->kind), *why = why_remove(e, whole);
        if (why) {
            rc = config_edit_remove(text, list, e->index);
            buf_printf(notes, "%s[%zu]: removed, %s\n", list, e->index, why);
        } else if (e->waiver->kind == WAIVER_EXPECT && e->count[EXPECT_PASSED]) {
            rc = narrow(text, notes, arena, list, e);
        }
    }
    return rc;
}

/* ---- new entries ---- */

/* Failures of one reason; all its cases fail so in all its cells. */
struct group {
    const char *signature;
    const char **cells, **cases;
    size_t n_cells, n_cases;
    const struct result *first;
};

static bool matches(const struct opt_list *patterns, const char *name) {
    return patterns->len == 0 || wildcard_any(patterns->items, patterns->len, name);
}

static bool is_wished(const struct expect_wish *wish, const struct result *r) {
    return verdict_is_red(r->verdict) && *r->signature_hash &&
           matches(&wish->cells, r->cell_name) && matches(&wish->cases, r->case_name);
}

/* One group per cell and signature; the results come cell by cell. */
static size_t group_all(struct arena *arena, const struct expect_wish *wish,
                        const struct result *results, size_t len, struct group **out) {
    struct group *groups = arena_array(arena, len, sizeof(*groups));
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        const struct result *r = &results[i];
        size_t at = 0;
        if (!is_wished(wish, r))
            continue;
        while (at < n && (groups[at].first->cell != r->cell ||
                          strcmp(groups[at].signature, r->signature_hash) != 0))
            at++;
        struct group *g = &groups[at];
        if (at == n) {
            n++;
            *g = (struct group){.signature = r->signature_hash, .first = r};
            g->cases = arena_array(arena, len, sizeof(*g->cases));
            g->cells = arena_array(arena, len, sizeof(*g->cells));
            g->cells[g->n_cells++] = r->cell_name;
        }
        g->cases[g->n_cases++] = r->case_name;
    }
    *out = groups;
    return n;
}

static bool are_alike(const struct group *a, const struct group *b) {
    if (strcmp(a->signature, b->signature) != 0 || a->n_cases != b->n_cases)
        return false;
    for (size_t i = 0; i < a->n_cases; i++)
        if (strcmp(a->cases[i], b->cases[i]) != 0)
            return false;
    return true;
}

/* Cells in which the same cases fail alike share an entry. */
static size_t merge(struct group *groups, size_t len) {
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        size_t at = 0;
        while (at < n && !are_alike(&groups[at], &groups[i]))
            at++;
        if (at == n)
            groups[n++] = groups[i];
        else
            groups[at].cells[groups[at].n_cells++] = groups[i].cells[0];
    }
    return n;
}

static int append(struct buf *text, struct arena *arena, const struct group *g,
                  const struct expect_wish *wish) {
    const char *signature = arena_printf(arena, "%.*s", SIGNATURE_SHOWN, g->signature);
    const char *members[8];
    size_t n = 0;
    members[n++] = arena_printf(arena, "\"cell\": %s", json_of(arena, g->cells, g->n_cells));
    members[n++] = arena_printf(arena, "\"case\": %s", json_of(arena, g->cases, g->n_cases));
    members[n++] = arena_printf(arena, "\"signature\": %s", json_of(arena, &signature, 1));
    if (wish->reason)
        members[n++] = arena_printf(arena, "\"reason\": %s", json_of(arena, &wish->reason, 1));
    members[n++] = arena_printf(arena, "\"owner\": %s", json_of(arena, &wish->owner, 1));
    members[n++] = arena_printf(arena, "\"issue\": %s", json_of(arena, &wish->issue, 1));
    members[n++] = arena_printf(arena, "\"expires\": %s", json_of(arena, &wish->expires, 1));
    members[n] = NULL;
    return config_edit_append(text, "expect", members);
}

static int loosen(struct buf *text, struct buf *notes, struct arena *arena,
                  const struct result *results, size_t len, const struct expect_wish *wish) {
    struct group *groups;
    int rc = 0;
    if (!wish->issue || !wish->expires)
        return err_set(ERR_ARG, "a failure is expected under an issue and until a day: "
                                "--owner, --issue and --expires go together");
    if (!waiver_is_date(wish->expires))
        return err_set(ERR_ARG, "--expires: \"%.40s\" is no day of the form 2026-12-31",
                       wish->expires);
    if (!wish->cells.len && !wish->cases.len)
        return err_set(ERR_ARG, "which failures are expected? Give --cell or --case");
    size_t n = group_all(arena, wish, results, len, &groups);
    n = merge(groups, n);
    if (!n)
        return err_set(ERR_NOTFOUND, "no failure of the run fits --cell and --case");
    for (size_t i = 0; rc == 0 && i < n; i++) {
        rc = append(text, arena, &groups[i], wish);
        buf_printf(notes, "expect: added %zu %s in %zu %s: %s\n", groups[i].n_cases,
                   groups[i].n_cases == 1 ? "case" : "cases", groups[i].n_cells,
                   groups[i].n_cells == 1 ? "cell" : "cells", groups[i].first->last.message);
    }
    return rc;
}

int expect_update(struct buf *text, struct buf *notes, struct arena *arena,
                  const struct expect_entry *rows, size_t len, const struct result *results,
                  size_t result_count, bool whole, const struct expect_wish *wish) {
    int rc = tighten(text, notes, arena, rows, len, whole);
    if (rc == 0 && wish->owner)
        rc = loosen(text, notes, arena, results, result_count, wish);
    else if (rc == 0 &&
             (wish->issue || wish->expires || wish->reason || wish->cells.len || wish->cases.len))
        rc = err_set(ERR_ARG, "whose failure is it? A new entry needs --owner");
    return rc == 0 ? buf_ok(text, "noctule.json") : rc;
}
