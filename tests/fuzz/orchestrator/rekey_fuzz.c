/* SPDX-License-Identifier: Apache-2.0 */
/* rekey(): what is JSON stays what it was, to the byte. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/parse/rekey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const none[] = {NULL}, *const lists[] = {"failures", "skipped", NULL};
    const char *text = (const char *)data;
    struct json_doc *doc;
    struct buf out;
    buf_init(&out, 8 * size + 64);
    rekey(&out, text, size, none);
    if (json_parse(&doc, text, size, "the input", 0) == 0) {
        CHECK(out.len == size && memcmp(out.data, text, size) == 0);
        json_free(doc);
    }
    buf_reset(&out);
    rekey(&out, text, size, lists);
    buf_done(&out);
    return 0;
}
