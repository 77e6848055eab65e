/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/stop.h"

#include <signal.h>
#include <stddef.h>

#include "orchestrator/proc/loop.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, 0};

static volatile bool asked;
static bool told; /* in a loop */

static void on_signal(int signo) {
    (void)signo;
    asked = true;
}

static void on_loop_signal(void *arg, int signo) {
    (void)arg, (void)signo;
    told = true;
}

const volatile bool *stop_on_signals(void) {
    for (const int *signo = signals; *signo; signo++)
        (void)signal(*signo, on_signal);
    return &asked;
}

int stop_in_loop(struct loop *loop, const bool **stop) {
    int rc = 0;
    *stop = &told;
    for (const int *signo = signals; rc == 0 && *signo; signo++)
        rc = loop_on_signal(loop, *signo, on_loop_signal, NULL);
    return rc;
}
