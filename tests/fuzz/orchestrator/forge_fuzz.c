/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the answer of each forge: a list, a pull request, a refusal. What is read has a
 * number and an address, and nothing is said beyond its room. */
#include <stdint.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/forge/forge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_BYTES = 64 << 10, SAID = 600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    const struct forge_wish wish = {
        .base = "main", .branch = "fix", .head_repo = "up/engine", .title = "", .body = ""};
    struct arena arena;
    char said[SAID];
    if (size > SIZE_MAX_BYTES)
        return 0;
    arena_init(&arena, 0);
    for (const struct forge_kind *const *k = forge_table; *k; k++) {
        const struct forge f = {.kind = *k, .arena = &arena, .repo = "up/engine"};
        struct forge_pull pull = {.number = 0};
        size_t count = 0;
        if (forge_read_list(&f, &wish, text, size, &pull, &count) == 0 && pull.number)
            CHECK(pull.number > 0 && pull.url && pull.title && pull.body && count > 0);
        if (forge_read(&f, text, size, &pull) == 0)
            CHECK(pull.number > 0 && pull.url && pull.title && pull.body);
    }
    forge_explain(text, size, said, sizeof(said));
    CHECK(memchr(said, '\0', sizeof(said)));
    arena_done(&arena);
    return 0;
}
