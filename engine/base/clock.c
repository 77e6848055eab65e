/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/clock.h"

#include <stdio.h>
#include <time.h>

#include "engine/base/err.h"

static struct timespec now(clockid_t id) {
    struct timespec t;
    CHECK(clock_gettime(id, &t) == 0);
    return t;
}

int64_t clock_mono_ns(void) {
    struct timespec t = now(CLOCK_MONOTONIC);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_cpu_ns(void) {
    struct timespec t = now(CLOCK_PROCESS_CPUTIME_ID);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_wall_ms(void) {
    struct timespec t = now(CLOCK_REALTIME);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

char *clock_iso(int64_t wall_ms, char out[CLOCK_ISO_SIZE]) {
    int64_t ms = (wall_ms % 1000 + 1000) % 1000; /* also right before 1970 */
    time_t seconds = (time_t)((wall_ms - ms) / 1000);
    struct tm tm;
    char text[CLOCK_ISO_SIZE / 2 + 8];
    if (!gmtime_r(&seconds, &tm) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        (void)snprintf(text, sizeof(text),
                       "0000-00-00T00:00:00"); /* no year that a reader could use */
    (void)snprintf(out, CLOCK_ISO_SIZE, "%s.%03uZ", text, (unsigned)ms % 1000);
    return out;
}
