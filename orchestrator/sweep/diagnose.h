/* SPDX-License-Identifier: Apache-2.0 */
/* diagnose: asks the subject why cases of one cell failed, one case after another, once the cell
 * is done. Suite key `diagnose` is the command; it prints one object (docs/subjects.md). {case} in
 * it is the case's id; {good} the kept program (programs.h) of the newest earlier run in which the
 * case passed and nothing of its cell was red, left out with its option where there is none.
 *
 * Nothing of it is trusted and nothing of it is waited for: each is killed with its group at its
 * time limit, the first that must be ends those of the cell, and after DIAGNOSE_VAIN_MAX in a row
 * that came to nothing the run asks no more. What was not explained says why. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;
struct crew_shared;
struct db;
struct diagnose;
struct diagnosis;
struct plan_cell;

enum { DIAGNOSE_VAIN_MAX = 8, DIAGNOSE_OUT_MAX = 256 << 10, DIAGNOSE_TEXT_MAX = 2000 };

/* Explains what of the cell's failures in `run` is due. *out NULL: nothing is. on_done is called
 * once, from the loop. 0, ERR_IO. */
int diagnose_start(struct diagnose **out, struct crew_shared *shared, const struct plan_cell *cell,
                   struct db *db, int64_t run, void (*on_done)(void *arg), void *arg);
/* Kills the one at work, whose case is due again the next time. */
void diagnose_stop(struct diagnose *d);
void diagnose_free(struct diagnose *d); /* after on_done; NULL is fine */

/* What a command printed about the case. Strings are in arena, without control bytes, cut to
 * DIAGNOSE_TEXT_MAX. 0 or ERR_FORMAT. */
int diagnose_parse(struct diagnosis *out, struct arena *arena, const char *text, size_t len,
                   const char *case_name);
