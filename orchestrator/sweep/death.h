/* SPDX-License-Identifier: Apache-2.0 */
/* death: what the end of a worker says of the case it was in. Facts first: who killed it, by
 * which signal; its last words only where the facts leave something open. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/results.h"

struct arena;

enum death_cause {
    DEATH_OWN,      /* it ended by itself, or by somebody else's signal */
    DEATH_TIMEOUT,  /* we killed it: its time was over */
    DEATH_NONSENSE, /* we killed it: it wrote what is no event */
    DEATH_STOPPED,  /* we killed it: the sweep was stopped */
};

struct death {
    enum death_cause cause;
    const char *why; /* a sentence, for what we killed */
    int exit_code, signal;
    const char *log; /* what it wrote to stderr in the case */
    size_t log_len;
    bool oom_killed; /* the kernel killed some process for memory meanwhile */
    bool in_case;
};

enum attempt_status death_status(const struct death *d);
const char *death_message(struct arena *arena, const struct death *d);
/* Worth a note on the cell when no case was in flight. 0 and 1 are how workers end. */
bool death_is_remarkable(const struct attempt *a, int exit_code);
/* How many processes this machine's kernel has killed for memory; 0 when it does not say. */
int64_t death_oom_kills(void);
