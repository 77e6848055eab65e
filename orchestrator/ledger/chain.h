/* SPDX-License-Identifier: Apache-2.0 */
/* chain: the ledger's folder, one Markdown file per entry, each bound to the one before it.
 *
 * An entry ends its machine-written part with two lines: the hash of the previous entry, and the
 * SHA-256 of every byte above that line. What people write below is theirs and is not covered.
 * Entries are never rewritten; a changed, missing or reordered one breaks the chain. */
#pragma once

#include <stddef.h>

#include "engine/base/buf.h"
#include "engine/base/hash.h"

/* One entry as found on disk. */
struct chain_entry {
    char *name;                   /* file name, "0007-2026-11-21-a1b2c3.md" */
    int number;                   /* 7 */
    char previous[HASH_HEX_SIZE]; /* "none" in the first entry */
    char hash[HASH_HEX_SIZE];     /* as written in the file */
    char *fault;                  /* one sentence, or NULL when the entry holds */
    char *text;                   /* the covered part, for a second check against the index */
};

struct chain {
    struct chain_entry *entries; /* by number */
    size_t len;
    size_t faults; /* entries with a fault */
};

enum { CHAIN_ENTRY_MAX = 4 << 20, CHAIN_NUMBER_MAX = 999999 };

/* Reads and checks every entry of folder; a folder that is not there is an empty chain.
 * 0, ERR_IO, or ERR_LIMIT (the text names the file). Faults are no failure: see `faults`. */
int chain_read(struct chain *out, const char *folder);
void chain_done(struct chain *c); /* copes with a zeroed struct */

/* Writes text as the next entry, "<number>-<slug>.md", with the two lines and `below` behind
 * them. path_out receives its path. 0, ERR_IO, or ERR_FORMAT when the chain is already broken:
 * nothing is appended to a ledger that cannot be trusted. */
int chain_append(const char *folder, const char *slug, const char *text, const char *below,
                 struct buf *path_out);
