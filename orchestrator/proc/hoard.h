/* SPDX-License-Identifier: Apache-2.0 */
/* hoard: what a sandbox keeps where neither a walk through its folder nor a look at its processes
 * shows it: files that are open and have no name any more, folders that are closed to us, shared
 * memory that no process has in its tables just now, names without bytes in its /tmp.
 *
 * What was free when it began, less what is free now, is the most that it can be, so that nobody
 * looks closer before that would break a limit. proc_pid_fd(5), proc_pid_maps(5). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct census;

struct hoard {
    const char *folder; /* absolute; kept, not copied */
    int64_t held;       /* bytes of it at the first look; -1 before that */
    int64_t free;       /* bytes of its file system then; -1 = not known */
    int64_t shared_kib; /* shared memory of the whole machine then */
};

void hoard_begin(struct hoard *h, const char *folder);
/* Bytes of its folder that no walk sees, given what one saw: 0 unless both together are more than
 * limit. closed: some of it could not be looked into. */
int64_t hoard_bytes(struct hoard *h, const struct census *c, int64_t seen, int64_t limit,
                    bool closed);
/* Shared memory that the tables of no process show, in KiB: 0 unless what they show and this are
 * more than limit_kib. */
int64_t hoard_memory_kib(const struct hoard *h, const struct census *c, int64_t limit_kib);
/* Entries of the file systems in memory that the processes have at /tmp and /dev/shm, when their
 * root is not ours. */
int64_t hoard_names(const struct census *c);
