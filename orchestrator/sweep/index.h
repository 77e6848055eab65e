/* SPDX-License-Identifier: Apache-2.0 */
/* index: the fold of journals into the database. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "orchestrator/store/runs.h"

struct db;

/* The fold of one run, between two lines of its journal. */
struct index {
    struct db *db;
    struct arena arena; /* of the run */
    struct arena line;  /* of the line being folded */
    struct run run;     /* id 0 until the line `run` */
    bool open;          /* a transaction is */
};

/* name is the run's. 0 or ERR_IO. */
int index_open(struct index *ix, struct db *db, const char *name);
void index_close(struct index *ix); /* rolls back what was not flushed; copes with a zeroed one */
/* Folds a line without its newline; next is the journal's offset behind it. 0, ERR_IO, or
 * ERR_FORMAT when the line is none of ours. */
int index_add(struct index *ix, const char *line, size_t len, int64_t next);
/* Commits. */
int index_flush(struct index *ix);

/* Folds whatever the journals below logs hold and db does not, oldest run first. *lines of them.
 * 0, ERR_IO, or ERR_FORMAT naming journal and offset. */
int index_sync(struct db *db, const char *logs, int64_t *lines);
/* Makes the index at path anew from the journals; the old one stands until the new one is
 * complete. */
int index_rebuild(const char *path, const char *logs, int64_t *runs, int64_t *lines);
