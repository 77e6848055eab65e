/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

/* A cache line, and what the widest vector wants. */
enum { HOST_ALIGNMENT = 64 };

static int host_alloc(void **out, size_t size) {
    if (size > SIZE_MAX - HOST_ALIGNMENT)
        return ERR_NOMEM;
    size_t whole = (size + HOST_ALIGNMENT - 1) / HOST_ALIGNMENT * HOST_ALIGNMENT;
    *out = aligned_alloc(HOST_ALIGNMENT, whole);
    return *out ? 0 : ERR_NOMEM;
}

int buffer_init(struct buffer *out, struct device *dev, size_t size) {
    struct buffer b = {.device = dev, .size = size};
    int rc = 0;
    if (size > 0)
        rc = device_is_host(dev) ? host_alloc(&b.data, size)
                                 : dev->backend->alloc(dev, size, &b.data);
    if (rc < 0)
        return err_set(ERR_NOMEM, "%s has no %zu bytes left", dev->backend->name, size);
    *out = b;
    return 0;
}

void buffer_done(struct buffer *b) {
    if (b->data && device_is_host(b->device))
        free(b->data);
    else if (b->data)
        b->device->backend->free(b->device, b->data);
    *b = (struct buffer){0};
}

/* The device's address of `size` bytes at `offset`. */
static void *range(const struct buffer *b, size_t offset, size_t size) {
    CHECK(offset <= b->size && size <= b->size - offset);
    return (char *)b->data + offset;
}

int buffer_write(struct buffer *b, size_t offset, const void *host, size_t size) {
    if (size == 0)
        return 0;
    return device_write(b->device, range(b, offset, size), host, size);
}

int buffer_read(const struct buffer *b, size_t offset, void *host, size_t size) {
    if (size == 0)
        return 0;
    return device_read(b->device, host, range(b, offset, size), size);
}

/* Two devices know nothing of each other: through the host, whose memory may be large but is not
 * ours to fill. */
static int copy_through_host(struct device *to_dev, char *to, struct device *from_dev,
                             const char *from, size_t size) {
    enum { CHUNK = 1 << 20 };
    void *chunk = malloc(CHUNK);
    int rc = chunk ? 0 : err_set(ERR_NOMEM, "no memory for copying between devices");
    for (size_t at = 0; rc == 0 && at < size; at += CHUNK) {
        size_t len = size - at < CHUNK ? size - at : CHUNK;
        rc = device_read(from_dev, chunk, from + at, len);
        if (rc == 0)
            rc = device_write(to_dev, to + at, chunk, len);
    }
    free(chunk);
    return rc;
}

int buffer_copy(struct buffer *to, size_t to_offset, const struct buffer *from, size_t from_offset,
                size_t size) {
    if (size == 0)
        return 0;
    void *target = range(to, to_offset, size);
    const void *source = range(from, from_offset, size);
    if (device_is_host(from->device))
        return device_write(to->device, target, source, size);
    if (device_is_host(to->device))
        return device_read(from->device, target, source, size);
    if (to->device == from->device)
        return to->device->backend->copy(to->device, target, source, size);
    return copy_through_host(to->device, target, from->device, source, size);
}
