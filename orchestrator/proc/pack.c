/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/pack.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "engine/base/err.h"

enum { LEVEL = 12, LINE = 76, GROUP = 3, DIGITS = 4 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void put_base64(struct buf *out, const unsigned char *data, size_t size) {
    size_t column = 0;
    for (size_t i = 0; i < size; i += GROUP) {
        size_t have = size - i < GROUP ? size - i : GROUP;
        uint32_t word = 0;
        for (size_t k = 0; k < GROUP; k++)
            word = word << 8 | (k < have ? data[i + k] : 0u);
        for (size_t k = 0; k < DIGITS; k++)
            buf_putc(out, k <= have ? alphabet[word >> (18 - 6 * k) & 63] : '=');
        column += DIGITS;
        if (column == LINE || i + GROUP >= size) {
            buf_putc(out, '\n');
            column = 0;
        }
    }
}

int pack_text(struct buf *out, const void *data, size_t size) {
    size_t bound = ZSTD_compressBound(size);
    void *packed = malloc(bound);
    if (!packed)
        return err_set(ERR_NOMEM, "no memory to pack %zu bytes", size);
    size_t len = ZSTD_compress(packed, bound, data, size, LEVEL);
    int rc = ZSTD_isError(len) ? err_set(ERR_IO, "packing: %s", ZSTD_getErrorName(len)) : 0;
    if (rc == 0)
        put_base64(out, packed, len);
    free(packed);
    return rc;
}

static bool is_blank(char c) {
    return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* What stands behind the first filler is no digit any more. */
static int read_base64(struct buf *out, const char *text, size_t len) {
    uint32_t word = 0;
    size_t digits = 0, fillers = 0;
    for (size_t i = 0; i < len; i++) {
        if (is_blank(text[i]))
            continue;
        const char *at = text[i] ? strchr(alphabet, text[i]) : NULL;
        fillers += text[i] == '=';
        if ((!at && text[i] != '=') || (at && fillers) || fillers > 2)
            return err_set(ERR_FORMAT, "byte %zu of what is packed is no base64", i);
        word = word << 6 | (at ? (uint32_t)(at - alphabet) : 0);
        if (++digits % DIGITS)
            continue;
        for (size_t k = 0; k < GROUP - fillers; k++)
            buf_putc(out, (char)(word >> (16 - 8 * k) & 0xff));
        word = 0;
    }
    return digits % DIGITS ? err_set(ERR_FORMAT, "what is packed ends in the middle") : 0;
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
    int rc = read_base64(&packed, text, len);
    if (rc == 0)
        rc = inflate(out, &packed, max);
    buf_done(&packed);
    return rc;
}
