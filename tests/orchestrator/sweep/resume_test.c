/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep that is stopped, killed, or out of space: nothing is lost and nothing is run twice. */

#include "tests/orchestrator/sweep/checkout.h"

static int count_lines(const char *name) {
    struct file f;
    int lines = 0;
    if (file_read(&f, checkout_path(name), 64 << 20) < 0)
        return -1;
    for (size_t i = 0; i < f.size; i++)
        lines += f.data[i] == '\n';
    file_done(&f);
    return lines;
}

static void expect_resumed(int64_t cases) {
    struct checkout_view v;
    checkout_write("go", "");
    EXPECT_INT(checkout_run("sweep --resume"), 0);
    checkout_look(&v);
    EXPECT_INT(v.run.id, 1);
    EXPECT_INT(v.run.state, RUN_FINISHED);
    EXPECT_INT(v.run.planned, cases);
    EXPECT_INT(v.run.recorded, cases);
    for (size_t i = 0; i < v.len; i++) {
        EXPECT_INT(v.results[i].verdict, VERDICT_PASS);
        EXPECT_INT(v.results[i].attempts, 1);
    }
    checkout_look_away(&v);
    EXPECT_INT(checkout_run("sweep --resume"), 2);
    EXPECT_HAS(checkout_said, "no unfinished run");
}

static const char cases[] = "a pass\nb pass\nc wait\nd pass\ne pass\n";

TEST(an_interrupt_ends_in_order_and_resume_finishes) {
    struct checkout_view v;
    checkout_make(0);
    checkout_cases("alpha", cases);
    pid_t pid = checkout_spawn("sweep");
    EXPECT(checkout_await("waiting"));
    checkout_await_recorded(2);
    EXPECT(kill(pid, SIGINT) == 0);
    EXPECT_INT(checkout_wait(pid), 130);
    EXPECT_HAS(checkout_said, "--resume");
    checkout_look(&v);
    EXPECT_INT(v.run.state, RUN_INTERRUPTED);
    EXPECT_INT(v.run.recorded, 2);
    checkout_look_away(&v);
    EXPECT_INT(checkout_run("status"), 0);
    EXPECT_HAS(checkout_said, "interrupted: 2 of 5");
    expect_resumed(5);
    EXPECT_INT(count_lines("starts"), 3); /* the list, the first worker, the second */
}

/* The worker of a script may be the same and what it runs another. */
TEST(a_resume_at_another_commit_is_refused) {
    checkout_make(0);
    checkout_cases("alpha", cases);
    checkout_write(".gitignore", "said\nstarts\nwaiting\ngo\n");
    REQUIRE(checkout_sh("export GIT_CONFIG_GLOBAL=/dev/null; git init -q -b main . && git config "
                        "user.name a && git config user.email a@b && git add . && git commit -qm "
                        "one && git rev-parse HEAD >.git/one") == 0);
    pid_t pid = checkout_spawn("sweep");
    EXPECT(checkout_await("waiting"));
    checkout_await_recorded(2);
    EXPECT(kill(pid, SIGINT) == 0);
    EXPECT_INT(checkout_wait(pid), 130);
    REQUIRE(checkout_sh("echo 'z pass' >>fixtures/alpha/cases") == 0);
    EXPECT_INT(checkout_run("sweep --resume"), 2);
    EXPECT_HAS(checkout_said, "fixtures/alpha/cases was changed since run");
    REQUIRE(checkout_sh("git commit -qam two") == 0);
    EXPECT_INT(checkout_run("sweep --resume"), 2);
    EXPECT_HAS(checkout_said, "go back to that, or start a new sweep");
    REQUIRE(checkout_sh("git checkout -q $(cat .git/one)") == 0);
    expect_resumed(5);
}

static pid_t first_worker(void) {
    struct file f;
    pid_t pid = -1;
    if (file_read(&f, checkout_path("starts"), 4096) < 0)
        return -1;
    const char *second = strchr((const char *)f.data, '\n');
    if (second)
        pid = (pid_t)strtol(second + 1, NULL, 10);
    file_done(&f);
    return pid;
}

TEST(a_kill_of_noctule_itself_takes_the_workers_along_and_resume_finishes) {
    checkout_make(0);
    checkout_cases("alpha", cases);
    pid_t pid = checkout_spawn("sweep");
    EXPECT(checkout_await("waiting"));
    checkout_await_recorded(2);
    pid_t worker = first_worker();
    REQUIRE(worker > 0);
    EXPECT(kill(pid, SIGKILL) == 0);
    EXPECT_INT(checkout_wait(pid), 128 + SIGKILL);
    bool gone = false;
    for (int i = 0; i < 200 && !gone; i++) {
        gone = kill(worker, 0) != 0;
        (void)usleep(20000);
    }
    EXPECT(gone);
    EXPECT_INT(checkout_run("status"), 0);
    EXPECT_HAS(checkout_said, "killed: 2 of 5");
    expect_resumed(5);
}

