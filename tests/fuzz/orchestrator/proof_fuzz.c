/* SPDX-License-Identifier: Apache-2.0 */
/* A proof of a fix from anywhere: read, looked at, shown, and written the same again; and the
 * record of a fix, and what is packed in a page. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/fix/record.h"
#include "orchestrator/proc/pack.h"
#include "orchestrator/proof/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct proof *p, struct arena *arena) {
    struct proof_faults faults = {.arena = arena};
    struct proof again;
    struct buf one, two, page;
    buf_init(&one, PROOF_FILE_MAX);
    buf_init(&two, PROOF_FILE_MAX);
    buf_init(&page, PROOF_FILE_MAX);
    CHECK(proof_holds(p, &faults) == (faults.len == 0));
    CHECK(proof_write(&one, p) == 0);
    CHECK(proof_read(&again, arena, one.data, one.len, "again") == 0);
    CHECK(proof_write(&two, &again) == 0 && strcmp(one.data, two.data) == 0);
    proof_text(&page, p);
    CHECK(page.len <= PROOF_PAGE_MAX);
    buf_done(&one);
    buf_done(&two);
    buf_done(&page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena;
    struct fix_record record;
    struct proof p;
    arena_init(&arena, 0);
    if (proof_read(&p, &arena, (const char *)data, size, "proof.json") == 0)
        use(&p, &arena);
    struct buf plain;
    buf_init(&plain, 1 << 20);
    (void)pack_read(&plain, (const char *)data, size, 1 << 20);
    buf_done(&plain);
    (void)fix_record_read(&record, &arena, (const char *)data, size, "fix.json");
    arena_done(&arena);
    return 0;
}
