/* SPDX-License-Identifier: Apache-2.0 */
/* layout_check: what a plan lacks, which no node of it can show.
 *
 * A weight of the files that nothing reads belongs to a stage that is not computed, or not whole;
 * families that rotate do so in every layer; queries, keys and values lie one behind the other;
 * what is computed is read, what is looked up added once; tokens are numbered from the first; one
 * output a row is the last token's; types of tokens that are given are looked up. To be asked when
 * node_check() has found all nodes right. */
#pragma once

#include "engine/diagnose/node_check.h"

struct weights;

/* routes: of a plan, its inputs' tensors with data. weights: what its model holds. The finding's op
 * is that of the stage. */
void layout_check(const struct plan_route *routes, int count,
                  const struct node_check_options *options, const struct weights *weights,
                  struct node_finding *out);
