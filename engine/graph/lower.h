/* SPDX-License-Identifier: Apache-2.0 */
/* lower: a graph rewritten for a device, so that each of its nodes is one kernel. */
#pragma once

#include "engine/backend/backend.h"
#include "engine/graph/graph.h"

/* Initialises *out (graph_done() in any case). Composites are taken apart where the device lacks
 * the whole, or wherever there are any with unfused. 0 or ERR_*. */
int lower(struct graph *out, const struct graph *g, const struct device *dev, bool unfused);
/* The node as a kernel is asked about it: shapes, no data. */
struct op_call lower_call(const struct node *n);
