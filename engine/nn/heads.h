/* SPDX-License-Identifier: Apache-2.0 */
/* heads: what is put on top of the stack, and the pooler. */
#pragma once

#include "engine/nn/weights.h"

struct builder;
struct value;

/* Rows that several families' heads share. */
extern const struct weight heads_lm[];         /* lm_head, tied when absent */
extern const struct weight heads_score[];      /* score, without a bias */
extern const struct weight heads_classifier[]; /* classifier and its bias */
extern const struct weight heads_spans[];      /* qa_outputs and its bias */

/* x [N,H], the last hidden state. Appends the head's nodes and names its outputs. */
void heads_build(struct builder *b, struct value *x);
