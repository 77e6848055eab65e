/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/base64.h"

#include <string.h>

#include "engine/base/base64.h"

static const char *decode(char *out, size_t size, const char *text, size_t len) {
    struct buf bytes;
    buf_init(&bytes, size - 1);
    int rc = base64_decode(&bytes, text, len);
    bool fits = rc == 0 && !memchr(bytes.data, 0, bytes.len);
    if (fits)
        memcpy(out, bytes.data, bytes.len + 1);
    buf_done(&bytes);
    return fits ? out : NULL;
}

const char *base64_header(char *out, size_t size, const char *header) {
    static const char begin[] = "=?base64?", end[] = "?=";
    size_t len = strlen(header), b = strlen(begin), e = strlen(end);
    if (len < b + e || memcmp(header, begin, b) != 0 || memcmp(header + len - e, end, e) != 0)
        return header;
    return decode(out, size, header + b, len - b - e);
}
