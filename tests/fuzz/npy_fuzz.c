/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are either refused or an array whose elements all lie within them. */
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/trace/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct npy n;
    if (npy_parse(&n, data, size, "input") < 0)
        return 0;
    const uint8_t *begin = n.data;
    CHECK(begin >= data && begin + tensor_span(&n.t) <= data + size);
    CHECK(begin + tensor_size(&n.t) == data + size);
    return 0;
}
