/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/plain.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { SPACE = 0x20, DELETE = 0x7f, C1_LEAD = 0xc2, C1_FIRST = 0x80, C1_LAST = 0x9f };

/* A return alone goes back to write over what stands there. */
static bool is_order(unsigned char byte, unsigned char before, char behind) {
    if (byte == '\n' || byte == '\t' || (byte == '\r' && behind == '\n'))
        return false;
    return byte < SPACE || byte == DELETE ||
           (before == C1_LEAD && byte >= C1_FIRST && byte <= C1_LAST);
}

void plain_bytes(char *text, size_t len, unsigned char *before) {
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (is_order(byte, *before, i + 1 < len ? text[i + 1] : '\0'))
            text[i] = '?';
        *before = byte;
    }
}

void plain_print(FILE *to, char *text) {
    unsigned char before = 0;
    if (isatty(fileno(to)))
        plain_bytes(text, strlen(text), &before);
    (void)fputs(text, to);
}
