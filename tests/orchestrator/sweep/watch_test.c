/* SPDX-License-Identifier: Apache-2.0 */
/* Shifts, from the command line, of a subject whose times are what the test says. */
#include "orchestrator/sweep/watch.h"

#include <math.h>

#include "engine/base/buf.h"
#include "orchestrator/store/timings.h"
#include "tests/orchestrator/sweep/checkout.h"
#include "tests/orchestrator/store/dump.h"

enum { STEADY = 8 }; /* as few as a history may have */

/* A sweep with `steady` at 30 ms, give or take, and `other` doing as told. */
static int sweep_with(const char *other) {
    static unsigned n;
    char cases[256];
    snprintf(cases, sizeof(cases), "other %s\nsteady takes 30.%u\n", other, n++ % 3);
    checkout_cases("alpha", cases);
    return checkout_run("sweep");
}

static void make_history(const char *other) {
    checkout_make(0);
    checkout_write("calibration", "2.0\n");
    checkout_write("golden", "abc");
    for (int i = 0; i < STEADY; i++) {
        EXPECT_INT(sweep_with(other), 0);
        EXPECT(!strstr(checkout_said, "not as before"));
    }
}

/* The same with 10 ms, made once and then copied. */
static void copy_history(void) {
    static char made[4200];
    char command[10000];
    if (!*made) {
        make_history("takes 10.0");
        (void)snprintf(made, sizeof(made), "%s", test_folder());
        (void)snprintf(command, sizeof(command), "cp -r '%s'/. '%s'", checkout_root, made);
    } else {
        checkout_make(0);
        (void)snprintf(command, sizeof(command), "cp -r '%s'/. '%s'", made, checkout_root);
    }
    EXPECT_INT(checkout_sh(command), 0);
}

/* Shifts of the newest run. */
static size_t shifts(struct checkout_view *v, struct shift_row **rows) {
    struct db *db;
    size_t len = 0;
    checkout_look(v);
    EXPECT_INT(db_open(&db, checkout_path("logs/noctule.db"), DB_READ), 0);
    EXPECT_INT(shifts_list(db, &v->arena, v->run.id - 1, v->run.id, 0, rows, &len), 0);
    db_close(db);
    return len;
}

static void expect_shift(enum shift kind, double before, double now, int64_t attempts) {
    struct checkout_view v;
    struct shift_row *rows;
    size_t len = shifts(&v, &rows);
    EXPECT_INT(len, 1);
    if (len == 1) {
        EXPECT_STR(rows->case_name, "alpha/other");
        EXPECT_STR(shift_name(rows->kind), shift_name(kind));
        EXPECT(fabs(rows->before / before - 1) < 1e-6);
        EXPECT(fabs(rows->now / now - 1) < 1e-6);
        EXPECT_INT(rows->attempts, attempts);
    }
    EXPECT_INT(v.run.recorded, 2);
    checkout_look_away(&v);
}

static void expect_none(void) {
    struct checkout_view v;
    struct shift_row *rows;
    EXPECT_INT(shifts(&v, &rows), 0);
    EXPECT(!strstr(checkout_said, "not as before"));
    checkout_look_away(&v);
}

TEST(twice_the_time_is_slower_once_and_half_of_it_is_faster) {
    struct checkout_view v;
    copy_history();
    EXPECT_INT(sweep_with("takes 20.0"), 0);
    EXPECT_HAS(checkout_said, "Passing, but not as before: 1 slower");
    EXPECT_HAS(checkout_said, "slower   compat/alpha/cpu/f32  alpha/other: 2.00 × in time");
    expect_shift(SHIFT_SLOWER, 5, 10, 5);
    checkout_look(&v);
    EXPECT_VERDICT(&v, "alpha/other", "pass");
    EXPECT_INT(checkout_result(&v, "alpha/other")->attempts, 5);
    checkout_look_away(&v);
    EXPECT_INT(checkout_run("status"), 0);
    EXPECT_HAS(checkout_said, "1 slower");
    EXPECT_INT(checkout_run("compare"), 0);
    EXPECT_HAS(checkout_said, "alpha/other: 2.00 × in time, from 5 to 10 calibrations");
    EXPECT_INT(checkout_run("compare --json last~1 last"), 0);
    EXPECT_HAS(checkout_said, "\"kind\": \"slower\"");
    EXPECT_INT(checkout_sh("grep -q '| slower | alpha/other | cpu/f32 | 2.00 × |' "
                           "ledger/0009-*.md"),
               0);
    EXPECT_INT(sweep_with("takes 20.0"), 0);
    expect_none();
    EXPECT_INT(checkout_run("compare"), 0);
    expect_none();
    EXPECT_INT(checkout_sh("grep -q 'not as before' ledger/0010-*.md"), 1);
    EXPECT_INT(checkout_run("compare last~2 last"), 0); /* it lies between them */
    EXPECT_HAS(checkout_said, "1 slower");
    EXPECT_INT(sweep_with("takes 10.0"), 0);
    expect_shift(SHIFT_FASTER, 10, 5, 5);
}

