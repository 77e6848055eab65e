/* SPDX-License-Identifier: Apache-2.0 */
/* aprt: the stage files of aprender (`apr trace --save-tensor`).
 *
 * "APRT", the layer as u32 (0xFFFFFFFF: the whole model), the count of values as u32, then that
 * many f32; everything little-endian, several tokens one behind the other. Shape, stage and step
 * are not in the file: its name and folder say the stage and the layer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/tensor/tensor.h"

enum { APRT_HEADER_SIZE = 12 };

struct aprt {
    int layer;            /* -1 = the whole model */
    int64_t count;        /* of values */
    const uint8_t *bytes; /* of the values, unaligned, borrowed */
};

/* name is what messages call the bytes. 0, or ERR_FORMAT for a header cut short, another magic, a
 * layer beyond INT_MAX or a body of another length. */
int aprt_parse(struct aprt *out, const void *bytes, size_t size, const char *name);
/* Writes t's numbers in order; NaN keep their bits when t is f32. layer -1 = the whole model. 0,
 * ERR_LIMIT for more than 2^32 - 1 values, ERR_NOMEM, ERR_IO. */
int aprt_write(const char *path, int layer, const struct tensor *t);
