/* SPDX-License-Identifier: Apache-2.0 */
/* buffer: bytes on a device, owned. Tensors are views into them. */
#pragma once

#include <stddef.h>

#include "engine/backend/device.h"

struct buffer {
    struct device *device;
    void *data;  /* the device's address, aligned to at least 64 bytes; NULL when size is 0 */
    size_t size; /* bytes */
};

/* Uninitialised. 0 or ERR_NOMEM, which names the size; then *out is left alone. */
int buffer_init(struct buffer *out, struct device *dev, size_t size);
void buffer_done(struct buffer *b); /* copes with a zeroed struct */

/* Offsets and sizes are bytes within the buffer (CHECKed). 0 or the device's failure. */
int buffer_write(struct buffer *b, size_t offset, const void *host, size_t size);
int buffer_read(const struct buffer *b, size_t offset, void *host, size_t size);
/* Between buffers of one device or two; ranges in one buffer must not overlap. */
int buffer_copy(struct buffer *to, size_t to_offset, const struct buffer *from, size_t from_offset,
                size_t size);
