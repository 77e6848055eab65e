/* SPDX-License-Identifier: Apache-2.0 */
/* census: who lives below a process, and how much a folder holds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { CENSUS_MAX = 65536 };

struct census {
    pid_t *pids; /* [len] descendants, not the process itself; parents before children */
    size_t len, cap;
    int64_t tasks;      /* their threads together */
    int64_t memory_kib; /* anonymous and shared memory that they hold */
    int64_t shared_kib; /* of that, shared */
    int64_t ticks;      /* CPU time of those alive, in clock ticks */
};

/* Fills out, which may be zeroed or filled before. Processes that end meanwhile are left out. */
void census_take(struct census *out, pid_t root);
void census_done(struct census *c); /* copes with a zeroed struct */
/* Threads of all processes of a user. */
int64_t census_of_user(uid_t uid);

struct census_folder {
    int64_t bytes; /* on disk */
    int64_t entries;
    bool closed; /* some folder in it could not be looked into */
};
/* What lies below folder, without following links; stops counting above max_entries. */
void census_folder(struct census_folder *out, const char *folder, int64_t max_entries);
