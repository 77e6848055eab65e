/* SPDX-License-Identifier: Apache-2.0 */
/* Byte-level tokens become bytes at once; what could still become a character is held. Any other
 * decoder is run over a window of recent tokens, without and with the new one, and the difference
 * is what is new – HF's DecodeStream. Unlike it, a run of byte-fallback tokens is held to its
 * end, because one bad byte spoils all of the run; and tidying spaces works on stretches that no
 * rule can reach across. */
#include "engine/token/stream.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "engine/token/impl.h"

enum { WINDOW = 128, TOKEN_BYTES = 256 }; /* tokens and bytes beyond which memory may grow */

struct token_stream {
    const struct tokenizer *t;
    int flags;
    bool cleans;
    int32_t *ids; /* the window */
    size_t len, cap;
    size_t prefix_ids; /* how many of them prefix is the text of */
    struct buf prefix, text;
    struct decode_scratch scratch;
    struct buf tidied, spare;
    struct buf held; /* bytes of an unfinished character, or text that may yet be tidied */
};

/* What a window of ordinary tokens needs, so that nothing grows while they flow. */
static void reserve(struct token_stream *s) {
    size_t longest = s->t->model.vocab.longest;
    size_t room = WINDOW * (longest < TOKEN_BYTES ? longest : TOKEN_BYTES) + 1;
    struct buf *bufs[] = {&s->prefix, &s->text, &s->held, &s->tidied, &s->spare, &s->scratch.text};
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
        buf_reserve(bufs[i], room);
    strings_reserve(&s->scratch.tokens, WINDOW, room);
    strings_reserve(&s->scratch.spare, WINDOW, room);
    s->cap = WINDOW;
    s->ids = xcalloc(s->cap, sizeof(*s->ids));
}

struct token_stream *token_stream_new(const struct tokenizer *t, int flags) {
    struct token_stream *s = xcalloc(1, sizeof(*s));
    s->t = t;
    s->flags = (flags | DECODE_NO_CLEANUP) & ~DECODE_CLEANUP;
    s->cleans = tokenizer_cleans(t, flags);
    buf_init(&s->prefix, TEXT_MAX);
    buf_init(&s->text, TEXT_MAX);
    buf_init(&s->held, TEXT_MAX);
    buf_init(&s->tidied, TEXT_MAX);
    buf_init(&s->spare, TEXT_MAX);
    decode_scratch_init(&s->scratch);
    reserve(s);
    return s;
}

void token_stream_free(struct token_stream *s) {
    if (!s)
        return;
    free(s->ids);
    buf_done(&s->prefix);
    buf_done(&s->text);
    buf_done(&s->held);
    buf_done(&s->tidied);
    buf_done(&s->spare);
    decode_scratch_done(&s->scratch);
    free(s);
}

void token_stream_reset(struct token_stream *s) {
    s->len = s->prefix_ids = 0;
    buf_reset(&s->prefix);
    buf_reset(&s->held);
}

/* -- tidying spaces -- */

/* The end of what no rule can change any more. All rules begin with a space; one at a space that
 * an ordinary character follows does not match, and only " ' " could end there. */
static size_t tidy_end(const struct buf *held) {
    for (size_t i = held->len; i > 1; i--) {
        const char *s = held->data + i - 1;
        if (s[0] == ' ' && s[1] && !strchr(".?!,'n ", s[1]) && s[-1] != ' ' && s[-1] != '\'')
            return i - 1;
    }
    return 0;
}

static void emit_tidied(struct token_stream *s, struct buf *out, const char *text, size_t len) {
    buf_reset(&s->tidied);
    buf_add(&s->tidied, text, len);
    strings_tidy(&s->tidied, &s->spare);
    buf_add(out, s->tidied.data, s->tidied.len);
}

static void emit(struct token_stream *s, struct buf *out, const char *text, size_t len) {
    if (!s->cleans) {
        buf_add(out, text, len);
        return;
    }
    buf_add(&s->held, text, len);
    size_t end = tidy_end(&s->held), rest = s->held.len - end;
    if (end == 0)
        return;
    emit_tidied(s, out, s->held.data, end);
    memmove(s->held.data, s->held.data + end, rest + 1);
    s->held.len = rest;
}

/* -- bytes -- */

static void push_bytes(struct token_stream *s, const char *token, size_t len, struct buf *out) {
    struct buf *held = &s->held;
    decoder_byte_level(held, token, len);
    size_t tail = utf8_incomplete_tail(held->data, held->len);
    strings_lossy(out, held->data, held->len - tail);
    memmove(held->data, held->data + held->len - tail, tail + 1);
    held->len = tail;
}

/* -- windows -- */

static int decode(struct token_stream *s, struct buf *out) {
    buf_reset(out);
    return tokenizer_decode_in(&s->scratch, s->t, out, s->ids, s->len, s->flags);
}

static bool ends_in_replacement(const struct buf *b) {
    return b->len >= 3 && memcmp(b->data + b->len - 3, "\xef\xbf\xbd", 3) == 0;
}

static bool extends(const struct buf *text, const struct buf *prefix) {
    return text->len > prefix->len && memcmp(text->data, prefix->data, prefix->len) == 0;
}

/* "<0x0A>", of which a run is one piece to the ByteFallback decoder. */
static bool is_byte_token(const char *token, size_t len) {
    return len == 6 && memcmp(token, "<0x", 3) == 0 && token[5] == '>';
}

static int push_window(struct token_stream *s, int32_t id, bool hold, struct buf *out) {
    if (s->len == s->cap) {
        s->cap = s->cap * 2 + 16;
        s->ids = xrealloc(s->ids, s->cap * sizeof(*s->ids));
    }
    s->ids[s->len++] = id;
    if (hold)
        return 0;
    int rc = decode(s, &s->text);
    if (rc < 0 || !extends(&s->text, &s->prefix) || ends_in_replacement(&s->text))
        return rc;
    emit(s, out, s->text.data + s->prefix.len, s->text.len - s->prefix.len);
    /* The window goes on with the tokens behind the old prefix. */
    memmove(s->ids, s->ids + s->prefix_ids, (s->len - s->prefix_ids) * sizeof(*s->ids));
    s->len -= s->prefix_ids;
    s->prefix_ids = s->len;
    return decode(s, &s->prefix);
}

int token_stream_push(struct token_stream *s, int32_t id, struct buf *out) {
    size_t len;
    const char *token = tokenizer_shown(s->t, id, s->flags, &len);
    int rc = 0;
    if (!token)
        return 0;
    if (s->t->decoders.byte_level && !s->cleans)
        push_bytes(s, token, len, out);
    else
        rc = push_window(s, id, s->t->decoders.whole || is_byte_token(token, len), out);
    return rc < 0 ? rc : buf_ok(out, "the decoded text");
}

int token_stream_finish(struct token_stream *s, struct buf *out) {
    int rc = 0;
    if (s->t->decoders.byte_level && !s->cleans) {
        strings_lossy(out, s->held.data, s->held.len);
    } else {
        rc = s->len ? decode(s, &s->text) : 0;
        if (rc == 0 && s->len && extends(&s->text, &s->prefix))
            emit(s, out, s->text.data + s->prefix.len, s->text.len - s->prefix.len);
        if (rc == 0 && s->cleans)
            emit_tidied(s, out, s->held.data, s->held.len);
    }
    token_stream_reset(s);
    return rc < 0 ? rc : buf_ok(out, "the decoded text");
}
