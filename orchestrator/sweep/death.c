/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/death.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/file.h"

enum { VMSTAT_MAX = 1 << 20, WORDS_MAX = 4096 };

int64_t death_oom_kills(void) {
    struct file f;
    int64_t kills = 0;
    if (file_read(&f, "/proc/vmstat", VMSTAT_MAX) < 0)
        return 0;
    const char *at = strstr((const char *)f.data, "\noom_kill ");
    if (at)
        kills = strtoll(at + strlen("\noom_kill "), NULL, 10);
    file_done(&f);
    return kills;
}

/* In the last bytes of the log: an allocation that failed is the last thing a program says. */
static bool says(const struct death *d, const char *words) {
    size_t len = strlen(words), from = d->log_len > WORDS_MAX ? d->log_len - WORDS_MAX : 0;
    return len <= d->log_len - from && memmem(d->log + from, d->log_len - from, words, len) != NULL;
}

static bool is_memory(const struct death *d) {
    static const char *const words[] = {
        "out of memory", "Cannot allocate memory", "bad_alloc", "OutOfMemory",
        "Out of memory", "memory exhausted",       NULL};
    if (d->signal == SIGKILL)
        return d->oom_killed;
    if (d->signal == 0 && d->exit_code == 0)
        return false;
    for (size_t i = 0; words[i]; i++)
        if (says(d, words[i]))
            return true;
    return false;
}

enum attempt_status death_status(const struct death *d) {
    switch (d->cause) {
    case DEATH_TIMEOUT:
        return ATTEMPT_TIMEOUT;
    case DEATH_NONSENSE:
        return ATTEMPT_ERROR;
    case DEATH_STOPPED:
        return ATTEMPT_NOT_RUN;
    case DEATH_OWN:
        break;
    }
    if (is_memory(d))
        return ATTEMPT_OOM;
    /* Sanitizers end a process in order, with a status of their own. */
    if (d->signal != 0 || (d->in_case && d->exit_code != 0))
        return ATTEMPT_CRASH;
    return ATTEMPT_ERROR;
}

const char *death_message(struct arena *arena, const struct death *d) {
    const char *where = d->in_case ? "in the case" : "before its first case or between two";
    if (d->cause != DEATH_OWN)
        return arena_strdup(arena, d->why);
    if (is_memory(d))
        return arena_printf(arena, "the worker ran out of memory %s", where);
    if (d->signal) {
        const char *name = sigabbrev_np(d->signal);
        return name
                   ? arena_printf(arena, "the worker was killed by SIG%s %s", name, where)
                   : arena_printf(arena, "the worker was killed by signal %d %s", d->signal, where);
    }
    return arena_printf(arena, "the worker ended %s, with exit status %d", where, d->exit_code);
}

bool death_is_remarkable(const struct attempt *a, int exit_code) {
    return a->status != ATTEMPT_ERROR || (exit_code != 0 && exit_code != 1);
}
