/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as lines of a worker and of a journal: an event or a sentence, and an index that can
 * still be read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "orchestrator/store/db.h"
#include "orchestrator/sweep/event.h"
#include "orchestrator/sweep/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_line(struct index *ix, const char *line, size_t len) {
    struct event e;
    struct arena arena;
    struct buf quoted;
    arena_init(&arena, 0);
    buf_init(&quoted, 4096);
    if (event_parse(&e, &arena, line, len) < 0)
        event_quote(&quoted, line, len, 100);
    buf_done(&quoted);
    arena_done(&arena);
    (void)index_add(ix, line, len, (int64_t)len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct db *db;
    struct index ix;
    if (!db && db_open(&db, ":memory:", DB_CREATE) < 0)
        abort();
    if (index_open(&ix, db, "fuzzed") < 0)
        abort();
    const char *line = (const char *)data, *end = line + size;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t len = stop ? (size_t)(stop - line) : (size_t)(end - line);
        try_line(&ix, line, len);
        line += len + 1;
    }
    index_close(&ix); /* rolls back: each input meets an empty index */
    return 0;
}
