/* SPDX-License-Identifier: Apache-2.0 */
/* caseid: the id of a case out of the name that a foreign runner has for a test.
 *
 * A name that is fit for an id is its id. Bytes that are not (control bytes, what is no UTF-8, a
 * blank at either end, a - in front) are written \xNN; a name that is too long keeps its beginning
 * and 16 digits of its SHA-256 behind "~"; of several that are the same the second becomes
 * "NAME (2)". So ids depend on names alone, and two tests never share one. */
#pragma once

#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/map.h"

enum { CASEID_MAX = 256, CASEID_LONG = 240, CASEID_KEPT = 220 };

struct caseid {
    struct arena *arena; /* of the ids */
    struct map taken;
};

/* arena must outlive it. */
void caseid_init(struct caseid *c, struct arena *arena);
void caseid_done(struct caseid *c);
/* The id of the next test of that name. */
const char *caseid_make(struct caseid *c, const char *name);
