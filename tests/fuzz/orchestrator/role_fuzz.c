/* SPDX-License-Identifier: Apache-2.0 */
/* A role file from anywhere: front matter, text, and what the linter makes of it. */
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "orchestrator/agent/lint.h"
#include "orchestrator/agent/role.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct role role;
    struct buf faults;
    if (role_parse(&role, (const char *)data, size, "agents/fuzz.md") != 0)
        return 0;
    buf_init(&faults, 1 << 20);
    (void)lint_role(&faults, &role);
    buf_done(&faults);
    role_done(&role);
    return 0;
}
