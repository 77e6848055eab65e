/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/halt.h"

#include <signal.h>
#include <stddef.h>

#include "engine/base/err.h"

static bool armed;
static volatile sig_atomic_t asked;

static void on_term(int signo) {
    (void)signo;
    asked = 1;
}

static void mask(int how) {
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    (void)sigprocmask(how, &term, NULL);
}

/* Without SA_RESTART: a call that waits must return. */
static void handle(void (*fn)(int)) {
    struct sigaction action = {.sa_handler = fn};
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
}

void halt_arm(void) {
    mask(SIG_BLOCK);
    asked = 0;
    armed = true;
    handle(on_term);
}

void halt_disarm(void) {
    if (!armed)
        return;
    armed = false;
    handle(SIG_DFL);
    mask(SIG_UNBLOCK);
    if (asked)
        (void)raise(SIGTERM);
}

void halt_wait_begin(void) {
    if (armed)
        mask(SIG_UNBLOCK);
}

void halt_wait_end(void) {
    if (armed)
        mask(SIG_BLOCK);
}

bool halt_asked(void) {
    sigset_t held;
    return asked || (armed && sigpending(&held) == 0 && sigismember(&held, SIGTERM) == 1);
}

int halt_check(const char *doing) {
    return halt_asked() ? err_set(ERR_IO, "stopped by a signal while %s", doing) : 0;
}
