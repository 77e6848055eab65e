/* SPDX-License-Identifier: Apache-2.0 */
/* audit: what roles did, in a chain that only grows.
 *
 * Each entry holds the hash of the one before and the SHA-256 over itself. LOGS/audit.ndjson is
 * the truth: a line per entry, synced before anything goes on; LOGS/audit.db holds the same for
 * questions, and refuses to change a row. Who was killed between the two is caught up with at the
 * next entry; a line that was cut off by a crash was never an entry, and goes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/hash.h"

enum { AUDIT_DETAIL_MAX = 1 << 20, AUDIT_FILE_MAX = 1 << 30 };

struct audit;

struct audit_entry {
    int64_t number, time_ms;
    const char *actor, *event, *detail; /* detail: a JSON object */
    char previous[HASH_HEX_SIZE];       /* "none" in the first */
    char hash[HASH_HEX_SIZE];
};

/* Makes the folder and both files when they are not there. Waits for others. 0, ERR_IO, ERR_BUSY,
 * or ERR_FORMAT when the chain is broken: nothing is added to what cannot be trusted. */
int audit_open(struct audit **out, const char *logs);
void audit_close(struct audit *a); /* NULL is fine */
/* 0; ERR_IO or ERR_BUSY, and then the entry is not there. head (may be NULL) is its hash. */
int audit_add(struct audit *a, const char *actor, const char *event, const char *detail,
              char head[HASH_HEX_SIZE]);

struct audit_report {
    int64_t entries, faults;
    char head[HASH_HEX_SIZE];
};
/* Reads both anew. Appends a line per fault. 0 (look at faults), ERR_NOTFOUND, ERR_IO. */
int audit_verify(const char *logs, struct audit_report *out, struct buf *faults);
