/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/halt.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "tests/test.h"

enum { TIDIED = 7, TRIES = 200, TURN_US = 50000 };

/* A process that does what fn does; how it ended. The signal is sent until it has. */
static int end_of(void (*fn)(void)) {
    int status = 0, fds[2];
    char ready;
    EXPECT(pipe(fds) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        halt_arm();
        if (write(fds[1], "x", 1) != 1)
            _exit(1);
        fn();
        _exit(0);
    }
    EXPECT(read(fds[0], &ready, 1) == 1);
    for (int i = 0; i < TRIES && waitpid(pid, &status, WNOHANG) == 0; i++) {
        (void)kill(pid, SIGTERM);
        usleep(TURN_US);
    }
    close(fds[0]);
    close(fds[1]);
    return status;
}

/* Waits until the signal has come, without a wait. */
static void let_it_come(void) {
    while (!halt_asked())
        usleep(1000);
}

static void write_something(void) {
    let_it_come();
    usleep(3 * TURN_US); /* it comes again and again, and nothing is cut */
    halt_wait_begin();
    halt_wait_end();
    if (halt_check("waiting") != ERR_IO)
        _exit(1);
    _exit(TIDIED);
}

static void write_and_leave(void) {
    let_it_come();
    halt_disarm();
}

static void wait_and_tidy(void) {
    int never[2];
    char byte;
    if (pipe(never) != 0)
        _exit(1);
    halt_wait_begin();
    ssize_t n = read(never[0], &byte, 1);
    int why = errno;
    halt_wait_end();
    _exit(n < 0 && why == EINTR && halt_asked() ? TIDIED : 1);
}

static void do_without(void) {
    halt_disarm();
    halt_wait_begin();
    halt_wait_end();
    for (;;)
        usleep(1000);
}

TEST(what_is_written_is_finished_before_the_end) {
    int status = end_of(write_something);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == TIDIED);
}

TEST(the_end_comes_with_the_last_thing_to_be_finished) {
    int status = end_of(write_and_leave);
    EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST(who_waits_for_another_is_woken) {
    int status = end_of(wait_and_tidy);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == TIDIED);
}

TEST(unarmed_the_signal_does_what_it_always_did) {
    int status = end_of(do_without);
    EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    EXPECT(!halt_asked());
    EXPECT_INT(halt_check("nothing"), 0);
}
