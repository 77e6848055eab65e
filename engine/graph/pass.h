/* SPDX-License-Identifier: Apache-2.0 */
/* pass: what rewriting a graph needs beyond building one, where shapes are known to be right. */
#pragma once

#include "engine/graph/graph.h"

/* Any view: t's shape and strides, `offset` elements behind the beginning of base's own bytes. */
struct value *graph_view(struct graph *g, struct value *base, const struct tensor *t,
                         int64_t offset);
/* graph_into() without its checks. */
void graph_place(struct graph *g, struct value *v, struct value *base, const struct tensor *t,
                 int64_t offset);
/* graph_stage() after a given node. */
void graph_add_stage(struct graph *g, const struct graph_stage *s);
