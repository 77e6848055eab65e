/* SPDX-License-Identifier: Apache-2.0 */
/* What expectations make of the attempts at one case. */
#include "orchestrator/store/waivers.h"

#include <math.h>

#include "engine/base/arena.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/runs.h"
#include "tests/test.h"

static struct db *db;
static struct arena arena;
static int64_t run_id, cell_id, case_id;

static void setup(void) {
    const struct environment env = {.hash = "e"};
    const struct run run = {.name = "r", .subject = "s", .scope = "", .environment = 1};
    struct run_cell rc = {
        .cell = {.name = "c", .suite = "s", .family = "f", .variant = {.hash = "h"}}
    };
    int64_t id;
    arena_init(&arena, 0);
    REQUIRE(db_open(&db, ":memory:", DB_CREATE) == 0);
    EXPECT_INT(runs_add_environment(db, &env, &id), 0);
    EXPECT_INT(runs_add(db, &run, &run_id), 0);
    EXPECT_INT(cells_put(db, &rc.cell, &cell_id), 0);
    rc.run = run_id, rc.cell.id = cell_id;
    EXPECT_INT(cells_add_to_run(db, &rc), 0);
    EXPECT_INT(cells_put_case(db, "s", "f", "f/a", &case_id), 0);
    EXPECT_INT(results_plan(db, run_id, cell_id, case_id), 0);
}

static void teardown(void) {
    db_close(db);
    arena_done(&arena);
}

static void waive(enum waiver_kind kind, int64_t entry, const char *signatures, bool expired,
                  bool strict) {
    const struct waiver_row w = {.run = run_id,
                                 .cell = cell_id,
                                 .case_id = case_id,
                                 .kind = kind,
                                 .entry = entry,
                                 .signatures = signatures,
                                 .owner = "mira",
                                 .issue = "#12",
                                 .expires = "2026-12-31",
                                 .expired = expired,
                                 .strict = strict};
    EXPECT_INT(waivers_put(db, &w), 0);
}

/* One attempt; the verdict and sentence that the case has after it. */
static struct result attempt(int n, enum attempt_status status, const char *hash) {
    const struct attempt a = {.run = run_id,
                              .cell = cell_id,
                              .case_id = case_id,
                              .n = n,
                              .status = status,
                              .message = n == 1 ? "first" : "later",
                              .nmse = NAN,
                              .signature = 0,
                              .hash = hash};
    struct result *rows = NULL;
    size_t len = 0;
    EXPECT_INT(results_add(db, &a), 0);
    EXPECT_INT(results_list(db, &arena, &(struct result_filter){.run = run_id}, &rows, &len), 0);
    EXPECT_INT(len, 1);
    return len ? rows[0] : (struct result){.last = {.message = "?"}};
}

TEST(a_failure_with_the_signature_is_expected_and_any_other_is_red) {
    static const struct {
        const char *signatures, *hash;
        bool expired;
        enum attempt_status status;
        enum verdict verdict;
        const char *said;
    } rows[] = {
        {"abcdef",    "abcdef01", false, ATTEMPT_FAIL,  VERDICT_XFAIL,       "expected by mira (#12"      },
        {"00 abcdef", "abcdef01", false, ATTEMPT_CRASH, VERDICT_XFAIL,       "until 2026-12-31): first"   },
        {"bcdef",     "abcdef01", false, ATTEMPT_CRASH, VERDICT_XFAIL_OTHER,
         "not the failure that mira"                                                                      },
        {"abcdef012", "abcdef01", false, ATTEMPT_FAIL,  VERDICT_XFAIL_OTHER, "first"                      },
        {"abcdef",    NULL,       false, ATTEMPT_FAIL,  VERDICT_XFAIL_OTHER, "first"                      },
        {"abcdef",    "abcdef01", true,  ATTEMPT_FAIL,  VERDICT_FAIL,        "(#12) expired on 2026-12-31"},
        {"abcdef",    NULL,       false, ATTEMPT_PASS,  VERDICT_XPASS,       "it passes, and mira expects"},
        {"abcdef",    NULL,       true,  ATTEMPT_PASS,  VERDICT_XPASS,       "which expired on 2026-12-31"},
        {"abcdef",    NULL,       false, ATTEMPT_INFRA, VERDICT_INFRA,       "first"                      },
        {"abcdef",    NULL,       false, ATTEMPT_NA,    VERDICT_NA,          "first"                      },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        setup();
        waive(WAIVER_EXPECT, 0, rows[i].signatures, rows[i].expired, false);
        struct result r = attempt(1, rows[i].status, rows[i].hash);
        EXPECT_STR(verdict_name(r.verdict), verdict_name(rows[i].verdict));
        EXPECT_HAS(r.last.message, rows[i].said);
        teardown();
    }
}

