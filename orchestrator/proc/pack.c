/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/pack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "engine/base/base64.h"
#include "engine/base/err.h"

enum { LEVEL = 12, LINE = 76 };

/* Lines that get through mail. */
static int put_lines(struct buf *out, const void *data, size_t size) {
    struct buf text;
    buf_init(&text, size * 2 + 4);
    base64_encode(&text, data, size);
    int rc = buf_ok(&text, "what is packed");
    for (size_t i = 0; rc == 0 && i < text.len; i += LINE) {
        buf_add(out, text.data + i, text.len - i < LINE ? text.len - i : LINE);
        buf_putc(out, '\n');
    }
    buf_done(&text);
    return rc;
}

int pack_text(struct buf *out, const void *data, size_t size) {
    size_t bound = ZSTD_compressBound(size);
    void *packed = malloc(bound);
    if (!packed)
        return err_set(ERR_NOMEM, "no memory to pack %zu bytes", size);
    size_t len = ZSTD_compress(packed, bound, data, size, LEVEL);
    int rc = ZSTD_isError(len) ? err_set(ERR_IO, "packing: %s", ZSTD_getErrorName(len)) : 0;
    if (rc == 0)
        rc = put_lines(out, packed, len);
    free(packed);
    return rc;
}

static bool is_blank(char c) {
    return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

static int read_lines(struct buf *out, const char *text, size_t len) {
    struct buf digits;
    buf_init(&digits, len + 1);
    for (size_t i = 0; i < len; i++)
        if (!is_blank(text[i]))
            buf_putc(&digits, text[i]);
    int rc = base64_decode(out, digits.data, digits.len);
    buf_done(&digits);
    return rc < 0 ? err_while(rc, "what is packed, blanks aside") : 0;
}

static int inflate(struct buf *out, const struct buf *packed, size_t max) {
    unsigned long long size = ZSTD_getFrameContentSize(packed->data, packed->len);
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
        return err_set(ERR_FORMAT, "what is packed is nothing of ours");
    if (size > max)
        return err_set(ERR_LIMIT, "what is packed has more than %zu bytes", max);
    char *room = buf_grow(out, (size_t)size);
    if (!room)
        return buf_ok(out, "what is packed");
    if (ZSTD_decompress(room, (size_t)size, packed->data, packed->len) != size)
        return err_set(ERR_FORMAT, "what is packed is damaged");
    return 0;
}

int pack_read(struct buf *out, const char *text, size_t len, size_t max) {
    struct buf packed;
    buf_init(&packed, len + 1);
    int rc = read_lines(&packed, text, len);
    if (rc == 0)
        rc = inflate(out, &packed, max);
    buf_done(&packed);
    return rc;
}
