/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are either refused or hold as many values as they say. */
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/trace/aprt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct aprt a;
    if (aprt_parse(&a, data, size, "input") < 0)
        return 0;
    CHECK(a.layer >= -1 && a.count >= 0);
    CHECK(a.bytes + 4 * a.count == data + size);
    return 0;
}
