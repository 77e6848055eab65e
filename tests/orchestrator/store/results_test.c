/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "engine/base/arena.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/store/signatures.h"
#include "tests/test.h"

/* An index in memory with one environment, and ids by order. */
static struct db *db;
static struct arena arena;

static void setup(void) {
    arena_init(&arena, 0);
    REQUIRE(db_open(&db, ":memory:", DB_CREATE) == 0);
    const struct environment env = {.hash = "e", .os = "Debian", .cores = 2};
    int64_t id;
    REQUIRE(runs_add_environment(db, &env, &id) == 0);
    EXPECT_INT(id, 1);
}

static void teardown(void) {
    db_close(db);
    arena_done(&arena);
}

static int64_t add_run(const char *name, const char *scope, int64_t reference) {
    const struct run run = {.name = name,
                            .subject = "engine",
                            .state = RUN_FINISHED,
                            .scope = scope,
                            .environment = 1,
                            .reference = reference};
    int64_t id = 0;
    EXPECT_INT(runs_add(db, &run, &id), 0);
    return id;
}

static int64_t add_cell(int64_t run, const char *name) {
    struct run_cell rc = {
        .run = run,
        .cell = {.name = name,
                 .suite = "compat",
                 .family = "qwen3",
                 .variant = {.hash = "h",
                             .label = "cpu/f32",
                             .axes = "backend=cpu",
                             .backend = "cpu",
                             .dtype = "f32"}},
        .command = "engine check",
        .command_one = "engine check --case {case} --once",
        .log = "r/c.log"
    };
    EXPECT_INT(cells_put(db, &rc.cell, &rc.cell.id), 0);
    EXPECT_INT(cells_add_to_run(db, &rc), 0);
    return rc.cell.id;
}

static int64_t add_case(int64_t run, int64_t cell, const char *name) {
    int64_t id = 0;
    EXPECT_INT(cells_put_case(db, "compat", "qwen3", name, &id), 0);
    EXPECT_INT(results_plan(db, run, cell, id), 0);
    return id;
}

static void attempt(int64_t run, int64_t cell, int64_t case_id, int n, enum attempt_status status,
                    int64_t signature) {
    const struct attempt a = {.run = run,
                              .cell = cell,
                              .case_id = case_id,
                              .n = n,
                              .status = status,
                              .ms = 10.0 * n,
                              .message = n == 1 ? "first" : "",
                              .nmse = NAN,
                              .signature = signature,
                              .what = "what it was"};
    EXPECT_INT(results_add(db, &a), 0);
}

static struct result only(const struct result_filter *f) {
    struct result *rows = NULL;
    size_t len = 0;
    EXPECT_INT(results_list(db, &arena, f, &rows, &len), 0);
    EXPECT_INT(len, 1);
    return len ? rows[0] : (struct result){0};
}

TEST(a_failure_that_passes_again_is_flaky_and_keeps_its_first_words) {
    setup();
    int64_t run = add_run("r1", "", 0), cell = add_cell(run, "compat/qwen3/cpu/f32");
    int64_t c = add_case(run, cell, "qwen3/a"), signature = 0;
    const struct signature_row row = {.algo = 1, .hash = "abc", .class = "memory", .layer = "code"};
    EXPECT_INT(signatures_put(db, &row, run, &signature), 0);
    attempt(run, cell, c, 1, ATTEMPT_CRASH, signature);
    attempt(run, cell, c, 2, ATTEMPT_PASS, 0);
    struct result r = only(&(struct result_filter){.run = run});
    EXPECT_INT(r.verdict, VERDICT_FLAKY);
    EXPECT_INT(r.attempts, 2);
    EXPECT_INT(r.last.n, 1);
    EXPECT_STR(r.last.message, "first");
    EXPECT_STR(r.class, "memory");
    EXPECT_STR(r.last.what, "what it was");
    EXPECT(isnan(r.last.nmse));
    EXPECT_STR(r.command, "engine check --case qwen3/a --once");
    struct attempt *attempts;
    size_t len;
    EXPECT_INT(results_attempts(db, &arena, run, cell, c, &attempts, &len), 0);
    EXPECT_INT(len, 2);
    teardown();
}

