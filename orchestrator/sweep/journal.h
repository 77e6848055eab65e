/* SPDX-License-Identifier: Apache-2.0 */
/* journal: logs/<run>/events.ndjson, the truth of a run: appended to, synced, never rewritten.
 *
 * A line is written whole or taken back. What a kill in the middle of a write leaves is ended by
 * the next who appends, with a line {"event":"repaired"} behind it, and readers pass over it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal;

enum { JOURNAL_LINE_MAX = 4 << 20 };

/* The file must not be there yet; its folder is made. 0 or ERR_IO. */
int journal_create(struct journal **out, const char *path);
/* Goes on with one that is there, repaired when its last line is torn. */
int journal_append_to(struct journal **out, const char *path);
void journal_close(struct journal *j); /* NULL is fine; without a sync */

/* line ends with a newline. In the file (not yet on disk) when 0; else ERR_IO, nothing is there,
 * and every further call fails the same way: a full disk cannot leave half a record. */
int journal_add(struct journal *j, const char *line, size_t len);
/* Brings what was added to disk; nothing to do is fine. 0 or ERR_IO. */
int journal_sync(struct journal *j);
/* Bytes of the file. */
int64_t journal_size(const struct journal *j);

/* Called with each whole line from offset on, without its newline. next is where the line after
 * it begins. A negative return ends the walk and is its result. */
typedef int journal_line_fn(void *arg, const char *line, size_t len, int64_t next);
/* Torn and repaired lines are passed over; a torn last line is left for the next time.
 * 0, ERR_NOTFOUND, ERR_IO, or what fn returned. */
int journal_read(const char *path, int64_t offset, journal_line_fn *fn, void *arg);
