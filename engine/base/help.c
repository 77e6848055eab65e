/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/help.h"

#include <string.h>

static size_t width_of(const char *text, size_t len) {
    size_t width = 0;
    for (size_t i = 0; i < len; i++)
        width += ((unsigned char)text[i] & 0xC0) != 0x80;
    return width;
}

size_t help_width(const char *text) {
    return width_of(text, strlen(text));
}

static void start_line(struct buf *out, size_t indent) {
    buf_printf(out, "\n%*s", (int)indent, "");
}

void help_wrap(struct buf *out, size_t column, size_t indent, const char *text) {
    bool first = true; /* on this line */
    while (*(text += strspn(text, " "))) {
        size_t len = strcspn(text, " "), width = width_of(text, len);
        if (!first && column + 1 + width > HELP_WIDTH) {
            start_line(out, indent);
            column = indent;
            first = true;
        }
        if (!first)
            buf_putc(out, ' ');
        buf_add(out, text, len);
        column += width + !first;
        first = false;
        text += len;
    }
    buf_putc(out, '\n');
}

void help_row(struct buf *out, size_t indent, const char *left, const char *right) {
    size_t column = 2 + help_width(left);
    buf_printf(out, "  %s", left);
    if (column + 2 > indent)
        start_line(out, indent);
    else
        buf_printf(out, "%*s", (int)(indent - column), "");
    help_wrap(out, indent, indent, right);
}
