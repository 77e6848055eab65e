/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are either refused or give tensors whose every byte can be read. */
#include <stddef.h>
#include <stdint.h>

#include "engine/format/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned sum_bytes(const struct tensor *t) {
    unsigned sum = 0;
    for (size_t i = 0; i < tensor_size(t); i++)
        sum += ((const uint8_t *)t->data)[i];
    return sum;
}

/* Where the sums go, so that the bytes are read. */
static volatile unsigned sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct safetensors *st = NULL;
    if (safetensors_parse(&st, data, size, "input") < 0)
        return 0;
    for (size_t i = 0; i < safetensors_count(st); i++) {
        struct tensor t;
        if (safetensors_get(st, safetensors_at(st, i)->name, &t) == 0)
            sink += sum_bytes(&t);
    }
    safetensors_close(st);
    return 0;
}
