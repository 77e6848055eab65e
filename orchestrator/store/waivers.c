/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/waivers.h"

#include <string.h>

#include "engine/base/arena.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/sql.h"

static const char *const names[WAIVER_COUNT] = {"",
#define X(name, code, text) [WAIVER_##name] = text,
                                                WAIVER_MAP(X)
#undef X
};

const char *waiver_kind_name(enum waiver_kind k) {
    return names[k];
}

enum waiver_kind waiver_kind_find(const char *name) {
    for (int i = 1; i < WAIVER_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (enum waiver_kind)i;
    return WAIVER_NONE;
}

static struct waiver_row read_row(struct sql *q, struct arena *arena) {
    struct waiver_row w = {.run = sql_int(q)};
    w.cell = sql_int(q);
    w.case_id = sql_int(q);
    w.kind = (enum waiver_kind)sql_int(q);
    w.entry = sql_int(q);
    w.signatures = sql_text(q, arena);
    w.reason = sql_text(q, arena);
    w.owner = sql_text(q, arena);
    w.issue = sql_text(q, arena);
    w.expires = sql_text(q, arena);
    w.expired = sql_int(q) != 0;
    w.strict = sql_int(q) != 0;
    w.verdict = (enum verdict)sql_int(q);
    w.cell_name = sql_text(q, arena);
    w.case_name = sql_text(q, arena);
    w.label = sql_text(q, arena);
    w.message = sql_text(q, arena);
    return w;
}

/* An arena array that doubles; the arena keeps the smaller ones until it ends. */
static int read_rows(struct sql *q, struct arena *arena, struct waiver_row **out, size_t *len) {
    struct waiver_row *rows = NULL;
    size_t n = 0, room = 0;
    while (sql_row(q)) {
        if (n == room) {
            struct waiver_row *larger =
                arena_array(arena, room = room ? 2 * room : 8, sizeof(*rows));
            if (n)
                memcpy(larger, rows, n * sizeof(*rows));
            rows = larger;
        }
        rows[n++] = read_row(q, arena);
    }
    *out = rows;
    *len = n;
    return sql_close(q, "reading waivers");
}

#define WAIVER_COLUMNS                                                                          \
    "SELECT w.run, w.cell, w.case_, w.kind, w.entry, w.signatures, w.reason, w.owner, w.issue," \
    " w.expires, w.expired, w.strict, r.verdict, cell.name, c.name, v.label, r.message"         \
    " FROM waiver w JOIN result r ON r.run = w.run AND r.cell = w.cell AND r.case_ = w.case_"   \
    " JOIN cell ON cell.id = w.cell JOIN variant v ON v.id = cell.variant"                      \
    " JOIN case_ c ON c.id = w.case_"

int waivers_list(struct db *db, struct arena *arena, int64_t run, int64_t cell, int64_t case_id,
                 struct waiver_row **out, size_t *len) {
    static const char of_case[] = WAIVER_COLUMNS
        " WHERE w.run = ?1 AND w.cell = ?2 AND w.case_ = ?3 ORDER BY w.kind, w.entry";
    static const char of_run[] =
        WAIVER_COLUMNS " WHERE w.run = ?1 ORDER BY w.kind, cell.name, c.name, w.entry";
    struct sql q = sql_open(db, case_id ? of_case : of_run);
    sql_put_int(&q, run);
    if (case_id) {
        sql_put_int(&q, cell);
        sql_put_int(&q, case_id);
    }
    return read_rows(&q, arena, out, len);
}

static int read_count(struct sql *q, int64_t *out) {
    *out = sql_row(q) ? sql_int(q) : 0;
    return sql_close(q, "counting waived cases");
}

int waivers_count_strict(struct db *db, int64_t run, int64_t *out) {
    struct sql q =
        sql_open(db, "SELECT count(*) FROM result r WHERE r.run = ? AND r.verdict = ?"
                     " AND EXISTS(SELECT 1 FROM waiver w WHERE w.run = r.run AND w.cell = r.cell"
                     " AND w.case_ = r.case_ AND w.kind = 1 AND (w.strict OR w.expired))");
    sql_put_int(&q, run);
    sql_put_int(&q, VERDICT_XPASS);
    return read_count(&q, out);
}

int waivers_count_quarantined(struct db *db, int64_t run, int64_t *out) {
    int64_t verdicts = INT64_C(1) << VERDICT_FLAKY;
    for (int v = 0; v < VERDICT_COUNT; v++)
        verdicts |= verdict_is_red((enum verdict)v) ? INT64_C(1) << v : 0;
    struct sql q =
        sql_open(db, "SELECT count(*) FROM result r WHERE r.run = ? AND (? >> r.verdict) & 1"
                     " AND EXISTS(SELECT 1 FROM waiver w WHERE w.run = r.run AND w.cell = r.cell"
                     " AND w.case_ = r.case_ AND w.kind = 2 AND NOT w.expired)");
    sql_put_int(&q, run);
    sql_put_int(&q, verdicts);
    return read_count(&q, out);
}

int waivers_put(struct db *db, const struct waiver_row *w) {
    struct sql q =
        sql_open(db, "INSERT OR REPLACE INTO waiver VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql_put_int(&q, w->run);
    sql_put_int(&q, w->cell);
    sql_put_int(&q, w->case_id);
    sql_put_int(&q, w->kind);
    sql_put_int(&q, w->entry);
    sql_put_text(&q, w->signatures);
    sql_put_text(&q, w->reason);
    sql_put_text(&q, w->owner);
    sql_put_text(&q, w->issue);
    sql_put_text(&q, w->expires);
    sql_put_int(&q, w->expired);
    sql_put_int(&q, w->strict);
    return sql_run(&q, "adding a waiver");
}

/* Whether one of the words begins the hash. */
static bool fits(const char *words, const char *hash) {
    while (*words) {
        size_t len = strcspn(words, " ");
        if (len && strncmp(words, hash, len) == 0)
            return true;
        words += len + (words[len] == ' ');
    }
    return false;
}

/* The entry that decides, best first: one that holds and has the reason, one that had it and
 * expired, one that holds, one that expired. NULL without any. */
static const struct waiver_row *choose(const struct waiver_row *rows, size_t len, const char *hash,
                                       bool *same) {
    const struct waiver_row *best = NULL;
    int rank = 0;
    for (size_t i = 0; i < len; i++) {
        bool fit = fits(rows[i].signatures, hash);
        int mine = 1 + 2 * fit + !rows[i].expired;
        if (rows[i].kind != WAIVER_EXPECT || mine <= rank)
            continue;
        best = &rows[i];
        rank = mine;
        *same = fit;
    }
    return best;
}

/* A quarantine that is over says so at each failure. */
static void judge_quarantine(struct arena *arena, const struct waiver_row *rows, size_t len,
                             const char **message) {
    const struct waiver_row *over = NULL;
    for (size_t i = 0; i < len; i++) {
        if (rows[i].kind == WAIVER_QUARANTINE && !rows[i].expired)
            return;
        over = rows[i].kind == WAIVER_QUARANTINE ? &rows[i] : over;
    }
    if (over)
        *message = arena_printf(arena, "the quarantine by %s (%s) expired on %s: %s", over->owner,
                                over->issue, over->expires, *message);
}

int waivers_judge(struct db *db, struct arena *arena, const struct attempt *a, enum verdict *v,
                  const char **message) {
    struct waiver_row *rows;
    size_t len;
    bool same = false;
    int rc = waivers_list(db, arena, a->run, a->cell, a->case_id, &rows, &len);
    const struct waiver_row *w = rc == 0 ? choose(rows, len, a->hash ? a->hash : "", &same) : NULL;
    if (rc == 0 && verdict_is_red(*v))
        judge_quarantine(arena, rows, len, message);
    if (!w || (*v != VERDICT_PASS && !verdict_is_red(*v)))
        return rc;
    const char *until = w->expired ? "which expired on" : "until";
    if (*v == VERDICT_PASS) {
        *message = arena_printf(arena, "it passes, and %s expects a failure (%s, %s %s)", w->owner,
                                w->issue, until, w->expires);
        *v = VERDICT_XPASS;
    } else if (w->expired) {
        *message = arena_printf(arena, "the expectation of %s (%s) expired on %s: %s", w->owner,
                                w->issue, w->expires, *message);
    } else {
        *message = arena_printf(arena,
                                same ? "expected by %s (%s, until %s): %s"
                                     : "not the failure that %s expects (%s, until %s): %s",
                                w->owner, w->issue, w->expires, *message);
        *v = same ? VERDICT_XFAIL : VERDICT_XFAIL_OTHER;
    }
    return 0;
}
