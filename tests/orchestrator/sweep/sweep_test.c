/* SPDX-License-Identifier: Apache-2.0 */
/* Sweeps, from the command line, of a subject whose worker misbehaves in every way there is. */
#include "tests/orchestrator/sweep/checkout.h"

/* Invariant: planned = recorded, and each case has its verdict. */
static void expect_complete(const struct checkout_view *v, int64_t cases) {
    EXPECT_INT(v->run.state, RUN_FINISHED);
    EXPECT_INT(v->run.planned, cases);
    EXPECT_INT(v->run.recorded, cases);
    for (size_t i = 0; i < v->len; i++)
        EXPECT(v->results[i].verdict != VERDICT_NONE);
}

TEST(a_clean_sweep_is_green_and_the_next_one_says_nothing_changed) {
    struct checkout_view v;
    checkout_make(0);
    checkout_cases("alpha", "one pass\ntwo pass\nthree na\n");
    checkout_cases("beta", "one pass\n");
    EXPECT_INT(checkout_run("sweep"), 0);
    EXPECT_HAS(checkout_said, "4 cases: 3 passed, 0 failed, 1 not applicable");
    checkout_look(&v);
    expect_complete(&v, 4);
    EXPECT_STR(checkout_result(&v, "alpha/three")->last.message, "no such head");
    EXPECT_STR(checkout_result(&v, "alpha/one")->command,
               "./worker.sh check fixtures/alpha --backend cpu --dtype f32 --case 'alpha/one'");
    checkout_look_away(&v);
    EXPECT_INT(checkout_run("sweep"), 0);
    EXPECT_HAS(checkout_said, "3 still_passing");
    EXPECT_INT(checkout_run("compare"), 0);
}

TEST(every_kind_of_worker_death_leaves_its_verdict_and_the_rest_runs) {
    struct checkout_view v;
    checkout_make(0);
    checkout_cases("alpha", "a pass\nb kill\nc abort\nd exit0\ne exit3\nf garbage\ng nothing\n"
                            "h fail\ni numerics\nj half\nk oom\nl hang\nz pass\n");
    EXPECT_INT(checkout_run("sweep"), 1);
    checkout_look(&v);
    expect_complete(&v, 13);
    EXPECT_VERDICT(&v, "alpha/a", "pass");
    EXPECT_VERDICT(&v, "alpha/b", "crash");
    EXPECT_INT(checkout_result(&v, "alpha/b")->last.signal, SIGKILL);
    EXPECT_HAS(checkout_result(&v, "alpha/b")->last.message, "SIGKILL");
    EXPECT_VERDICT(&v, "alpha/c", "crash");
    EXPECT_VERDICT(&v, "alpha/d", "error");
    EXPECT_VERDICT(&v, "alpha/e", "crash");
    EXPECT_HAS(checkout_result(&v, "alpha/e")->last.message, "exit status 3");
    EXPECT_VERDICT(&v, "alpha/f", "error");
    EXPECT_HAS(checkout_result(&v, "alpha/f")->last.message, "Segmentation fault? no");
    EXPECT_VERDICT(&v, "alpha/g", "error");
    EXPECT_HAS(checkout_result(&v, "alpha/g")->last.message, "compared nothing");
    EXPECT_VERDICT(&v, "alpha/h", "fail");
    EXPECT_VERDICT(&v, "alpha/i", "numerics");
    EXPECT(checkout_result(&v, "alpha/i")->last.nmse == 0.5);
    EXPECT_STR(checkout_result(&v, "alpha/i")->last.worst_index, "[0,3]");
    EXPECT_VERDICT(&v, "alpha/j", "error");
    EXPECT_VERDICT(&v, "alpha/k", "oom");
    EXPECT_VERDICT(&v, "alpha/l", "timeout");
    EXPECT_HAS(checkout_result(&v, "alpha/l")->last.message, "2.0 s");
    EXPECT_VERDICT(&v, "alpha/z", "pass");
    EXPECT(strlen(checkout_result(&v, "alpha/b")->signature_hash) == 32);
    checkout_look_away(&v);
    EXPECT_HAS(checkout_said, "timeout");
}

TEST(a_worker_that_never_reaches_a_case_does_not_loop) {
    struct checkout_view v;
    checkout_make(0);
    checkout_cases("alpha", "one die\ntwo pass\n");
    checkout_cases("beta", "one leave\ntwo pass\n");
    EXPECT_INT(checkout_run("sweep"), 1);
    checkout_look(&v);
    expect_complete(&v, 4);
    EXPECT_VERDICT(&v, "alpha/one", "crash");
    EXPECT_VERDICT(&v, "alpha/two", "crash");
    EXPECT_VERDICT(&v, "beta/one", "error");
    checkout_look_away(&v);
}

