/* SPDX-License-Identifier: Apache-2.0 */
/* place: where things are in a checkout: noctule.json at its root, logs/ and ledger/ beside it. */
#pragma once

#include "engine/base/arena.h"
#include "orchestrator/sweep/config.h"

struct db;

struct place {
    struct arena arena;
    struct config config;
    const char *root;
    const char *logs;      /* root/logs */
    const char *db;        /* root/logs/noctule.db */
    const char *dashboard; /* root/logs/dashboard */
    const char *ledger;    /* root/ledger */
    const char *build;     /* what {build} stands for; below root without root in front */
};

/* Finds noctule.json here or above and reads it. build: what {build} stands for, NULL = the
 * folder that this program lies in; but root/build when that is elsewhere than below root and
 * noctule.json says how to build. 0 or as config_load(). */
int place_open(struct place *out, const char *build);
void place_close(struct place *p); /* copes with a zeroed struct */
/* The index, for reading. 0, ERR_NOTFOUND when nothing was swept yet, ERR_UNSUPPORTED, ERR_IO. */
int place_open_index(struct db **out, const struct place *p);
