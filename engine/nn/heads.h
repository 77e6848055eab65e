/* SPDX-License-Identifier: Apache-2.0 */
/* heads: what is put on top of the stack, and the pooler. */
#pragma once

struct builder;
struct value;

/* x [N,H], the last hidden state. Appends the head's nodes and names its outputs. */
void heads_build(struct builder *b, struct value *x);
