/* SPDX-License-Identifier: Apache-2.0 */
/* A trace.json is either refused or, written again, read as the same. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/trace/trace_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write(struct buf *out, const struct trace *t) {
    buf_init(out, TRACE_JSON_MAX);
    trace_json_write(out, t);
    CHECK(buf_ok(out, "the trace") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct trace t, again;
    struct buf once, twice;
    trace_init(&t);
    if (trace_json_read(&t, (const char *)data, size, "input") < 0) {
        trace_done(&t);
        return 0;
    }
    for (size_t i = 0; i < t.item_count; i++)
        CHECK(t.items[i].stage < STAGE_COUNT && t.items[i].layer >= -1);
    write(&once, &t);
    trace_init(&again);
    CHECK(trace_json_read(&again, once.data, once.len, "written") == 0);
    write(&twice, &again);
    CHECK(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
    buf_done(&once);
    buf_done(&twice);
    trace_done(&again);
    trace_done(&t);
    return 0;
}
