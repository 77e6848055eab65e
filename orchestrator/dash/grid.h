/* SPDX-License-Identifier: Apache-2.0 */
/* grid: where every model stands in every variant. */
#pragma once

#include "orchestrator/dash/site.h"

/* A table for each suite: models × variants. Up to GRID_WIDE variants have a column with counts and
 * a line of their past. Of more each cell is a square: a colour below the name of its backend, with
 * a number where not all passed; the counts are what the pointer shows. Variants that no model has
 * on this machine are a sentence below. */
enum { GRID_WIDE = 8 };
void grid_put(struct html *h, const struct site *site);
