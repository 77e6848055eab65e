/* SPDX-License-Identifier: Apache-2.0 */
/* ask: one commit is built and the case is run there.
 *
 * The question must be the same everywhere, so the case is the one of the bad end: its worker is
 * given the fixture of that commit. Where that says neither pass nor the same failure (an older
 * program may not understand it), the commit's own fixture is tried when it differs, and counts
 * when it passes or fails the same way: the case has the same id. */
#pragma once

#include <stdbool.h>

struct commits_entry;
struct diary_run;
struct hunt;

/* Fills outcome, status, signature, what, fixture, ms and build_ms. learn: a failure of whatever
 * kind is the one that is looked for from now on. 0, ERR_STOPPED, ERR_IO. */
int ask_commit(struct hunt *h, const struct commits_entry *e, bool learn, struct diary_run *out);
