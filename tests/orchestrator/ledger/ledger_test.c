/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/ledger/ledger.h"

#include <math.h>
#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/ledger/chain.h"
#include "orchestrator/ledger/entry.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/runs.h"
#include "tests/test.h"

/* What a failure may say, and how it comes to stand there. */
#define SAID    " [x](http://f/o/r) \u202e@all #2"
#define WRITTEN " \\[x\\](http:\u200b//f/o/r)  @\u200ball #\u200b2"

/* The attempt at a case, which ends so. */
static void add_attempt(struct db *db, int64_t run, int64_t cell, int64_t case_id,
                        enum attempt_status status) {
    struct attempt a = {.run = run,
                        .cell = cell,
                        .case_id = case_id,
                        .n = 1,
                        .status = status,
                        .exit_code = -1,
                        .message = status != ATTEMPT_PASS ? "off by 1" SAID : "",
                        .tolerance = "F",
                        .worst_key = "",
                        .worst_index = "",
                        .golden_sha256 = "",
                        .requested = "cpu",
                        .actual = "cpu",
                        .location = "",
                        .what = "",
                        .tail = "",
                        .nmse = (double)NAN,
                        .nmse_limit = (double)NAN,
                        .max_abs = (double)NAN};
    EXPECT_INT(results_plan(db, run, cell, case_id), 0);
    EXPECT_INT(results_add(db, &a), 0);
}

/* Run i, of that cell; before: what it is compared with, or 0. */
static int64_t add_run(struct db *db, int i, int64_t environment, const struct cell *cell,
                       int64_t before) {
    int64_t id = 0;
    char name[32];
    (void)snprintf(name, sizeof(name), "20261121-02000%d-abc", i);
    struct run run = {.name = name,
                      .subject = "engine",
                      .state = RUN_FINISHED,
                      .commit = "abc",
                      .tree = "t",
                      .branch = "main",
                      .build_sha256 = "b",
                      .config_sha256 = "c",
                      .scope = "",
                      .program = "0.1.0",
                      .environment = environment,
                      .reference = before,
                      .started_ms = 1000,
                      .finished_ms = 3000,
                      .active_ms = 2000,
                      .planned = 2,
                      .recorded = 2,
                      .workers = 2};
    EXPECT_INT(runs_add(db, &run, &id), 0);
    struct run_cell rc = {
        .run = id, .cell = *cell, .command = "x", .log = "l", .note = "", .planned = 2};
    EXPECT_INT(cells_add_to_run(db, &rc), 0);
    return id;
}

/* An index with runs of two cases each; verdict[i] is how the second case ends in run i. */
static struct db *index_of(const enum attempt_status *verdict, int runs) {
    struct db *db = NULL;
    struct environment env = {.hash = "e",
                              .os = "Debian 12",
                              .kernel = "Linux 6.1",
                              .cpu = "x|y",
                              .compiler = "gcc 12",
                              .libc = "glibc 2.36",
                              .cores = 2,
                              .memory_kib = 24 << 20};
    struct cell cell = {
        .name = "compat/qwen3/cpu/f32",
        .suite = "compat",
        .family = "qwen3",
        .variant = {.hash = "h",
                    .label = "cpu/f32",
                    .axes = "backend=cpu,dtype=f32",
                    .backend = "cpu",
                    .dtype = "f32"}
    };
    int64_t env_id = 0, case_id[2], before = 0;
    EXPECT_INT(db_open(&db, ":memory:", DB_CREATE), 0);
    EXPECT_INT(db_begin(db), 0);
    EXPECT_INT(runs_add_environment(db, &env, &env_id), 0);
    EXPECT_INT(cells_put(db, &cell, &cell.id), 0);
    EXPECT_INT(cells_put_case(db, "compat", "qwen3", "qwen3/load", &case_id[0]), 0);
    EXPECT_INT(cells_put_case(db, "compat", "qwen3", "qwen3/logits|<b>", &case_id[1]), 0);
    for (int i = 0; i < runs; i++) {
        int64_t run = add_run(db, i, env_id, &cell, before);
        add_attempt(db, run, cell.id, case_id[0], ATTEMPT_PASS);
        add_attempt(db, run, cell.id, case_id[1], verdict[i]);
        if (before)
            EXPECT_INT(results_compare(db, run, before), 0);
        before = run;
    }
    EXPECT_INT(db_commit(db), 0);
    return db;
}