TEST(a_worker_that_cannot_list_its_cases_precludes_those_it_had) {
    struct checkout_view v;
    checkout_make(0);
    checkout_cases("alpha", "one pass\n");
    EXPECT_INT(checkout_run("sweep"), 0);
    checkout_write("broken", "");
    EXPECT_INT(checkout_run("sweep"), 1);
    checkout_look(&v);
    expect_complete(&v, 2);
    EXPECT_VERDICT(&v, "alpha/list_cases", "error");
    EXPECT_HAS(checkout_result(&v, "alpha/list_cases")->last.message, "cannot read the fixture");
    EXPECT_VERDICT(&v, "alpha/one", "precluded");
    checkout_look_away(&v);
}

TEST(a_failure_that_passes_when_tried_again_is_flaky) {
    struct checkout_view v;
    checkout_make(1);
    checkout_cases("alpha", "one flaky\ntwo fail\n");
    EXPECT_INT(checkout_run("sweep"), 1);
    checkout_look(&v);
    expect_complete(&v, 2);
    EXPECT_VERDICT(&v, "alpha/one", "flaky");
    EXPECT_STR(checkout_result(&v, "alpha/one")->last.message, "once");
    EXPECT_INT(checkout_result(&v, "alpha/two")->attempts, 2);
    checkout_look_away(&v);
}

TEST(what_changed_is_told_and_red_decides_the_exit_code) {
    struct checkout_view v;
    checkout_make(0);
    checkout_cases("alpha", "a pass\nb fail\nc pass\nd fail\n");
    EXPECT_INT(checkout_run("sweep"), 1);
    checkout_cases("alpha", "a fail\nb pass\nd kill\ne pass\n");
    EXPECT_INT(checkout_run("sweep"), 1);
    checkout_look(&v);
    EXPECT_INT(checkout_result(&v, "alpha/a")->change, CHANGE_NEW_FAILURE);
    EXPECT_INT(checkout_result(&v, "alpha/b")->change, CHANGE_FIXED);
    EXPECT_INT(checkout_result(&v, "alpha/d")->change, CHANGE_MUTATED);
    EXPECT_INT(checkout_result(&v, "alpha/e")->change, CHANGE_APPEARED);
    checkout_look_away(&v);
    EXPECT_HAS(checkout_said, "1 disappeared");
    EXPECT_INT(checkout_run("compare last~1 last"), 1);
    EXPECT_HAS(checkout_said, "disappeared");
    EXPECT_INT(checkout_run("compare last last"), 0);
    EXPECT_INT(checkout_run("compare --json 1 2"), 1);
    EXPECT_HAS(checkout_said, "\"regressions\": 3");
}

TEST(filters_choose_and_a_filter_that_chooses_nothing_is_refused) {
    struct checkout_view v;
    checkout_make(0);
    checkout_cases("alpha", "one pass\ntwo pass\n");
    checkout_cases("beta", "one pass\n");
    EXPECT_INT(checkout_run("sweep --family alpha --case '*/two'"), 0);
    checkout_look(&v);
    expect_complete(&v, 1);
    EXPECT_STR(v.run.scope, "case=*/two;family=alpha");
    checkout_look_away(&v);
    EXPECT_INT(checkout_run("sweep --family gamma"), 2);
    EXPECT_HAS(checkout_said, "families alpha, beta; backends cpu; dtypes f32");
    EXPECT_INT(checkout_run("sweep --case 'no*'"), 2);
    EXPECT_INT(checkout_run("status"), 0);
    EXPECT_HAS(checkout_said, "finished: 1 of 1");
}

TEST(what_a_filter_left_out_has_not_disappeared) {
    checkout_make(0);
    checkout_cases("alpha", "one pass\ntwo pass\n");
    checkout_cases("beta", "one pass\n");
    EXPECT_INT(checkout_run("sweep"), 0);
    EXPECT_INT(checkout_run("sweep --family alpha"), 0);
    EXPECT_INT(checkout_run("compare last~1 last"), 0);
    EXPECT_HAS(checkout_said, "still_passing 2  outside the scope of one of them 1");
    checkout_cases("alpha", "one pass\n");
    EXPECT_INT(checkout_run("sweep --family alpha"), 1);
    EXPECT_INT(checkout_run("compare 1 last"), 1);
    EXPECT_HAS(checkout_said, "disappeared");
    EXPECT_HAS(checkout_said, "still_passing 1  disappeared 1  outside the scope of one of them 1");
}
