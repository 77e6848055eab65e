/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/proc.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "orchestrator/proc/loop.h"
#include "tests/test.h"

enum { LIMIT_MS = 20000 };

static struct loop *loop;
static struct buf out, err;
static struct proc_exit ended;

static int run(const char *script, int64_t memory, int64_t limit_ms, const bool *stop) {
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const struct proc_spec spec = {.argv = argv, .memory_bytes = memory};
    buf_reset(&out);
    buf_reset(&err);
    return proc_run(loop, &spec, limit_ms, stop, &out, &err, &ended);
}

static void setup(void) {
    buf_init(&out, 1 << 20);
    buf_init(&err, 1 << 20);
    REQUIRE(loop_new(&loop) == 0);
}

static void teardown(void) {
    loop_free(loop);
    buf_done(&out);
    buf_done(&err);
}

TEST(both_streams_and_the_status_come_back) {
    setup();
    EXPECT_INT(run("echo said; echo warned >&2; exit 3", 0, LIMIT_MS, NULL), 0);
    EXPECT_STR(out.data, "said\n");
    EXPECT_STR(err.data, "warned\n");
    EXPECT_INT(ended.code, 3);
    EXPECT_INT(ended.signal, 0);
    EXPECT_INT(run("kill -9 $$", 0, LIMIT_MS, NULL), 0);
    EXPECT_INT(ended.signal, SIGKILL);
    teardown();
}

TEST(a_program_that_is_not_there_is_named) {
    setup();
    const char *const argv[] = {"/no/such/program", NULL};
    const struct proc_spec spec = {.argv = argv};
    EXPECT_INT(proc_run(loop, &spec, 0, NULL, NULL, NULL, &ended), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "/no/such/program");
    const char *const shell[] = {"/bin/sh", NULL};
    const struct proc_spec nowhere = {.argv = shell, .cwd = "/no/such/folder"};
    EXPECT_INT(proc_run(loop, &nowhere, 0, NULL, NULL, NULL, &ended), ERR_IO);
    EXPECT_HAS(err_text(), "cwd");
    teardown();
}

TEST(a_limit_kills_the_whole_group) {
    setup();
    EXPECT_INT(run("sleep 1000 & echo $!; wait", 0, 200, NULL), ERR_LIMIT);
    pid_t grandchild = (pid_t)strtol(out.data, NULL, 10);
    REQUIRE(grandchild > 0);
    for (int i = 0; i < 100 && kill(grandchild, 0) == 0; i++) {
        char state = 0, path[64];
        snprintf(path, sizeof(path), "/proc/%d/stat", (int)grandchild);
        FILE *f = fopen(path, "r");
        if (f) {
            if (fscanf(f, "%*d %*s %c", &state) != 1)
                state = 0;
            fclose(f);
        }
        if (state == 'Z')
            break; /* dead; whoever adopted it has not looked yet */
        usleep(20000);
        EXPECT(i < 99);
    }
    EXPECT(ended.signal == SIGKILL);
    teardown();
}

TEST(a_child_that_leaves_a_grandchild_behind_does_not_block) {
    setup();
    EXPECT_INT(run("sleep 1000 & exit 0", 0, LIMIT_MS, NULL), 0);
    EXPECT_INT(ended.code, 0);
    EXPECT(ended.wall_ms < LIMIT_MS);
    teardown();
}

TEST(a_flood_keeps_nobody_from_its_limit_nor_from_its_end) {
    setup();
    EXPECT_INT(run("cat /dev/zero & cat /dev/zero & wait", 0, 300, NULL), ERR_LIMIT);
    EXPECT(ended.wall_ms < LIMIT_MS);
    EXPECT_INT(run("setsid sh -c 'echo $$ > /dev/stderr; exec timeout 30 cat /dev/zero' & "
                   "sleep 0.2; exit 3",
                   0, LIMIT_MS, NULL),
               0);
    EXPECT_INT(ended.code, 3);
    EXPECT(ended.wall_ms < LIMIT_MS);
    (void)kill((pid_t)strtol(err.data, NULL, 10), SIGKILL);
    teardown();
}

TEST(a_memory_limit_is_kept) {
    setup();
    EXPECT_INT(run("ulimit -v", 64 << 20, LIMIT_MS, NULL), 0);
    EXPECT_STR(out.data, "65536\n");
    teardown();
}

/* Stops it once it has said something, so that its trap is set. */
struct stopper {
    struct loop_timer timer;
    bool stop;
};

static void look(void *arg) {
    struct stopper *s = arg;
    s->stop = out.len > 0;
    if (!s->stop)
        loop_timer_set(loop, &s->timer, 20, look, s);
}

static int stop_with_grace(const char *script, int64_t grace_ms) {
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const struct proc_spec spec = {.argv = argv, .grace_ms = grace_ms};
    struct stopper s = {.stop = false};
    buf_reset(&out);
    look(&s);
    int rc = proc_run(loop, &spec, LIMIT_MS, &s.stop, &out, &err, &ended);
    loop_timer_stop(loop, &s.timer);
    return rc;
}

TEST(who_is_given_time_may_end_by_himself) {
    static const char tidy[] =
        "trap 'echo tidied; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
    setup();
    EXPECT_INT(stop_with_grace(tidy, LIMIT_MS), ERR_STOPPED);
    EXPECT_STR(out.data, "ready\ntidied\n");
    EXPECT_INT(ended.code, 3);
    EXPECT_INT(stop_with_grace(tidy, 0), ERR_STOPPED);
    EXPECT_STR(out.data, "ready\n");
    EXPECT_INT(ended.signal, SIGKILL);
    teardown();
}

TEST(who_does_not_end_in_his_time_is_killed) {
    setup();
    EXPECT_INT(stop_with_grace("trap '' TERM; echo ready; while :; do sleep 0.05; done", 500),
               ERR_STOPPED);
    EXPECT_INT(ended.signal, SIGKILL);
    EXPECT(ended.wall_ms > 500 && ended.wall_ms < LIMIT_MS);
    teardown();
}

TEST(what_was_stopped_says_so) {
    setup();
    bool stop = true;
    EXPECT_INT(run("sleep 1000", 0, LIMIT_MS, &stop), ERR_STOPPED);
    teardown();
}

static void count_signal(void *arg, int signo) {
    (void)signo;
    ++*(int *)arg;
}

static void count_timer(void *arg) {
    ++*(int *)arg;
}

TEST(timers_run_in_order_and_signals_are_turned_into_calls) {
    setup();
    struct loop_timer late = {0}, soon = {0}, never = {0};
    int fired = 0, stopped = 0, signals = 0;
    loop_timer_set(loop, &late, 40, count_timer, &fired);
    loop_timer_set(loop, &soon, 1, count_timer, &fired);
    loop_timer_set(loop, &never, 2, count_timer, &stopped);
    loop_timer_stop(loop, &never);
    EXPECT_INT(loop_on_signal(loop, SIGUSR1, count_signal, &signals), 0);
    (void)raise(SIGUSR1);
    for (int i = 0; i < 50 && fired < 2; i++)
        EXPECT_INT(loop_turn(loop, 100), 0);
    EXPECT_INT(fired, 2);
    EXPECT_INT(stopped, 0);
    EXPECT_INT(signals, 1);
    teardown();
}