static void entry_of(struct buf *out, struct db *db, int64_t run) {
    buf_init(out, ENTRY_MAX);
    EXPECT_INT(entry_write(out, db, run, ENTRY_NOW), 0);
}

TEST(an_entry_tells_scope_rates_and_that_nothing_came_before) {
    const enum attempt_status verdict[] = {ATTEMPT_NUMERICS};
    struct db *db = index_of(verdict, 1);
    struct buf text;
    entry_of(&text, db, 1);
    EXPECT_HAS(text.data, "# Sweep 20261121-020000-abc: 1 of 2 cases failed");
    EXPECT_HAS(text.data, "| Scope | everything |");
    EXPECT_HAS(text.data, "| Commit | abc on main |");
    EXPECT_HAS(text.data, "x\\|y, 2 cores, 24.0 GiB");
    EXPECT_HAS(text.data, "| qwen3 | cpu/f32 | 1 | 1 | 0 | 0 | 2 | 50.0 |");
    EXPECT_HAS(text.data, "Mean pass rate over models: 50.0 %.");
    EXPECT_HAS(text.data, "There is no earlier run to compare with.");
    buf_done(&text);
    db_close(db);
}

TEST(an_entry_lists_what_changed_against_its_reference) {
    const enum attempt_status verdict[] = {ATTEMPT_PASS, ATTEMPT_NUMERICS};
    struct db *db = index_of(verdict, 2);
    struct buf text;
    entry_of(&text, db, 2);
    EXPECT_HAS(text.data, "## Changes against 20261121-020000-abc");
    EXPECT_HAS(text.data, "| new_failure | 1 |");
    EXPECT_HAS(
        text.data,
        "| new_failure | qwen3/logits\\|\\<b\\> | cpu/f32 | pass | numerics | off by 1" WRITTEN
        " |");
    EXPECT(strstr(text.data, "| still_passing | qwen3/load") == NULL);
    buf_done(&text);
    db_close(db);
}

TEST(the_same_run_always_gives_the_same_entry) {
    const enum attempt_status verdict[] = {ATTEMPT_PASS, ATTEMPT_CRASH, ATTEMPT_PASS};
    struct db *db = index_of(verdict, 3);
    struct buf a, b;
    entry_of(&a, db, 2);
    entry_of(&b, db, 2);
    EXPECT_STR(a.data, b.data);
    buf_done(&a);
    buf_done(&b);
    db_close(db);
}

static size_t verified(struct db *db, const char *folder, struct ledger_report *report) {
    struct buf faults;
    buf_init(&faults, 1 << 16);
    EXPECT_INT(ledger_verify(db, folder, report, &faults), 0);
    size_t len = faults.len;
    buf_done(&faults);
    return len;
}

TEST(a_ledger_is_confirmed_by_its_index_and_contradicted_by_another) {
    const enum attempt_status good[] = {ATTEMPT_PASS, ATTEMPT_NUMERICS};
    const enum attempt_status other[] = {ATTEMPT_PASS, ATTEMPT_PASS};
    struct db *db = index_of(good, 2), *liar = index_of(other, 2);
    struct ledger_report report;
    struct buf path;
    char folder[512];
    (void)snprintf(folder, sizeof(folder), "%s/ledger", test_folder());
    buf_init(&path, 4096);
    EXPECT_INT(ledger_write(db, 1, folder, &path), 0);
    EXPECT_HAS(path.data, "0001-20261121-020000-abc.md");
    buf_reset(&path);
    EXPECT_INT(ledger_write(db, 2, folder, &path), 0);
    buf_reset(&path);
    EXPECT_INT(ledger_write(db, 2, folder, &path), 0); /* not a second time */
    EXPECT_INT(verified(db, folder, &report), 0);
    EXPECT_INT(report.entries, 2);
    EXPECT_INT(report.confirmed, 2);
    EXPECT(verified(liar, folder, &report) > 0);
    EXPECT_INT(report.faults, 1);
    EXPECT_INT(verified(NULL, folder, &report), 0);
    EXPECT_INT(report.confirmed, 0);
    buf_done(&path);
    db_close(db);
    db_close(liar);
}