TEST(a_quote_in_the_name_of_a_case_does_not_end_the_quotes_of_its_command) {
    setup();
    int64_t run = add_run("one", "", 0), cell = add_cell(run, "c"), id;
    struct result *rows;
    size_t len;
    EXPECT_INT(cells_put_case(db, "compat", "qwen3", "a'; reboot; '", &id), 0);
    EXPECT_INT(results_plan(db, run, cell, id), 0);
    const struct result_filter filter = {.run = run};
    REQUIRE(results_list(db, &arena, &filter, &rows, &len) == 0 && len == 1);
    EXPECT_STR(rows[0].command, "engine check --case a'\\''; reboot; '\\'' --once");
    teardown();
}

TEST(counts_of_a_cell_follow_its_verdicts) {
    setup();
    int64_t run = add_run("r1", "", 0), cell = add_cell(run, "compat/qwen3/cpu/f32");
    int64_t a = add_case(run, cell, "qwen3/a"), b = add_case(run, cell, "qwen3/b");
    add_case(run, cell, "qwen3/c");
    attempt(run, cell, a, 1, ATTEMPT_PASS, 0);
    EXPECT_INT(results_close(db, run, cell, b, VERDICT_NA, "no such device"), 0);
    struct run_cell *cells;
    size_t len;
    EXPECT_INT(cells_of_run(db, &arena, run, &cells, &len), 0);
    REQUIRE(len == 1);
    EXPECT_INT(cells[0].count[VERDICT_PASS], 1);
    EXPECT_INT(cells[0].count[VERDICT_NA], 1);
    EXPECT_INT(cells[0].count[VERDICT_NONE], 1);
    EXPECT_INT(cells[0].recorded, 2);
    int64_t closed;
    EXPECT_INT(results_close_rest(db, run, "never started", &closed), 0);
    EXPECT_INT(closed, 1);
    struct run r;
    EXPECT_INT(runs_get(db, &arena, run, &r), 0);
    EXPECT_INT(r.recorded, 3);
    const struct result_filter missing = {.run = run, .verdicts = 1u << VERDICT_MISSING};
    EXPECT_STR(only(&missing).last.message, "never started");
    EXPECT_INT(cells_history(db, &arena, cell, 10, &cells, &len), 0);
    EXPECT_INT(len, 1);
    teardown();
}

TEST(comparing_fills_every_change_and_finds_what_is_gone) {
    setup();
    int64_t r1 = add_run("r1", "", 0), cell = add_cell(r1, "compat/qwen3/cpu/f32");
    int64_t a = add_case(r1, cell, "qwen3/a"), b = add_case(r1, cell, "qwen3/b");
    attempt(r1, cell, a, 1, ATTEMPT_PASS, 0);
    attempt(r1, cell, b, 1, ATTEMPT_PASS, 0);
    int64_t r2 = add_run("r2", "", r1);
    EXPECT_INT(add_cell(r2, "compat/qwen3/cpu/f32"), cell);
    EXPECT_INT(add_case(r2, cell, "qwen3/a"), a);
    attempt(r2, cell, a, 1, ATTEMPT_NUMERICS, 0);
    EXPECT_INT(results_compare(db, r2, r1), 0);
    struct result r = only(&(struct result_filter){.run = r2, .red = true});
    EXPECT_INT(r.change, CHANGE_NEW_FAILURE);
    EXPECT_INT(r.before, VERDICT_PASS);
    struct result *gone;
    size_t len;
    EXPECT_INT(results_gone(db, &arena, r2, &gone, &len), 0);
    REQUIRE(len == 1);
    EXPECT_STR(gone[0].case_name, "qwen3/b");
    EXPECT_INT(gone[0].change, CHANGE_DISAPPEARED);
    double ms;
    EXPECT_INT(results_longest_pass(db, cell, b, 10, &ms), 0);
    EXPECT(ms == 10.0);
    int64_t count[CHANGE_COUNT];
    EXPECT_INT(results_changes(db, r2, count), 0);
    EXPECT_INT(count[CHANGE_NEW_FAILURE], 1);
    const struct result_filter history = {.cell = cell, .case_id = a, .newest_first = true};
    struct result *rows;
    EXPECT_INT(results_list(db, &arena, &history, &rows, &len), 0);
    REQUIRE(len == 2);
    EXPECT_INT(rows[0].run, r2);
    teardown();
}

