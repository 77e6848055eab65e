/* SPDX-License-Identifier: Apache-2.0 */
/* clock: the only place that asks what time it is. */
#pragma once

#include <stdint.h>

/* Monotonic, for durations. */
int64_t clock_mono_ns(void);
/* Processor time of this process, all threads; what other processes take does not count. */
int64_t clock_cpu_ns(void);
/* Milliseconds since 1970, UTC. */
int64_t clock_wall_ms(void);

enum { CLOCK_ISO_SIZE = 32 };
/* "2026-11-21T02:15:04.123Z". Returns out. */
char *clock_iso(int64_t wall_ms, char out[CLOCK_ISO_SIZE]);
