/* SPDX-License-Identifier: Apache-2.0 */
/* programs: what was swept and found good stays in LOGS/programs/SHA256, so that a failure can be
 * held against the last build that had none.
 *
 * They are copies: with a link, whoever writes the program in place would change what is kept. The
 * PROGRAMS_MAX that were kept last stay. */
#pragma once

#include <stdint.h>

struct arena;
struct db;
struct plan;

enum { PROGRAMS_MAX = 8 };

/* Keeps the program of each cell of the run that passed whole, and removes what is too many. The
 * plan is the run's. 0; or, with nothing lost but what could be kept: ERR_IO, ERR_NOTFOUND, and
 * ERR_UNSUPPORTED for a program that is no longer what the run began with. */
int programs_keep(struct db *db, const char *logs, const struct plan *plan, int64_t run);
/* The absolute path, in arena. NULL: there is none, or its bytes are not those any more. */
const char *programs_find(struct arena *arena, const char *logs, const char *sha256);
