/* SPDX-License-Identifier: Apache-2.0 */
/* world: an index in memory, filled as a sweep fills it, for tests of what is made from one. */
#pragma once

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/store/shifts.h"
#include "orchestrator/store/signatures.h"
#include "orchestrator/store/timings.h"

#define WORLD_OK(call) CHECK((call) == 0)

struct world {
    struct db *db;
    struct arena arena;
    int64_t environment, run, reference;
    int64_t planned;  /* cases of this run */
    int64_t start_ms; /* of the next run */
};

static inline void world_open(struct world *w) {
    *w = (struct world){.start_ms = 1795142111000}; /* 2026-11-20 */
    const struct environment e = {.hash = "e1",
                                  .os = "Debian GNU/Linux 12",
                                  .kernel = "6.1.0",
                                  .cpu = "AMD EPYC 7B13",
                                  .compiler = "gcc 12.2.0",
                                  .libc = "glibc 2.36",
                                  .cores = 2,
                                  .memory_kib = 8 << 20};
    arena_init(&w->arena, 0);
    WORLD_OK(db_open(&w->db, ":memory:", DB_CREATE));
    WORLD_OK(runs_add_environment(w->db, &e, &w->environment));
    WORLD_OK(db_begin(w->db));
}

static inline void world_close(struct world *w) {
    db_close(w->db);
    arena_done(&w->arena);
}

/* Begins a run that is compared with the one before when world_end() closes it. */
static inline void world_begin(struct world *w, const char *name, const char *scope) {
    const struct run run = {.name = name,
                            .subject = "noctule",
                            .state = RUN_RUNNING,
                            .commit = "e0558856131e8233ea7e6eb09e98686c315e9ef8",
                            .tree = "120e5509a1b2",
                            .branch = "main",
                            .build_sha256 = "5c1f0000ab",
                            .config_sha256 = "77",
                            .scope = scope,
                            .program = "0.1.0",
                            .environment = w->environment,
                            .started_ms = w->start_ms,
                            .workers = 2};
    WORLD_OK(runs_add(w->db, &run, &w->run));
    w->start_ms += 86400000;
    w->planned = 0;
}

static inline void world_end(struct world *w, enum run_state state) {
    struct run run;
    WORLD_OK(runs_get(w->db, &w->arena, w->run, &run));
    run.state = state;
    run.planned = w->planned;
    run.reference = state == RUN_FINISHED ? w->reference : 0;
    run.finished_ms = state == RUN_FINISHED ? run.started_ms + 252000 : 0;
    run.active_ms = 252000;
    WORLD_OK(runs_update(w->db, &run));
    if (run.reference)
        WORLD_OK(results_compare(w->db, w->run, run.reference));
    if (state == RUN_FINISHED)
        w->reference = w->run;
}

static inline int64_t world_cell_of(struct world *w, const char *suite, const char *family,
                                    const char *backend, const char *dtype) {
    char *name = arena_printf(&w->arena, "%s/%s/%s/%s", suite, family, backend, dtype);
    char *axes = arena_printf(&w->arena, "backend=%s,dtype=%s", backend, dtype);
    struct run_cell rc = {.run = w->run};
    rc.cell = (struct cell){
        .name = name,
        .suite = suite,
        .family = family,
        .variant = {.hash = axes,
                    .label = arena_printf(&w->arena, "%s/%s", backend, dtype),
                    .axes = axes,
                    .backend = backend,
                    .dtype = dtype}
    };
    rc.command =
        arena_printf(&w->arena, "build/release/noctule-engine check tests/models/%s", family);
    rc.command_one = arena_printf(&w->arena, "%s --backend %s --dtype %s --case '{case}'",
                                  rc.command, backend, dtype);
    rc.log = arena_printf(&w->arena, "run/%s.%s.log", backend, dtype);
    rc.note = "";
    WORLD_OK(cells_put(w->db, &rc.cell, &rc.cell.id));
    WORLD_OK(cells_add_to_run(w->db, &rc));
    WORLD_OK(cells_add_worker(w->db, w->run, rc.cell.id, 2345, 90000, ""));
    return rc.cell.id;
}

static inline int64_t world_cell(struct world *w, const char *family, const char *backend,
                                 const char *dtype) {
    return world_cell_of(w, "compat", family, backend, dtype);
}

static inline int64_t world_plan(struct world *w, int64_t cell, const char *family,
                                 const char *name) {
    int64_t id;
    WORLD_OK(cells_put_case(w->db, "compat", family, name, &id));
    WORLD_OK(cells_describe_case(w->db, id, "final_logits", "B6"));
    WORLD_OK(results_plan(w->db, w->run, cell, id));
    w->planned++;
    return id;
}

static inline struct attempt world_attempt(struct world *w, int64_t cell, int64_t case_id,
                                           enum attempt_status status, const char *message) {
    return (struct attempt){.run = w->run,
                            .cell = cell,
                            .case_id = case_id,
                            .n = 1,
                            .status = status,
                            .started_ms = w->start_ms,
                            .ms = 12.5,
                            .exit_code = -1,
                            .message = message,
                            .compared = 1234,
                            .nmse = 1.25e-13,
                            .nmse_limit = 1e-10,
                            .max_abs = 2e-6,
                            .tolerance = "F",
                            .worst_key = "prompt.logits",
                            .worst_index = "[0,3,17]",
                            .worst_got = 1.5,
                            .worst_want = 1.25,
                            .golden_sha256 = "ab12cd34",
                            .requested = "cpu",
                            .actual = "cpu",
                            .reference = 57,
                            .log_begin = -1,
                            .log_end = -1,
                            .location = "",
                            .what = "",
                            .tail = ""};
}

/* Plans and records one case, with a finding when it is red. */
static inline int64_t world_case(struct world *w, int64_t cell, const char *family,
                                 const char *name, enum attempt_status status,
                                 const char *message) {
    int64_t id = world_plan(w, cell, family, name);
    struct attempt a = world_attempt(w, cell, id, status, message);
    bool red = status == ATTEMPT_FAIL || status == ATTEMPT_NUMERICS || status == ATTEMPT_CRASH;
    struct signature_row s = {.algo = 1,
                              .hash = status == ATTEMPT_CRASH ? "c0ffee" : "5167a7",
                              .class = status == ATTEMPT_CRASH ? "memory" : "numerics",
                              .layer = "code",
                              .rule = "",
                              .template = "over the limit"};
    if (red) {
        WORLD_OK(signatures_put(w->db, &s, w->run, &a.signature));
        a.nmse = 2.5e-3;
        a.what = message;
        a.location = "engine/nn/decoder.c:120";
        a.tail = "first line\nlast line <b>\n";
    }
    WORLD_OK(results_add(w->db, &a));
    return id;
}
