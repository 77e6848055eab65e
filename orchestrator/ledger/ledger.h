/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: the committed record of all sweeps, written only from results.
 *
 * One Markdown entry per run, bound to the one before it (ledger/chain.h); every figure comes
 * from the index, and verification asks the index again. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct buf;
struct db;

/* Appends the entry of a finished run; a run that has one already keeps it. path_out receives
 * its path. 0, ERR_NOTFOUND, ERR_IO, ERR_LIMIT, or ERR_FORMAT when the ledger is broken. */
int ledger_write(struct db *db, int64_t run, const char *folder, struct buf *path_out);

/* Appends the entries that earlier runs are to have and lack, as of one that was killed behind its
 * last event, or whose ledger could not be written. As ledger_write(). */
int ledger_catch_up(struct db *db, const char *folder);

struct ledger_report {
    size_t entries;
    size_t confirmed; /* whose text the index gives again, word for word */
    size_t unknown;   /* of runs that this index does not hold */
    size_t lacking;   /* finished runs that are to have an entry and have none; faults, too */
    size_t faults;    /* broken chain, changed text, or figures the index contradicts */
};

/* Checks the chain, and each entry against db (NULL: the chain alone). One line per fault is
 * appended to faults. 0 also when there are faults; ERR_IO, ERR_LIMIT. */
int ledger_verify(struct db *db, const char *folder, struct ledger_report *out, struct buf *faults);
