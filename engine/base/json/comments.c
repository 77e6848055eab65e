/* SPDX-License-Identifier: Apache-2.0 */
/* Comments and trailing commas, for documents that people write. They become spaces. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json/scan.h"
#include "engine/base/utf8.h"

struct blanker {
    char *text;
    size_t len, pos;
    const char *name;
    char before;  /* the last byte that was no space and no comment, ahead of comma */
    size_t comma; /* where a comma waits for what follows it; len: nowhere */
};

static int fail(const struct blanker *b, size_t offset, const char *what) {
    size_t line = 1;
    for (size_t i = 0; i < offset; i++)
        line += b->text[i] == '\n';
    return err_set(ERR_FORMAT, "%s: line %zu, offset %zu: %s", b->name, line, offset, what);
}

/* Line breaks stay, so that later messages count lines rightly. */
static int blank(struct blanker *b, size_t begin, size_t end) {
    size_t bad;
    if (!utf8_valid(b->text + begin, end - begin, &bad))
        return fail(b, begin + bad, "this is not UTF-8");
    for (size_t i = begin; i < end; i++)
        if (b->text[i] != '\n')
            b->text[i] = ' ';
    b->pos = end;
    return 0;
}

static int blank_line_comment(struct blanker *b) {
    const char *end = memchr(b->text + b->pos, '\n', b->len - b->pos);
    return blank(b, b->pos, end ? (size_t)(end - b->text) : b->len);
}

static int blank_block_comment(struct blanker *b) {
    for (size_t i = b->pos + 2; i + 1 < b->len; i++)
        if (b->text[i] == '*' && b->text[i + 1] == '/')
            return blank(b, b->pos, i + 2);
    return fail(b, b->pos, "this comment never ends");
}

static void skip_string(struct blanker *b) {
    for (b->pos++; b->pos < b->len && b->text[b->pos] != '"'; b->pos++)
        if (b->text[b->pos] == '\\')
            b->pos++;
    if (b->pos < b->len)
        b->pos++; /* the closing quote; a string without one is the scanner's to report */
    else
        b->pos = b->len;
}

/* A byte of the document itself. A comma is blanked when it stands between a value and a closing
 * bracket: "[,]" and "[1,,]" stay wrong. */
static void take(struct blanker *b, char c) {
    if ((c == ']' || c == '}') && b->comma < b->len && !strchr("[{,:", b->before))
        b->text[b->comma] = ' ';
    if (c == ',' && b->comma == b->len) {
        b->comma = b->pos;
    } else {
        b->before = c;
        b->comma = b->len;
    }
    if (c == '"')
        skip_string(b);
    else
        b->pos++;
}

int json_blank_comments(char *text, size_t len, const char *name) {
    struct blanker b = {.len = len, .name = name, .before = ',', .comma = len};
    b.text = text;
    int rc = 0;
    while (rc == 0 && b.pos < len) {
        char c = text[b.pos], next = 0;
        if (b.pos + 1 < len)
            next = text[b.pos + 1];
        if (c == '/' && next == '/')
            rc = blank_line_comment(&b);
        else if (c == '/' && next == '*')
            rc = blank_block_comment(&b);
        else if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
            b.pos++;
        else
            take(&b, c);
    }
    return rc;
}