static void append(const char *name, const char *text) {
    FILE *f = fopen(checkout_path(name), "a");
    REQUIRE(f);
    EXPECT(fputs(text, f) >= 0);
    EXPECT(fclose(f) == 0);
}

TEST(a_torn_last_line_is_ended_and_passed_over) {
    struct checkout_view v;
    char journal[256];
    checkout_make(0);
    checkout_cases("alpha", cases);
    pid_t pid = checkout_spawn("sweep");
    EXPECT(checkout_await("waiting"));
    checkout_await_recorded(2);
    EXPECT(kill(pid, SIGKILL) == 0);
    EXPECT_INT(checkout_wait(pid), 128 + SIGKILL);
    checkout_look(&v);
    snprintf(journal, sizeof(journal), "logs/%s/events.ndjson", v.run.name);
    checkout_look_away(&v);
    append(journal, "{\"event\":\"result\",\"cell\":\"compat/al");
    expect_resumed(5);
    EXPECT_INT(checkout_run("db rebuild"), 0);
    EXPECT_INT(checkout_run("status"), 0);
    EXPECT_HAS(checkout_said, "finished: 5 of 5");
}

TEST(another_sweep_closes_the_unfinished_one_as_missing) {
    struct db *db;
    struct arena arena;
    struct run run;
    struct result *rows;
    size_t len;
    checkout_make(0);
    checkout_cases("alpha", cases);
    pid_t pid = checkout_spawn("sweep");
    EXPECT(checkout_await("waiting"));
    checkout_await_recorded(2);
    EXPECT(kill(pid, SIGKILL) == 0);
    EXPECT_INT(checkout_wait(pid), 128 + SIGKILL);
    checkout_write("go", "");
    EXPECT_INT(checkout_run("sweep"), 0);
    arena_init(&arena, 0);
    REQUIRE(db_open(&db, checkout_path("logs/noctule.db"), DB_READ) == 0);
    EXPECT_INT(runs_get(db, &arena, 1, &run), 0);
    EXPECT_INT(run.state, RUN_ABANDONED);
    EXPECT_INT(run.recorded, 5);
    const struct result_filter missing = {.run = 1, .verdicts = 1u << VERDICT_MISSING};
    EXPECT_INT(results_list(db, &arena, &missing, &rows, &len), 0);
    EXPECT_INT(len, 3);
    db_close(db);
    arena_done(&arena);
}

TEST(a_second_sweep_waits_or_says_who_is_at_it) {
    char expected[64];
    checkout_make(0);
    checkout_cases("alpha", cases);
    pid_t pid = checkout_spawn("sweep");
    EXPECT(checkout_await("waiting"));
    checkout_await_recorded(2);
    EXPECT_INT(checkout_run("sweep --no-wait"), 2);
    snprintf(expected, sizeof(expected), "pid %d", (int)pid);
    EXPECT_HAS(checkout_said, expected);
    EXPECT_INT(checkout_run("status"), 0);
    EXPECT_HAS(checkout_said, expected);
    EXPECT_INT(checkout_run("db rebuild"), 2);
    pid_t second = checkout_spawn("sweep");
    (void)usleep(500000);
    EXPECT(waitpid(second, NULL, WNOHANG) == 0);
    checkout_write("go", "");
    EXPECT_INT(checkout_wait(pid), 0);
    EXPECT_INT(checkout_wait(second), 0);
    EXPECT_HAS(checkout_said, "5 still_passing");
}

TEST(a_changed_program_is_not_mixed_into_a_run) {
    checkout_make(0);
    checkout_cases("alpha", cases);
    pid_t pid = checkout_spawn("sweep");
    EXPECT(checkout_await("waiting"));
    checkout_await_recorded(2);
    EXPECT(kill(pid, SIGINT) == 0);
    EXPECT_INT(checkout_wait(pid), 130);
    append("worker.sh", "# changed\n");
    EXPECT_INT(checkout_run("sweep --resume"), 2);
    EXPECT_HAS(checkout_said, "the program has changed");
}

TEST(a_killed_worker_is_a_crash_and_the_sweep_goes_on) {
    struct checkout_view v;
    checkout_make(0);
    checkout_cases("alpha", cases);
    pid_t pid = checkout_spawn("sweep");
    EXPECT(checkout_await("waiting"));
    checkout_await_recorded(2);
    pid_t worker = first_worker();
    REQUIRE(worker > 0);
    EXPECT(kill(worker, SIGKILL) == 0);
    EXPECT_INT(checkout_wait(pid), 1);
    checkout_look(&v);
    EXPECT_VERDICT(&v, "alpha/c", "crash");
    EXPECT_VERDICT(&v, "alpha/e", "pass");
    EXPECT_INT(v.run.recorded, 5);
    checkout_look_away(&v);
}
