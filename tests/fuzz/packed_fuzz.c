/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are either refused or give tensors whose every byte can be read: as they are, and with
 * the hash of the head made right, which else would refuse all that is behind it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/format/packed.h"
#include "engine/format/packed_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the sums go, so that the bytes are read. */
static volatile unsigned sink;

static void ask(const uint8_t *bytes, size_t size, const char *key) {
    struct packed *p = NULL;
    struct tensor t;
    if (packed_parse(&p, bytes, size, "input", key, NULL) < 0)
        return;
    for (size_t i = 0; i < packed_count(p); i++) {
        CHECK(packed_find(p, packed_name(p, i), &t));
        for (size_t k = 0; k < tensor_size(&t); k++)
            sink += ((const uint8_t *)t.data)[k];
    }
    packed_close(p);
}

static void seal(uint8_t *bytes, size_t size, char key[HASH_HEX_SIZE]) {
    struct packed_head head = {0};
    char hash[HASH_HEX_SIZE];
    if (size >= sizeof(head))
        memcpy(&head, bytes, sizeof(head));
    memcpy(key, head.key, PACKED_HASH);
    if (head.size < sizeof(head) + PACKED_HASH || head.size > size)
        return;
    hash_bytes(bytes, head.size - PACKED_HASH, hash);
    memcpy(bytes + head.size - PACKED_HASH, hash, PACKED_HASH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char key[HASH_HEX_SIZE] = {0};
    uint8_t *bytes = aligned_alloc(PACKED_ALIGN, (size / PACKED_ALIGN + 1) * PACKED_ALIGN);
    CHECK(bytes);
    memcpy(bytes, data, size);
    ask(bytes, size, key);
    seal(bytes, size, key);
    ask(bytes, size, key);
    free(bytes);
    return 0;
}
