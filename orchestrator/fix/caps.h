/* SPDX-License-Identifier: Apache-2.0 */
/* caps: what holds the loop back whatever it finds: so many fixes in 24 hours, and a switch that
 * stops it at once. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* Fixes begun below LOGS/fix within 24 hours before now. 0 or ERR_IO. */
int caps_count(const char *logs, int64_t now_ms, int64_t *begun);

/* LOGS/fix/STOP: while it is there nothing is begun, and what is going on is stopped. What it
 * holds is the reason. 0, or ERR_STOPPED with it. */
int caps_switch(const char *logs);
/* A process that sends SIGTERM to this one when the switch appears; it ends with this one. Its pid,
 * or ERR_IO. */
pid_t caps_watch(const char *logs);
void caps_unwatch(pid_t watcher); /* 0 is fine */