TEST(half_as_much_again_is_slower_too) {
    copy_history();
    EXPECT_INT(sweep_with("takes 15.0"), 0);
    expect_shift(SHIFT_SLOWER, 5, 7.5, 5);
}

TEST(a_slower_machine_is_no_slower_code) {
    copy_history();
    checkout_write("calibration", "4.0\n");
    checkout_cases("alpha", "other takes 20.0\nsteady takes 60.0\n");
    EXPECT_INT(checkout_run("sweep"), 0);
    expect_none();
}

TEST(a_slower_case_does_not_hide_behind_a_faster_machine) {
    copy_history();
    checkout_write("calibration", "1.0\n");
    checkout_cases("alpha", "other takes 10.0\nsteady takes 15.0\n");
    EXPECT_INT(checkout_run("sweep"), 0);
    expect_shift(SHIFT_SLOWER, 5, 10, 5);
}

TEST(a_spike_is_cleared_by_running_it_again) {
    struct checkout_view v;
    copy_history();
    EXPECT_INT(sweep_with("spikes 0.0"), 0); /* 90 ms, and 10 ms from then on */
    EXPECT_HAS(checkout_said, "1 cases took another time than before");
    expect_none();
    checkout_look(&v);
    EXPECT_INT(checkout_result(&v, "alpha/other")->attempts, 2);
    checkout_look_away(&v);
}

TEST(a_repeat_that_fails_makes_its_case_flaky) {
    struct checkout_view v;
    copy_history();
    EXPECT_INT(sweep_with("breaks 20.0"), 1);
    checkout_look(&v);
    EXPECT_VERDICT(&v, "alpha/other", "flaky");
    EXPECT_STR(checkout_result(&v, "alpha/other")->last.message, "at last");
    checkout_look_away(&v);
    expect_none();
}

/* Failures of the cell that is repeated are explained when it has worked, and not once more behind
 * each repeat; a case that fails in a repeat only is flaky, which no diagnosis can tell. */
static void explain_beside(const char *other, const char *verdict, int attempts) {
    struct checkout_view v;
    char cases[256], config[2048];
    copy_history();
    REQUIRE(strlen(checkout_config) + 64 < sizeof(config));
    (void)snprintf(config, sizeof(config), checkout_config, 0);
    char *axes = strstr(config, "\"axes\"");
    REQUIRE(axes != NULL);
    static const char key[] = "\"diagnose\": [\"./why.sh\", \"{case}\"], ";
    memmove(axes + strlen(key), axes, strlen(axes) + 1);
    memcpy(axes, key, strlen(key));
    checkout_write("noctule.json", config);
    checkout_write("why.sh", "#!/bin/sh\necho $1 >>asked\n"
                             "echo '{\"event\":\"diagnosis\",\"case\":\"'$1'\","
                             "\"kind\":\"cache\",\"op\":\"kv\",\"message\":\"kept\"}'\n");
    EXPECT(chmod(checkout_path("why.sh"), 0755) == 0);
    (void)snprintf(cases, sizeof(cases), "other %s\nsteady takes 30.0\nwrong fail\n", other);
    checkout_cases("alpha", cases);
    EXPECT_INT(checkout_run("sweep"), 1);
    EXPECT_HAS(checkout_said, "1 cases took another time than before");
    checkout_look(&v);
    EXPECT_VERDICT(&v, "alpha/other", verdict);
    EXPECT_INT(checkout_result(&v, "alpha/other")->attempts, attempts);
    EXPECT_INT(checkout_result(&v, "alpha/wrong")->attempts, 1);
    checkout_look_away(&v);
    EXPECT_INT(checkout_sh("test \"$(cat asked)\" = alpha/wrong"), 0);
    EXPECT_INT(checkout_run("clusters"), 0);
    EXPECT_HAS(checkout_said, "cache: kv");
}

TEST(what_fails_beside_a_repeat_is_explained_once) {
    explain_beside("takes 20.0", "pass", 5);
    explain_beside("breaks 20.0", "flaky", 2);
    EXPECT(!strstr(checkout_said, "at last")); /* what is flaky is not red */
}

