/* SPDX-License-Identifier: Apache-2.0 */
/* grid: where every model stands in every variant. */
#pragma once

#include "orchestrator/dash/site.h"

/* Models × variants. Up to GRID_WIDE variants have a column with counts and a line of their past;
 * of more each cell is a number on a colour, below the name of its backend, and the counts are
 * what the pointer shows. Variants that no model has on this machine are a sentence below. */
enum { GRID_WIDE = 8 };
void grid_put(struct html *h, const struct site *site);
