/* SPDX-License-Identifier: Apache-2.0 */
/* What an agent sends to the proxy, whole and byte by byte: both have to end the same way. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "orchestrator/agent/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct wire whole, part;
    struct buf body, again;
    buf_init(&body, WIRE_BODY_MAX);
    buf_init(&again, WIRE_BODY_MAX);
    int rc = wire_read(&whole, &body, (const char *)data, size);
    if (rc == 1) {
        if (whole.size > size || wire_read(&part, &again, (const char *)data, whole.size) != 1 ||
            body.len != again.len || memcmp(body.data, again.data, body.len) != 0)
            abort();
        if (whole.size && wire_read(&part, &again, (const char *)data, whole.size - 1) == 1)
            abort();
    }
    buf_done(&again);
    buf_done(&body);
    return 0;
}
