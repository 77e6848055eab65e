/* SPDX-License-Identifier: Apache-2.0 */
/* What a model's API answers: no byte of it may make tokens negative. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "orchestrator/agent/usage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct usage use;
    usage_read(&use, (const char *)data, size);
    if (use.input_tokens < 0 || use.output_tokens < 0)
        abort();
    return 0;
}
