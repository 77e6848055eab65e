/* SPDX-License-Identifier: Apache-2.0 */
/* shapes: each op alone, on drawn numbers (drawn.h), in shapes that no checkpoint of a few
 * kilobytes has: batches behind a cache of several chunks, odd groups of heads, rows and tables
 * that end in the middle of whatever a kernel takes at once.
 *
 * The dtype of the cell is that of weights, or of caches where it can be; what has neither is tried
 * in f32. */
#pragma once

#include "engine/check/drawn.h"

struct case_run;

/* On the device of the case's checkpoint, with "threads" of its params. out may be NULL. */
int shapes_run(struct case_run *c, struct drawn_finding *out);