TEST(of_several_entries_the_one_that_holds_and_knows_the_reason_decides) {
    setup();
    waive(WAIVER_EXPECT, 0, "000000", false, false);
    waive(WAIVER_EXPECT, 1, "abcdef", true, false);
    waive(WAIVER_EXPECT, 2, "abcdef", false, false);
    EXPECT_INT(attempt(1, ATTEMPT_FAIL, "abcdef01").verdict, VERDICT_XFAIL);
    teardown();
    setup();
    waive(WAIVER_EXPECT, 0, "000000", false, false);
    waive(WAIVER_EXPECT, 1, "abcdef", true, false);
    struct result r = attempt(1, ATTEMPT_FAIL, "abcdef01");
    EXPECT_INT(r.verdict, VERDICT_FAIL);
    EXPECT_HAS(r.last.message, "expired");
    teardown();
}

TEST(a_rerun_does_not_erase_the_first_failure_expected_or_not) {
    setup();
    waive(WAIVER_EXPECT, 0, "abcdef", false, false);
    EXPECT_INT(attempt(1, ATTEMPT_FAIL, "abcdef01").verdict, VERDICT_XFAIL);
    EXPECT_INT(attempt(2, ATTEMPT_CRASH, "999999").verdict, VERDICT_XFAIL);
    struct result r = attempt(3, ATTEMPT_PASS, NULL);
    EXPECT_INT(r.verdict, VERDICT_FLAKY);
    EXPECT_INT(r.last.n, 1);
    EXPECT_HAS(r.last.message, "first");
    teardown();
    setup();
    waive(WAIVER_EXPECT, 0, "abcdef", false, false);
    EXPECT_INT(attempt(1, ATTEMPT_PASS, NULL).verdict, VERDICT_XPASS);
    EXPECT_INT(attempt(2, ATTEMPT_FAIL, "abcdef01").verdict, VERDICT_FLAKY);
    teardown();
    setup();
    waive(WAIVER_EXPECT, 0, "abcdef", false, false);
    EXPECT_INT(attempt(1, ATTEMPT_INFRA, NULL).verdict, VERDICT_INFRA);
    EXPECT_INT(attempt(2, ATTEMPT_FAIL, "abcdef01").verdict, VERDICT_XFAIL);
    teardown();
}

TEST(a_pass_that_a_strict_or_expired_entry_does_not_allow_is_counted) {
    static const struct {
        bool expired, strict;
        int64_t count;
    } rows[] = {
        {false, false, 0},
        {false, true,  1},
        {true,  false, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int64_t n = -1;
        setup();
        waive(WAIVER_EXPECT, 0, "abcdef", rows[i].expired, rows[i].strict);
        EXPECT_INT(attempt(1, ATTEMPT_PASS, NULL).verdict, VERDICT_XPASS);
        EXPECT_INT(waivers_count_strict(db, run_id, &n), 0);
        EXPECT_INT(n, rows[i].count);
        teardown();
    }
}

TEST(a_quarantined_case_keeps_its_verdict_and_is_no_regression) {
    int64_t n = -1;
    setup();
    waive(WAIVER_QUARANTINE, 0, "", false, false);
    struct result r = attempt(1, ATTEMPT_FAIL, "abcdef01");
    EXPECT_INT(r.verdict, VERDICT_FAIL);
    EXPECT_STR(r.last.message, "first");
    EXPECT(r.quarantined);
    r.change = CHANGE_NEW_FAILURE;
    EXPECT(!results_is_regression(&r));
    r.quarantined = false;
    EXPECT(results_is_regression(&r));
    EXPECT_INT(waivers_count_quarantined(db, run_id, &n), 0);
    EXPECT_INT(n, 1);
    teardown();
    setup();
    waive(WAIVER_QUARANTINE, 0, "", true, false);
    r = attempt(1, ATTEMPT_FAIL, "abcdef01");
    EXPECT(!r.quarantined);
    EXPECT_HAS(r.last.message, "the quarantine by mira (#12) expired on 2026-12-31: first");
    EXPECT_INT(waivers_count_quarantined(db, run_id, &n), 0);
    EXPECT_INT(n, 0);
    teardown();
}

TEST(an_expected_failure_is_no_regression) {
    struct result r = {.change = CHANGE_NEW_FAILURE, .verdict = VERDICT_XFAIL};
    EXPECT(!results_is_regression(&r));
    r.verdict = VERDICT_XFAIL_OTHER;
    EXPECT(results_is_regression(&r));
}
