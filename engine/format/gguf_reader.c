/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/gguf_reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/utf8.h"

enum { TEXT_MAX = 4096 };

uint64_t gguf_reader_load(const uint8_t *p, size_t size) {
    uint64_t v = 0;
    for (size_t i = size; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

int(gguf_reader_fail)(const struct gguf_reader *r, uint64_t offset, const char *fmt, ...) {
    struct buf text;
    va_list ap;
    buf_init(&text, TEXT_MAX);
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    err_set(ERR_FORMAT, "%s: offset %" PRIu64 ": %s", r->path, offset, text.data);
    buf_done(&text);
    return ERR_FORMAT;
}

int gguf_reader_take(struct gguf_reader *r, const char *what, uint64_t n, const uint8_t **out) {
    if (n > r->size - r->at)
        return gguf_reader_fail(r, r->at,
                                "%s takes %" PRIu64 " bytes and %" PRIu64
                                " are left; the file is cut short or damaged, fetch it again",
                                what, n, r->size - r->at);
    *out = r->data + r->at;
    r->at += n;
    return 0;
}

int gguf_reader_u32(struct gguf_reader *r, const char *what, uint32_t *out) {
    const uint8_t *p = NULL;
    int rc = gguf_reader_take(r, what, 4, &p);
    if (rc < 0)
        return rc;
    *out = (uint32_t)gguf_reader_load(p, 4);
    return 0;
}

int gguf_reader_u64(struct gguf_reader *r, const char *what, uint64_t *out) {
    const uint8_t *p = NULL;
    int rc = gguf_reader_take(r, what, 8, &p);
    if (rc < 0)
        return rc;
    *out = gguf_reader_load(p, 8);
    return 0;
}

int gguf_reader_bytes(struct gguf_reader *r, const char *what, const uint8_t **out, uint64_t *len) {
    int rc = gguf_reader_u64(r, what, len);
    return rc < 0 ? rc : gguf_reader_take(r, what, *len, out);
}

int gguf_reader_name(struct gguf_reader *r, const char *what, uint64_t max, const char **out,
                     size_t *len) {
    uint64_t begin = r->at, n = 0;
    const uint8_t *bytes = NULL;
    int rc = gguf_reader_u64(r, what, &n);
    if (rc < 0)
        return rc;
    if (n == 0 || n > max)
        return gguf_reader_fail(r, begin, "%s of %" PRIu64 " bytes, not 1 to %" PRIu64, what, n,
                                max);
    if ((rc = gguf_reader_take(r, what, n, &bytes)) < 0)
        return rc;
    if (memchr(bytes, 0, (size_t)n) || !utf8_valid((const char *)bytes, (size_t)n, NULL))
        return gguf_reader_fail(r, begin, "%s is not UTF-8 text", what);
    *out = (const char *)bytes;
    *len = (size_t)n;
    return 0;
}
