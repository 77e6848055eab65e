/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_names: what a family's tensors are called in a GGUF file.
 *
 * Rows are of stems: the part behind the last dot (weight, bias) is the same in both worlds. A
 * family's rows hide those of its base. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arch;

struct gguf_name {
    const char *name; /* HF's stem, as the rows of weights have it: "self_attn.q_proj" */
    const char *gguf; /* "attn_q"; of a layer, what follows "blk.N." */
    bool paired;      /* rows of a head are in the order that rotates neighbours, not halves */
};
#define GGUF_NAME_END \
    { NULL, NULL, false }

/* The row for a weight's name, or NULL when a GGUF file has no such tensor. */
const struct gguf_name *gguf_name_find(const struct arch *a, const char *name);
/* Writes prefix, then the name in a GGUF file (HF's own when there is none). */
void gguf_name_write(char *out, size_t size, const struct arch *a, const char *prefix,
                     const char *name);
