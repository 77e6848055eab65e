/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/stop.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "engine/token/tokenizer.h"

enum { TEXT_MAX = 1 << 20, RESERVED = 4096 }; /* bytes; the second for a token */

/* Decoders treat the first token of a text in ways of their own; behind this one none is first. */
static const char base_text[] = "abcdef";

static int encode_base(struct stop *s) {
    struct encoding e = {0};
    int rc = tokenizer_encode(s->tokenizer, &e, base_text, strlen(base_text), ENCODE_WHOLE);
    if (rc == 0) {
        s->base = (int64_t)e.len;
        s->ids = xcalloc(e.len + 1, sizeof(*s->ids));
        memcpy(s->ids, e.ids, e.len * sizeof(*s->ids));
        buf_reset(&s->text);
        rc = tokenizer_decode_in(s->scratch, s->tokenizer, &s->text, s->ids, e.len,
                                 DECODE_NO_CLEANUP);
        s->base_text = s->text.len;
    }
    encoding_done(&e);
    return rc;
}

int stop_init(struct stop *s, const struct tokenizer *t, const struct string_list *strings,
              int64_t rows) {
    memset(s, 0, sizeof(*s));
    s->tokenizer = t;
    s->strings = strings;
    s->rows = rows;
    buf_init(&s->text, TEXT_MAX);
    buf_reserve(&s->text, RESERVED);
    s->scratch = decode_scratch_new();
    for (int64_t i = 0; i < strings->len; i++) {
        size_t len = strlen(strings->items[i]);
        if (len > STOP_STRING_MAX)
            return err_set(ERR_LIMIT, "a stop string of %zu bytes exceeds %d", len,
                           STOP_STRING_MAX);
        s->longest = len > s->longest ? len : s->longest;
    }
    s->tails = xcalloc((size_t)rows, sizeof(*s->tails));
    for (int64_t b = 0; b < rows; b++) {
        buf_init(&s->tails[b], TEXT_MAX);
        buf_reserve(&s->tails[b], s->longest + RESERVED);
    }
    return encode_base(s);
}

void stop_done(struct stop *s) {
    for (int64_t b = 0; b < s->rows && s->tails; b++)
        buf_done(&s->tails[b]);
    free(s->tails);
    free(s->ids);
    buf_done(&s->text);
    decode_scratch_free(s->scratch);
    memset(s, 0, sizeof(*s));
}

/* GPT-2's alphabet of bytes: printable Latin-1 stands for itself, the rest for 256, 257 … in
 * order. The byte, or -1. */
static int alphabet_byte(uint32_t cp) {
    int next = 256;
    for (int byte = 0; byte < 256; byte++) {
        bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) ||
                         (byte >= 0xae && byte <= 0xff);
        int stands_for = printable ? byte : next++;
        if ((uint32_t)stands_for == cp)
            return byte;
    }
    return -1;
}

static bool alphabet_text(const char *token, size_t len, struct buf *out) {
    size_t before = out->len;
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        size_t step = utf8_decode(token + at, len - at, &cp);
        int byte = step ? alphabet_byte(cp) : -1;
        if (byte < 0) {
            out->len = before;
            return false;
        }
        buf_putc(out, (char)byte);
        at += step;
    }
    return true;
}

static bool fallback_text(const char *token, size_t len, struct buf *out) {
    if (len != 6 || memcmp(token, "<0x", 3) != 0 || token[5] != '>')
        return false;
    char *end;
    long byte = strtol(token + 3, &end, 16);
    if (end != token + 5)
        return false;
    buf_putc(out, (char)byte);
    return true;
}

int stop_token_text(struct stop *s, int32_t id, struct buf *out) {
    static const char unknown[] = "\xef\xbf\xbd"; /* U+FFFD: half a character was decoded */
    size_t len = 0;
    const char *token = tokenizer_token(s->tokenizer, id, &len);
    if (!token)
        return 0;
    buf_reset(&s->text);
    s->ids[s->base] = id;
    int rc = tokenizer_decode_in(s->scratch, s->tokenizer, &s->text, s->ids, (size_t)s->base + 1,
                                 DECODE_NO_CLEANUP);
    if (rc < 0)
        return rc;
    const char *text = s->text.data;
    size_t skip = s->text.len >= s->base_text ? s->base_text : s->text.len;
    if (strstr(text + skip, unknown) &&
        (fallback_text(token, len, out) || alphabet_text(token, len, out)))
        return 0;
    buf_add(out, text + skip, s->text.len - skip);
    return buf_ok(out, "the text of a token");
}

static bool ends_in(const struct buf *tail, size_t last, const char *string) {
    size_t len = strlen(string);
    /* The match must end behind the bytes that were there before the last token. */
    for (size_t end = tail->len - last + 1; end <= tail->len; end++)
        if (end >= len && memcmp(tail->data + end - len, string, len) == 0)
            return true;
    return false;
}

int stop_push(struct stop *s, int64_t row, int32_t id, bool *stops) {
    struct buf *tail = &s->tails[row];
    size_t before = tail->len;
    int rc = stop_token_text(s, id, tail);
    if (rc < 0)
        return rc;
    *stops = false;
    for (int64_t i = 0; i < s->strings->len && !*stops; i++)
        *stops = ends_in(tail, tail->len - before, s->strings->items[i]);
    if (tail->len > s->longest) {
        size_t drop = tail->len - s->longest;
        memmove(tail->data, tail->data + drop, s->longest + 1);
        tail->len = s->longest;
    }
    return buf_ok(tail, "the text of a token");
}
