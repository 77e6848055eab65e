/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a rule file: rules or a sentence. */
#include <stdint.h>

#include "engine/base/arena.h"
#include "orchestrator/parse/rule_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct rule_file file;
    struct arena arena;
    arena_init(&arena, 0);
    (void)rule_file_parse(&file, &arena, (const char *)data, size, "fuzzed");
    arena_done(&arena);
    return 0;
}