TEST(a_run_is_compared_with_one_that_covered_as_much) {
    setup();
    int64_t full = add_run("r1", "", 0), part = add_run("r2", "family=qwen3", full);
    struct run r;
    EXPECT_INT(runs_reference(db, &arena, "engine", "", 0, &r), 0);
    EXPECT_INT(r.id, full);
    EXPECT_INT(runs_reference(db, &arena, "engine", "family=qwen3", 0, &r), 0);
    EXPECT_INT(r.id, part);
    EXPECT_INT(runs_reference(db, &arena, "engine", "family=qwen3", part, &r), 0);
    EXPECT_INT(r.id, full);
    EXPECT(runs_reference(db, &arena, "other", "", 0, &r) < 0);
    teardown();
}

TEST(runs_are_found_by_name_beginning_number_and_last) {
    setup();
    add_run("20261121-0215-aa", "", 0);
    add_run("20261121-0315-bb", "", 0);
    struct run r;
    EXPECT_INT(runs_find(db, &arena, "last", &r), 0);
    EXPECT_INT(r.id, 2);
    EXPECT_INT(runs_find(db, &arena, "last~1", &r), 0);
    EXPECT_INT(r.id, 1);
    EXPECT_INT(runs_find(db, &arena, "20261121-03", &r), 0);
    EXPECT_INT(r.id, 2);
    EXPECT_INT(runs_find(db, &arena, "1", &r), 0);
    EXPECT(runs_find(db, &arena, "20261121", &r) < 0); /* begins both */
    EXPECT(runs_find(db, &arena, "last~9", &r) < 0);
    EXPECT(runs_find(db, &arena, "last~x", &r) < 0);
    EXPECT(runs_find(db, &arena, "nothing", &r) < 0);
    struct run *rows;
    size_t len;
    EXPECT_INT(runs_list(db, &arena, "engine", 0, &rows, &len), 0);
    EXPECT_INT(len, 2);
    struct environment env;
    EXPECT_INT(runs_environment(db, &arena, r.environment ? r.environment : 1, &env), 0);
    EXPECT_STR(env.os, "Debian");
    teardown();
}

TEST(signatures_are_counted_once_with_their_words) {
    setup();
    int64_t run = add_run("r1", "", 0), cell = add_cell(run, "compat/qwen3/cpu/f32"), s = 0;
    const struct signature_row row = {.algo = 1, .hash = "abc", .class = "memory", .layer = "code"};
    EXPECT_INT(signatures_put(db, &row, run, &s), 0);
    attempt(run, cell, add_case(run, cell, "qwen3/a"), 1, ATTEMPT_CRASH, s);
    attempt(run, cell, add_case(run, cell, "qwen3/b"), 1, ATTEMPT_CRASH, s);
    struct signature_row *rows;
    size_t len;
    EXPECT_INT(signatures_of_run(db, &arena, run, &rows, &len), 0);
    REQUIRE(len == 1);
    EXPECT_INT(rows[0].cases, 2);
    EXPECT_INT(rows[0].cells, 1);
    EXPECT_STR(rows[0].what, "what it was");
    EXPECT_STR(rows[0].first_run_name, "r1");
    teardown();
}
