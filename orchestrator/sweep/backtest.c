/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/backtest.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "orchestrator/parse/rules.h"
#include "orchestrator/store/failures.h"
#include "orchestrator/sweep/caselog.h"
#include "orchestrator/triage/finding.h"

struct testing {
    struct backtest *out;
    struct arena *arena;
    const struct rules *rules;
    struct caselog log;
    struct map rows;         /* key of a row → its index */
    struct map cells, cases; /* row and cell, row, cell and case: seen */
    struct map signatures, old, runs;
    size_t room;
};

/* Borrowed by the maps. */
static bool add_once(struct testing *t, struct map *map, const char *key) {
    const char *kept = arena_strdup(t->arena, key);
    return map_add(map, kept, strlen(kept), 0);
}

static const char *file_of(const struct testing *t, const char *rule) {
    size_t count;
    const struct rule *const *rows = rules_list(t->rules, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i]->id, rule) == 0)
            return rows[i]->file;
    return "";
}

static struct backtest_row *row_of(struct testing *t, const struct finding *now,
                                   const struct failure_row *f, uint32_t *index) {
    struct backtest *b = t->out;
    const char *key = arena_printf(t->arena, "%s|%s|%s|%s|%s|%s", now->rule, now->class, now->layer,
                                   f->rule, f->class, f->layer);
    *index = (uint32_t)b->len;
    if (map_find_str(&t->rows, key, index))
        return &b->rows[*index];
    if (b->len == t->room) {
        size_t room = t->room ? 2 * t->room : 32;
        struct backtest_row *more = arena_array(t->arena, room, sizeof(*more));
        if (b->len)
            memcpy(more, b->rows, b->len * sizeof(*more));
        b->rows = more;
        t->room = room;
    }
    (void)map_add(&t->rows, key, strlen(key), *index);
    b->rows[b->len] = (struct backtest_row){.rule = now->rule,
                                            .class = now->class,
                                            .layer = now->layer,
                                            .old_rule = f->rule,
                                            .old_class = f->class,
                                            .old_layer = f->layer,
                                            .file = file_of(t, now->rule),
                                            .first_run = f->run_name};
    return &b->rows[b->len++];
}

static void add_cell(struct testing *t, struct backtest_row *row, const char *cell) {
    if ((row->n_cells & (row->n_cells - 1)) == 0) { /* full at each power of two */
        const char **more =
            arena_array(t->arena, row->n_cells ? 2 * row->n_cells : 1, sizeof(*more));
        if (row->n_cells)
            memcpy(more, row->cells, row->n_cells * sizeof(*more));
        row->cells = more;
    }
    row->cells[row->n_cells++] = cell;
}

static void count(struct testing *t, const struct finding *now, const struct failure_row *f) {
    uint32_t index;
    struct backtest_row *row = row_of(t, now, f, &index);
    row->failures++;
    row->last_run = f->run_name;
    row->what = *now->what ? now->what : f->message;
    row->case_name = f->case_name;
    if (add_once(t, &t->cells, arena_printf(t->arena, "%u|%s", index, f->cell_name)))
        add_cell(t, row, f->cell_name);
    row->n_cases += add_once(t, &t->cases,
                             arena_printf(t->arena, "%u|%s|%s", index, f->cell_name, f->case_name));
    t->out->same += strcmp(now->rule, f->rule) == 0 && strcmp(now->class, f->class) == 0 &&
                    strcmp(now->layer, f->layer) == 0;
    t->out->signatures += add_once(t, &t->signatures, now->signature);
    t->out->old_signatures += add_once(t, &t->old, f->hash);
}

static void judge(struct testing *t, const struct failure_row *f) {
    struct finding now;
    const char *log = "";
    size_t len = 0;
    if (f->log_end > f->log_begin &&
        caselog_read(&t->log, f->log, f->log_begin, f->log_end, &log, &len) < 0) {
        t->out->lost++;
        return;
    }
    const struct failure failure = {.status = f->status,
                                    .type = f->type,
                                    .message = f->message,
                                    .worst_key = f->worst_key,
                                    .log = log,
                                    .log_len = len,
                                    .signal = f->signal,
                                    .nmse = f->nmse,
                                    .limit = f->limit > 0 ? f->limit : 0};
    finding_make(&now, t->arena, t->rules, &failure);
    count(t, &now, f);
}

static int by_failures(const void *a, const void *b) {
    const struct backtest_row *x = a, *y = b;
    if (x->failures != y->failures)
        return x->failures > y->failures ? -1 : 1;
    int rules = strcmp(x->rule, y->rule);
    return rules ? rules : strcmp(x->old_rule, y->old_rule);
}

int backtest_run(struct backtest *out, struct db *db, struct arena *arena,
                 const struct rules *rules, const char *logs, int64_t runs) {
    struct testing t = {.out = out, .arena = arena, .rules = rules};
    struct map *const maps[] = {&t.rows, &t.cells, &t.cases, &t.signatures, &t.old, &t.runs};
    struct failure_row *list = NULL;
    const struct rule *rule = NULL;
    *out = (struct backtest){.gave_up_rule = ""};
    int rc = failures_list(db, arena, runs, &list, &out->failures);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++)
        map_init(maps[i], 64);
    caselog_init(&t.log, logs);
    for (size_t i = 0; i < out->failures; i++) {
        out->runs += add_once(&t, &t.runs, list[i].run_name);
        judge(&t, &list[i]);
    }
    caselog_done(&t.log);
    for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++)
        map_done(maps[i]);
    out->gave_up = rules_gave_up(rules, &rule);
    if (rule)
        out->gave_up_rule = rule->id;
    if (out->len)
        qsort(out->rows, out->len, sizeof(*out->rows), by_failures);
    return 0;
}
