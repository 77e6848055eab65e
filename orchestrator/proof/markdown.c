/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proof/markdown.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"

enum { PIECE_MAX = 64 << 10, DASHES = 3 };

/* U+202A…202E and U+2066…2069 turn the writing around; U+200E, F, U+2028 and 9 are as unseen. */
static bool is_unseen(uint32_t cp) {
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x200b && cp <= 0x200f) ||
           (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff;
}

static bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether it would begin or end markup where it stands; `\` before it is CommonMark's own escape.
 * What is harmless stays as it is: the page is also read as it is written. */
static bool is_markup(const char *text, size_t i) {
    char next = text[i + 1];
    switch (text[i]) {
    case '_':
        return !(i && is_word(text[i - 1]) && is_word(next));
    case '&':
        return next == '#' || is_word(next);
    case '#':
    case '+':
    case '-':
    case '=':
        return i == 0;
    default:
        return strchr("\\`*[]<>|~$", text[i]) != NULL;
    }
}

/* Whether a forge would call somebody with it, or link an issue, or close it: "@all", "o/r#2",
 * "GH-2", and the address of one. */
static bool is_call(const char *text, size_t i) {
    switch (text[i]) {
    case '@':
    case '#':
        return is_word(text[i + 1]);
    case '-':
        return i > 1 && strncasecmp(text + i - 2, "gh", 2) == 0 && text[i + 1] >= '0' &&
               text[i + 1] <= '9';
    case ':':
        return strncmp(text + i, "://", 3) == 0;
    default:
        return false;
    }
}

static void put_word(struct buf *out, const char *text, size_t i) {
    if (is_markup(text, i))
        buf_putc(out, '\\');
    buf_putc(out, text[i]);
    if (is_call(text, i))
        buf_puts(out, "\u200b");
}

static void put_plain(struct buf *out, const char *text, size_t i) {
    buf_putc(out, text[i]);
    if (is_call(text, i))
        buf_putc(out, ' ');
}

static void put_code(struct buf *out, const char *text, size_t i) {
    if (text[i] == '|') /* it ends a cell, in code too */
        buf_putc(out, '\\');
    buf_putc(out, text[i] == '`' ? '\'' : text[i]);
}

typedef void put_fn(struct buf *out, const char *text, size_t i);

static void put_text(struct buf *out, const char *text, size_t max, put_fn *put) {
    size_t len = strlen(text), n = 0;
    for (size_t i = 0; i < len; n++) {
        uint32_t cp = UTF8_REPLACEMENT;
        size_t size = utf8_decode(text + i, len - i, &cp);
        if (n == max) {
            buf_puts(out, "…");
            return;
        }
        if (is_unseen(cp))
            buf_putc(out, ' ');
        else if (size == 1)
            put(out, text, i);
        else if (size)
            buf_add(out, text + i, size);
        else
            buf_puts(out, "\uFFFD");
        i += size ? size : utf8_bad_subpart(text + i, len - i);
    }
}

static const char *piece(struct arena *arena, const char *text, size_t max, const char *around,
                         put_fn *put) {
    struct buf out;
    buf_init(&out, PIECE_MAX);
    buf_puts(&out, around);
    put_text(&out, *text ? text : " ", max, put);
    buf_puts(&out, around);
    const char *kept = arena_strndup(arena, out.data, out.len);
    buf_done(&out);
    return kept;
}

const char *markdown_words(struct arena *arena, const char *text, size_t max) {
    return piece(arena, text, max, "", put_word);
}

const char *markdown_plain(struct arena *arena, const char *text, size_t max) {
    return piece(arena, text, max, "", put_plain);
}

const char *markdown_code(struct arena *arena, const char *text, size_t max) {
    return piece(arena, text, max, "`", put_code);
}

static size_t width_of(const char *cell) {
    size_t n = 0;
    for (; *cell; cell++)
        n += ((unsigned char)*cell & 0xc0) != 0x80;
    return n;
}

static void put_many(struct buf *out, char c, size_t n) {
    while (n--)
        buf_putc(out, c);
}

static size_t column_width(const char *const *cells, size_t rows, size_t columns, size_t column) {
    size_t widest = DASHES;
    for (size_t i = 0; i < rows; i++) {
        size_t width = width_of(cells[i * columns + column]);
        widest = width > widest ? width : widest;
    }
    return widest;
}

void markdown_table(struct buf *out, const char *const *cells, size_t rows, size_t columns,
                    size_t right) {
    for (size_t i = 0; i < rows + 1; i++) { /* row 1 of the text is the line below the head */
        for (size_t k = 0; k < columns; k++) {
            size_t width = column_width(cells, rows, columns, k);
            const char *cell = i == 1 ? "" : cells[(i ? i - 1 : 0) * columns + k];
            size_t blank = width - width_of(cell);
            buf_puts(out, k ? " " : "| ");
            if (i == 1) {
                buf_putc(out, k < right ? ':' : '-');
                put_many(out, '-', width - 2);
                buf_putc(out, k < right ? '-' : ':');
            } else {
                put_many(out, ' ', k < right ? 0 : blank);
                buf_puts(out, cell);
                put_many(out, ' ', k < right ? blank : 0);
            }
            buf_puts(out, " |");
        }
        buf_putc(out, '\n');
    }
}