TEST(too_little_is_no_reason_to_speak) {
    make_history("takes 0.20");
    EXPECT_INT(sweep_with("takes 0.40"), 0); /* twice, and a fifth of a millisecond */
    expect_none();
    EXPECT_INT(sweep_with("takes 0.23"), 0);
    expect_none();
}

TEST(nothing_is_said_without_history_or_calibration) {
    checkout_make(0);
    checkout_write("calibration", "2.0\n");
    for (int i = 0; i < 7; i++)
        EXPECT_INT(sweep_with("takes 10.0"), 0);
    EXPECT_INT(sweep_with("takes 30.0"), 0);
    expect_none();
    copy_history();
    EXPECT_INT(unlink(checkout_path("calibration")), 0);
    EXPECT_INT(sweep_with("takes 30.0"), 0);
    expect_none();
}

TEST(repeats_that_were_killed_are_taken_up_again) {
    copy_history();
    checkout_cases("alpha", "other waits 20.0\nsteady takes 30.0\n");
    pid_t pid = checkout_spawn("sweep");
    EXPECT(checkout_await("waiting"));
    EXPECT_INT(kill(pid, SIGKILL), 0);
    EXPECT_INT(checkout_wait(pid), 128 + SIGKILL);
    checkout_write("go", "");
    EXPECT_INT(checkout_run("sweep --resume"), 0);
    expect_shift(SHIFT_SLOWER, 5, 10, 5);
}

TEST(a_rise_of_the_error_by_ten_is_a_drift_though_it_passes) {
    make_history("off 2e-10");
    EXPECT_INT(sweep_with("off 1.9e-9"), 0);
    expect_none();
    EXPECT_INT(sweep_with("off 1.8e-8"), 0); /* the worst is 1.9e-9 by now */
    expect_none();
    EXPECT_INT(sweep_with("off 1.81e-7"), 0);
    EXPECT_HAS(checkout_said,
               "drift    compat/alpha/cpu/f32  alpha/other: NMSE 1.81e-07, 10.1 times");
    expect_shift(SHIFT_DRIFT, 1.8e-8, 1.81e-7, 1);
    EXPECT_INT(sweep_with("off 1.81e-7"), 0);
    expect_none();
}

TEST(rounding_noise_and_another_golden_are_no_drift) {
    make_history("off 1e-20");
    EXPECT_INT(sweep_with("off 9e-13"), 0); /* below a millionth of the limit */
    expect_none();
    EXPECT_INT(sweep_with("off 0"), 0);
    expect_none();
    checkout_write("golden", "def");
    EXPECT_INT(sweep_with("off 1e-7"), 0);
    expect_none();
}

TEST(the_index_made_anew_holds_the_same_shifts) {
    struct buf before, after;
    copy_history();
    EXPECT_INT(sweep_with("takes 20.0"), 0);
    EXPECT_INT(sweep_with("off 1e-9"), 0);
    EXPECT_INT(sweep_with("off 1e-7"), 0);
    buf_init(&before, 1 << 24);
    buf_init(&after, 1 << 24);
    dump_index(&before, checkout_path("logs/noctule.db"));
    EXPECT_INT(checkout_run("db rebuild"), 0);
    dump_index(&after, checkout_path("logs/noctule.db"));
    EXPECT_STR(after.data, before.data);
    EXPECT(strstr(before.data, "shift\n") != NULL);
    buf_done(&before);
    buf_done(&after);
}

TEST(a_cell_through_the_runs_is_a_multiple_of_the_usual) {
    struct checkout_view v;
    struct db *db;
    struct timing_cell *rows;
    size_t len;
    copy_history();
    EXPECT_INT(sweep_with("takes 40.0"), 0);
    checkout_look(&v);
    EXPECT_INT(db_open(&db, checkout_path("logs/noctule.db"), DB_READ), 0);
    EXPECT_INT(timings_series(db, &v.arena, v.run.id, 1, 5, &rows, &len), 0);
    EXPECT_INT(len, 5);
    if (len == 5) {
        EXPECT(fabs(rows[0].share - 1) < 0.01);
        EXPECT(fabs(rows[4].share - 70 / 40.0) < 0.01); /* 40 and 30 ms, and 10 and 30 usually */
        EXPECT_INT(rows[3].slower, 0);
        EXPECT_INT(rows[4].slower, 1);
        EXPECT_INT(rows[4].cases, 2);
        EXPECT_STR(rows[4].run_name, v.run.name);
    }
    db_close(db);
    checkout_look_away(&v);
}
