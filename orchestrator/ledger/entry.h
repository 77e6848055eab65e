/* SPDX-License-Identifier: Apache-2.0 */
/* entry: one run as the Markdown a person reads. Every figure is asked of the index; the text of
 * a run is always the same in one form, so that an entry can be checked against the index later. */
#pragma once

#include <stdint.h>

struct buf;
struct db;

enum {
    ENTRY_MAX = 2 << 20,  /* bytes */
    ENTRY_ROWS_MAX = 500, /* changed cases listed before "and N more" */
    ENTRY_CELL_MAX = 300, /* characters of one table cell */
};

/* How words of others are written. What is recorded stays as it is, and can still be checked. */
enum entry_form { ENTRY_NOW, ENTRY_FIRST, ENTRY_FORMS };

/* Appends the entry of this run to out. 0, ERR_NOTFOUND, ERR_IO, or ERR_LIMIT. */
int entry_write(struct buf *out, struct db *db, int64_t run, enum entry_form form);
/* Where people write: stands below the hash and is not covered by it. */
extern const char entry_below[];
