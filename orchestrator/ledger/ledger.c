/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/ledger/ledger.h"

#include <limits.h>
#include <stdio.h>
#include <stdbool.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "orchestrator/ledger/chain.h"
#include "orchestrator/ledger/entry.h"
#include "orchestrator/store/runs.h"

/* "0007-20261121-023511-e055885.md" → the run's name, in the arena. */
static const char *run_of(struct arena *arena, const char *entry_name) {
    const char *name = strchr(entry_name, '-') + 1;
    return arena_strndup(arena, name, strlen(name) - strlen(".md"));
}

static bool has_entry(const struct chain *c, struct arena *arena, const char *run,
                      const char **name) {
    for (size_t i = 0; i < c->len; i++) {
        if (strcmp(run_of(arena, c->entries[i].name), run) == 0) {
            *name = c->entries[i].name;
            return true;
        }
    }
    return false;
}

/* The runs that are to have an entry and have none, oldest first. */
static int find_lacking(struct db *db, struct arena *arena, const struct chain *chain,
                        struct run **out, size_t *len) {
    struct run *all;
    const char *name;
    size_t count;
    *len = 0;
    int rc = runs_list(db, arena, NULL, 0, &all, &count);
    if (rc < 0)
        return rc;
    *out = arena_array(arena, count + 1, sizeof(**out));
    while (count--)
        if (all[count].state == RUN_FINISHED && all[count].ledger &&
            !has_entry(chain, arena, all[count].name, &name))
            (*out)[(*len)++] = all[count];
    return 0;
}

static int append(struct db *db, const struct run *run, const char *folder, struct buf *path_out) {
    struct buf text;
    buf_init(&text, ENTRY_MAX);
    int rc = entry_write(&text, db, run->id, ENTRY_NOW);
    if (rc == 0)
        rc = chain_append(folder, run->name, text.data, entry_below, path_out);
    buf_done(&text);
    return rc;
}

int ledger_write(struct db *db, int64_t run, const char *folder, struct buf *path_out) {
    struct arena arena;
    struct chain chain = {0};
    struct run row;
    const char *name;
    arena_init(&arena, 0);
    int rc = runs_get(db, &arena, run, &row);
    if (rc == 0)
        rc = chain_read(&chain, folder);
    if (rc == 0 && has_entry(&chain, &arena, row.name, &name))
        file_join(path_out, folder, name);
    else if (rc == 0)
        rc = append(db, &row, folder, path_out);
    chain_done(&chain);
    arena_done(&arena);
    return rc < 0 ? err_while(rc, "writing the ledger entry") : 0;
}

int ledger_catch_up(struct db *db, const char *folder) {
    struct arena arena;
    struct chain chain = {0};
    struct run *lacking;
    size_t len = 0;
    struct buf path;
    arena_init(&arena, 0);
    buf_init(&path, PATH_MAX);
    int rc = chain_read(&chain, folder);
    if (rc == 0)
        rc = find_lacking(db, &arena, &chain, &lacking, &len);
    for (size_t i = 0; i < len && rc == 0; i++) {
        buf_reset(&path);
        rc = append(db, &lacking[i], folder, &path);
        if (rc == 0)
            log_info("run %s had no entry in the ledger: %s", lacking[i].name, path.data);
    }
    buf_done(&path);
    chain_done(&chain);
    arena_done(&arena);
    return rc < 0 ? err_while(rc, "writing the ledger entries of earlier runs") : 0;
}

/* Compares an entry's text with what the index says of its run. */
static int check_figures(struct db *db, struct arena *arena, const struct chain_entry *e,
                         struct ledger_report *out, struct buf *faults) {
    struct run run;
    struct buf text;
    int rc = runs_find(db, arena, run_of(arena, e->name), &run);
    if (rc == ERR_NOTFOUND) {
        out->unknown++;
        return 0;
    }
    if (rc < 0)
        return rc;
    bool same = false;
    buf_init(&text, ENTRY_MAX);
    for (enum entry_form form = ENTRY_NOW; rc == 0 && !same && form < ENTRY_FORMS; form++) {
        buf_reset(&text);
        rc = entry_write(&text, db, run.id, form);
        same = rc == 0 && strcmp(text.data, e->text) == 0;
    }
    out->confirmed += same;
    if (rc == 0 && !same) {
        out->faults++;
        buf_printf(faults, "%s: the index gives other figures for this run\n", e->name);
    }
    buf_done(&text);
    return rc;
}

static int check_lacking(struct db *db, struct arena *arena, const struct chain *chain,
                         struct ledger_report *out, struct buf *faults) {
    struct run *lacking;
    int rc = find_lacking(db, arena, chain, &lacking, &out->lacking);
    for (size_t i = 0; rc == 0 && i < out->lacking; i++)
        buf_printf(faults, "run %s has finished and has no entry; the next noctule sweep adds it\n",
                   lacking[i].name);
    out->faults += out->lacking;
    return rc;
}

int ledger_verify(struct db *db, const char *folder, struct ledger_report *out,
                  struct buf *faults) {
    struct arena arena;
    struct chain chain = {0};
    struct ledger_report report = {0};
    arena_init(&arena, 0);
    int rc = chain_read(&chain, folder);
    report.entries = chain.len;
    for (size_t i = 0; i < chain.len && rc == 0; i++) {
        if (chain.entries[i].fault) {
            report.faults++;
            buf_printf(faults, "%s: %s\n", chain.entries[i].name, chain.entries[i].fault);
        } else if (db) {
            rc = check_figures(db, &arena, &chain.entries[i], &report, faults);
        }
    }
    if (rc == 0 && db)
        rc = check_lacking(db, &arena, &chain, &report, faults);
    if (rc == 0)
        *out = report;
    chain_done(&chain);
    arena_done(&arena);
    return rc;
}
