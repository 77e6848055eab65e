/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/hook/vigil.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "tests/test.h"

enum { MS = 20000, SHORT_MS = 300, BIG = 1 << 16 };

static int speak(void *arg) {
    (void)printf("out %d\n", *(int *)arg);
    (void)fprintf(stderr, "err\n");
    return *(int *)arg;
}

static int die(void *arg) {
    (void)raise(*(int *)arg);
    return 0;
}

static int hang(void *arg) {
    (void)arg;
    for (;;)
        (void)pause();
    return 0;
}

/* Closes what is listened to, and stays. */
static int hide(void *arg) {
    (void)close(STDOUT_FILENO);
    (void)close(STDERR_FILENO);
    return hang(arg);
}

static int flood(void *arg) {
    (void)arg;
    for (int i = 0; i < BIG; i++)
        (void)fputs("0123456789", stdout);
    return 0;
}

/* A grandchild that holds the pipes open longer than anybody wants to wait. */
static int linger(void *arg) {
    (void)arg;
    if (fork() == 0)
        (void)sleep(60);
    return 0;
}

static int run(vigil_fn *fn, int value, int64_t ms, int *status) {
    struct buf out, err;
    buf_init(&out, BIG);
    buf_init(&err, BIG);
    int rc = vigil_run(fn, &value, ms, &out, &err, status);
    if (rc == 0 && fn == speak) {
        EXPECT_HAS(out.data, "out ");
        EXPECT_STR(err.data, "err\n");
    }
    buf_done(&out);
    buf_done(&err);
    return rc;
}

TEST(what_it_said_and_its_status_come_back) {
    int status = -1;
    EXPECT_INT(run(speak, 0, MS, &status), 0);
    EXPECT_INT(status, 0);
    EXPECT_INT(run(speak, 2, MS, &status), 0);
    EXPECT_INT(status, 2);
}

TEST(a_crash_is_an_error) {
    static const int signals[] = {SIGKILL, SIGTERM, SIGPIPE, SIGUSR1};
    int status;
    for (int i = 0; i < 4; i++)
        EXPECT_INT(run(die, signals[i], MS, &status), ERR_IO);
}

TEST(a_hang_is_an_error_and_ends) {
    int status;
    int64_t started = clock_mono_ns();
    EXPECT_INT(run(hang, 0, SHORT_MS, &status), ERR_LIMIT);
    EXPECT_INT(run(hide, 0, SHORT_MS, &status), ERR_LIMIT);
    EXPECT_INT(run(linger, 0, SHORT_MS, &status), ERR_LIMIT);
    EXPECT(clock_mono_ns() - started < 10 * 1000000000LL);
}

TEST(saying_too_much_is_an_error) {
    int status;
    EXPECT_INT(run(flood, 0, MS, &status), ERR_IO);
}
