/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/base64.h"

#include <stdint.h>

#include "engine/base/err.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, const void *bytes, size_t len) {
    const uint8_t *b = bytes;
    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t word = (uint32_t)b[i] << 16;
        word |= n > 1 ? (uint32_t)b[i + 1] << 8 : 0;
        word |= n > 2 ? b[i + 2] : 0;
        char four[4];
        for (size_t k = 0; k < 4; k++)
            four[k] = k <= n ? digits[word >> (18 - 6 * k) & 63] : '=';
        buf_add(out, four, 4);
    }
}

static int value_of(char c) {
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* n of the four characters count, 2 to 4. False when one is no digit or bits are left over. */
static bool decode_four(struct buf *out, const char *four, size_t n) {
    uint32_t word = 0;
    for (size_t k = 0; k < 4; k++) {
        int value = k < n ? value_of(four[k]) : 0;
        if (value < 0)
            return false;
        word = word << 6 | (uint32_t)value;
    }
    uint32_t rest = n == 4 ? 0 : n == 3 ? word & 0xff : word & 0xffff;
    const char bytes[3] = {(char)(word >> 16), (char)(word >> 8), (char)word};
    buf_add(out, bytes, n - 1);
    return rest == 0;
}

int base64_decode(struct buf *out, const char *text, size_t len) {
    size_t pads = len > 1 && text[len - 1] == '=' ? 1 + (text[len - 2] == '=') : 0;
    if (len % 4 != 0)
        return err_set(ERR_FORMAT, "base64 of %zu characters is cut short", len);
    for (size_t i = 0; i < len; i += 4)
        if (!decode_four(out, text + i, i + 4 == len ? 4 - pads : 4))
            return err_set(ERR_FORMAT, "no base64 at character %zu", i);
    return buf_ok(out, "what base64 stands for");
}