/* That they are to have entries. */
static void owe(struct db *db, int runs) {
    struct arena arena;
    arena_init(&arena, 0);
    for (int64_t id = 1; id <= runs; id++) {
        struct run run;
        EXPECT_INT(runs_get(db, &arena, id, &run), 0);
        run.ledger = true;
        EXPECT_INT(runs_update(db, &run), 0);
    }
    arena_done(&arena);
}

TEST(a_finished_run_without_its_entry_is_missed_and_gets_it) {
    const enum attempt_status verdict[] = {ATTEMPT_PASS, ATTEMPT_CRASH, ATTEMPT_PASS};
    struct db *db = index_of(verdict, 3);
    struct ledger_report report;
    struct buf path, faults;
    char folder[512];
    (void)snprintf(folder, sizeof(folder), "%s/lacking", test_folder());
    buf_init(&path, 4096);
    buf_init(&faults, 4096);
    EXPECT_INT(ledger_write(db, 1, folder, &path), 0);
    EXPECT_INT(verified(db, folder, &report), 0); /* nobody asked for entries of the others */
    EXPECT_INT(ledger_catch_up(db, folder), 0);
    EXPECT_INT(verified(db, folder, &report), 0);
    EXPECT_INT(report.entries, 1);
    owe(db, 3);
    EXPECT_INT(ledger_verify(db, folder, &report, &faults), 0);
    EXPECT_INT(report.faults, 2);
    EXPECT_INT(report.lacking, 2);
    EXPECT_HAS(faults.data, "run 20261121-020001-abc has finished and has no entry; the next");
    EXPECT_INT(ledger_catch_up(db, folder), 0);
    EXPECT_INT(verified(db, folder, &report), 0);
    EXPECT_INT(report.confirmed, 3);
    EXPECT_INT(report.lacking, 0);
    buf_done(&faults);
    buf_done(&path);
    db_close(db);
}

/* What was recorded before words were written in this way is confirmed as it stands. */
TEST(an_entry_of_the_first_form_is_confirmed) {
    const enum attempt_status verdict[] = {ATTEMPT_PASS, ATTEMPT_NUMERICS};
    struct db *db = index_of(verdict, 2);
    struct ledger_report report;
    struct buf text, path;
    char folder[512];
    (void)snprintf(folder, sizeof(folder), "%s/ledger", test_folder());
    buf_init(&text, ENTRY_MAX);
    buf_init(&path, 4096);
    EXPECT_INT(entry_write(&text, db, 2, ENTRY_FIRST), 0);
    EXPECT_HAS(text.data, "off by 1" SAID);
    EXPECT_INT(chain_append(folder, "20261121-020001-abc", text.data, entry_below, &path), 0);
    EXPECT_INT(verified(db, folder, &report), 0);
    EXPECT_INT(report.confirmed, 1);
    buf_done(&text);
    buf_done(&path);
    db_close(db);
}

TEST(a_run_that_is_not_there_has_no_entry) {
    const enum attempt_status verdict[] = {ATTEMPT_PASS};
    struct db *db = index_of(verdict, 1);
    struct buf text;
    buf_init(&text, ENTRY_MAX);
    EXPECT_INT(entry_write(&text, db, 99, ENTRY_NOW), ERR_NOTFOUND);
    buf_done(&text);
    db_close(db);
}
