/* SPDX-License-Identifier: Apache-2.0 */
/* halt: SIGTERM that cuts nothing in the middle.
 *
 * Between halt_arm() and halt_disarm() it is held back, except in waits: where nothing is written
 * and another machine is to answer. There it is noted, and interrupts the system call that waits;
 * who waits then fails as if the other side had gone, and cleans up behind itself. A signal that
 * strikes just before such a call sleeps is lost to it, so whoever sends it sends it again
 * (proc_spec.grace_ms does). Unarmed, nothing here does anything, and SIGTERM ends the process. */
#pragma once

#include <stdbool.h>

void halt_arm(void);
/* When it was asked for meanwhile, the process ends here. */
void halt_disarm(void);

/* Around a wait. One that turns out to be none any more may be ended early: ending is idempotent.
 */
void halt_wait_begin(void);
void halt_wait_end(void);
/* Whether the end was asked for, also when the signal is still held back. */
bool halt_asked(void);
/* 0, or ERR_IO "stopped by a signal while DOING". */
int halt_check(const char *doing);
