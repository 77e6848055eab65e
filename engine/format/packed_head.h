/* SPDX-License-Identifier: Apache-2.0 */
/* packed_head: what stands before the bytes of a packed file. For packed.c and packed_writer.c. */
#pragma once

#include <stdint.h>

#include "engine/base/hash.h"
#include "engine/tensor/tensor.h"

struct pool;

/* Numbers as the machine has them: on one of another order the magic is another. */
#define PACKED_MAGIC UINT64_C(0x4B4341504C554E01)
enum {
    PACKED_VERSION = 1,
    PACKED_PAGE = 4096, /* the head ends at a multiple */
    PACKED_ALIGN = 64,  /* and each tensor begins at one */
    PACKED_HASH = HASH_HEX_SIZE - 1,
    PACKED_NAME_MAX = 64 << 10, /* bytes */
    PACKED_ITEMS_MAX = 1 << 20,
    PACKED_HEAD_MAX = 1 << 28,
};

/* The head, how many sums there are (u64), they, records, names, zeros, and in the last PACKED_HASH
 * bytes the hash of all that. */
struct packed_head {
    uint64_t magic;
    uint32_t version, count; /* of records */
    uint64_t size, data;     /* bytes of the head with all that belongs to it, and behind it */
    char key[PACKED_HASH];
};

struct packed_record {
    char dtype[8];
    uint32_t layout, rank;
    int64_t shape[TENSOR_RANK_MAX];
    uint64_t begin;     /* bytes behind the head */
    uint32_t name, len; /* where in the names, bytes without its NUL */
};

/* Sums of all tensors in order, one for each piece of the bytes of each. */
uint64_t packed_sums_count(const struct tensor *tensors, size_t count);
void packed_sums(uint64_t *sums, const struct tensor *tensors, size_t count, struct pool *pool);
