/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/base64.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static int digit(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* RFC 4648 §4. len is a multiple of four. */
static const char *decode(char *out, size_t size, const char *text, size_t len) {
    size_t n = 0;
    for (size_t i = 0; i < len; i += 4) {
        uint32_t word = 0;
        size_t pad = 0;
        for (size_t k = 0; k < 4; k++) {
            bool filler = text[i + k] == '=' && i + 4 == len && k >= 2;
            int d = filler ? 0 : digit(text[i + k]);
            if (d < 0 || (pad && !filler))
                return NULL;
            pad += filler;
            word = word << 6 | (uint32_t)d;
        }
        for (size_t k = 0; k < 3 - pad; k++) {
            char byte = (char)(word >> (16 - 8 * k) & 0xFF);
            if (!byte || n + 1 >= size)
                return NULL;
            out[n++] = byte;
        }
    }
    out[n] = '\0';
    return out;
}

const char *base64_header(char *out, size_t size, const char *header) {
    static const char begin[] = "=?base64?", end[] = "?=";
    size_t len = strlen(header), b = strlen(begin), e = strlen(end);
    if (len < b + e || memcmp(header, begin, b) != 0 || memcmp(header + len - e, end, e) != 0)
        return header;
    len -= b + e;
    return len % 4 ? NULL : decode(out, size, header + b, len);
}
