/* SPDX-License-Identifier: Apache-2.0 */
/* view: what a command needs that reads the index and prints: the place, the index, and the bytes
 * that stdout gets when all went well. */
#pragma once

#include "engine/base/buf.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/sweep/place.h"

struct view {
    struct place place;
    struct arena *arena; /* the place's */
    struct db *db;
    struct buf out;
};

/* 0 or as place_open() and place_open_index(); *out is for view_close() either way. */
int view_open(struct view *out);
/* The same with the run of that name, "last" when NULL; also as runs_find(). */
int view_open_run(struct view *out, const char *name, struct run *run);
/* Prints what is in out unless rc is an error, and ends all. Returns rc. */
int view_close(struct view *v, int rc);
