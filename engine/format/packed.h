/* SPDX-License-Identifier: Apache-2.0 */
/* packed: tensors as a device lays them out, in a file that the next start maps as it is.
 *
 * A head with a key, a record for each tensor, the checksums of its bytes, and the SHA-256 of all
 * of that; then the bytes themselves, each tensor at a multiple of 64. Such a file is only ever a
 * copy, so whatever is not exactly as it was written is refused, and made again by who can: a file
 * that ends early, a bit that fell over, another key, another user's file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/hash.h"
#include "engine/tensor/tensor.h"

struct packed;
struct pool;

/* Contiguous, rows or panels; tensors may share bytes, which are then written once. */
struct packed_item {
    const char *name;
    const struct tensor *tensor;
};

/* Maps the file and reads all of it once, shared out over the pool (NULL: this thread does all).
 * 0; ERR_NOTFOUND; ERR_IO; ERR_ARG when its key is another; ERR_FORMAT when it is damaged or not
 * this user's own. */
int packed_open(struct packed **out, const char *path, const char *key, struct pool *pool);
/* The same over bytes that the caller keeps until close, aligned to 64. */
int packed_parse(struct packed **out, const void *bytes, size_t size, const char *name,
                 const char *key, struct pool *pool);
void packed_close(struct packed *p); /* NULL is fine; its tensors die with it */

size_t packed_count(const struct packed *p);
const char *packed_name(const struct packed *p, size_t index);
/* A view of the tensor, which is read-only; false when there is none of that name. */
bool packed_find(const struct packed *p, const char *name, struct tensor *out);

/* The file appears whole or not at all, readable by its user alone. It is not waited for to be on
 * disk: what a power cut leaves of it is refused. key: HASH_HEX_SIZE with its NUL. 0; ERR_ARG for
 * a name that is there twice; ERR_LIMIT; ERR_IO, with nothing left behind. */
int packed_write(const char *path, const char *key, const struct packed_item *items, size_t count,
                 struct pool *pool);
