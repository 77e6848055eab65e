/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a text through a tokenizer: added tokens, normalizers, more added tokens,
 * pre-tokenizers, model; then truncation, template and padding. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "engine/token/impl.h"
#include "engine/token/scratch.h"
#include "engine/token/unicode.h"

static void tokens_done(struct tokens *t) {
    free(t->ids);
    free(t->spans);
    free(t->words);
    free(t->blanks);
    free(t->chunks);
}

void tokenizer_scratch_free(struct encode_scratch *s) {
    if (!s)
        return;
    draft_done(&s->draft);
    model_scratch_done(&s->model);
    tokens_done(&s->text);
    tokens_done(&s->pair);
    free(s->chars);
    free(s);
}

static void tokens_add(struct tokens *t, int32_t id, struct token_span span, int32_t word,
                       uint32_t blanks) {
    if (t->len == t->cap) {
        t->cap = t->cap * 2 + 64;
        t->ids = xrealloc(t->ids, t->cap * sizeof(*t->ids));
        t->spans = xrealloc(t->spans, t->cap * sizeof(*t->spans));
        t->words = xrealloc(t->words, t->cap * sizeof(*t->words));
        t->blanks = xrealloc(t->blanks, t->cap * sizeof(*t->blanks));
    }
    t->ids[t->len] = id;
    t->spans[t->len] = span;
    t->words[t->len] = word;
    t->blanks[t->len++] = blanks;
}

/* -- text to pieces -- */

/* A stretch between non-normalized tokens: rewritten, cut at the normalized ones, and appended
 * to next_text. */
static int normalize_piece(const struct tokenizer *t, struct draft *d, const struct piece *p,
                           struct text *work) {
    text_reset(&d->work, &d->text);
    text_copy(&d->work, &d->text, p->begin, p->end);
    int rc = normalizer_run(&t->normalizers, &d->work, work);
    if (rc < 0)
        return rc;
    size_t begin = d->next_text.len;
    text_copy(&d->next_text, &d->work, 0, d->work.len);
    added_split(&t->added, &t->added.normalized, &d->next_text, begin, d->next_text.len,
                &d->next_pieces);
    return 0;
}

static int extract_and_normalize(const struct tokenizer *t, struct draft *d) {
    struct text work = {0};
    int rc = 0;
    d->pieces.len = d->next_pieces.len = 0;
    added_split(&t->added, &t->added.raw, &d->text, 0, d->text.len, &d->pieces);
    text_reset(&d->next_text, &d->text);
    for (size_t i = 0; i < d->pieces.len && rc == 0; i++) {
        const struct piece *p = &d->pieces.data[i];
        if (p->id >= 0 && t->normalizers.len == 0)
            pieces_add(&d->next_pieces, p->begin, p->end, p->id);
        else if (p->id >= 0)
            draft_carry(d, p);
        else if (t->normalizers.len == 0)
            added_split(&t->added, &t->added.normalized, &d->text, p->begin, p->end,
                        &d->next_pieces);
        else
            rc = normalize_piece(t, d, p, &work);
    }
    text_done(&work);
    if (rc < 0)
        return rc;
    if (t->normalizers.len == 0)
        draft_take_pieces(d);
    else
        draft_take_text(d);
    return 0;
}

/* -- pieces to tokens -- */

static bool is_blank(uint32_t cp) {
    return cp == 0x120 || unicode_is_space(cp); /* 0x120: the space of the byte-level alphabet */
}

/* Leading and trailing blanks, 16 bits each. */
static uint32_t count_blanks(const char *s, size_t len) {
    uint32_t lead = 0, trail = 0;
    size_t n, i = 0;
    for (; i < len && is_blank(text_code(s + i, &n)) && lead < 0xffff; i += n)
        lead++;
    for (i = len; i > 0 && trail < 0xffff; trail++) {
        do
            i--;
        while (i > 0 && ((unsigned char)s[i] & 0xc0) == 0x80);
        if (!is_blank(text_code(s + i, &n)))
            break;
    }
    return lead << 16 | trail;
}

struct tokenization {
    const struct tokenizer *t;
    struct encode_scratch *s;
    struct tokens *out;
    bool blanks; /* offsets will be trimmed */
};

/* A token that reaches beyond its piece (a lone byte of a prefix) has no origin there. */
static struct token_span origin(const struct text *text, const struct piece *p, size_t begin,
                                size_t end) {
    size_t len = p->end - p->begin;
    if (begin >= end || end > len)
        return text->mapped ? (struct token_span){(uint32_t)begin, (uint32_t)end}
                            : (struct token_span){0, 0};
    return text_origin(text, p->begin + begin, p->begin + end);
}

static int tokenize_piece(const struct tokenization *k, const struct piece *p, int32_t word) {
    const struct text *text = &k->s->draft.text;
    const struct symbol *symbols;
    size_t count;
    int rc = model_run(&k->t->model, &k->s->model, k->t->serial, text->data + p->begin,
                       p->end - p->begin, &symbols, &count);
    if (rc < 0)
        return rc;
    for (size_t i = 0, begin = 0, end = 0; i < count; i++) {
        uint32_t blanks = 0;
        if (symbols[i].end != end) {
            begin = end;
            end = symbols[i].end;
        }
        if (k->blanks) {
            struct vocab_name name = vocab_name(&k->t->model.vocab, symbols[i].id);
            blanks = count_blanks(name.data, name.len);
        }
        tokens_add(k->out, symbols[i].id, origin(text, p, begin, end), word, blanks);
    }
    return 0;
}

static int tokenize_pieces(const struct tokenization *k, int32_t word) {
    const struct draft *d = &k->s->draft;
    int rc = 0;
    for (size_t i = 0; i < d->pieces.len && rc == 0; i++) {
        const struct piece *p = &d->pieces.data[i];
        int32_t number = word >= 0 ? word : (int32_t)i;
        if (p->id < 0)
            rc = tokenize_piece(k, p, number);
        else
            tokens_add(k->out, p->id, text_origin(&d->text, p->begin, p->end), number,
                       k->blanks ? count_blanks(d->text.data + p->begin, p->end - p->begin) : 0);
    }
    return rc;
}

/* -- bytes to code points -- */

/* Offsets of tokens[from, end) from bytes of the text as given to code points of it. */
static void count_chars(struct encode_scratch *s, struct tokens *t, size_t from,
                        const struct token_text *text) {
    if (text->len + 1 > s->chars_cap) {
        s->chars_cap = text->len + text->len / 4 + 64;
        s->chars = xrealloc(s->chars, s->chars_cap * sizeof(*s->chars));
    }
    uint32_t count = 0;
    for (size_t i = 0; i < text->len;) {
        uint32_t cp;
        size_t n = utf8_decode(text->data + i, text->len - i, &cp);
        if (n == 0)
            n = utf8_bad_subpart(text->data + i, text->len - i);
        for (size_t k = 0; k < n; k++)
            s->chars[i + k] = count;
        i += n;
        count++;
    }
    s->chars[text->len] = count;
    for (size_t i = from; i < t->len; i++) {
        struct token_span *span = &t->spans[i];
        if (span->begin <= text->len && span->end <= text->len)
            *span = (struct token_span){s->chars[span->begin], s->chars[span->end]};
    }
}

/* One raw text, or one word of a text given as words. */
static int tokenize_text(const struct tokenizer *t, struct encode_scratch *s, struct tokens *out,
                         const struct token_text *text, int32_t word, int flags) {
    bool offsets = (flags & (ENCODE_OFFSETS | ENCODE_BYTE_OFFSETS)) != 0;
    if (text->len > TEXT_INPUT_MAX)
        return err_set(ERR_LIMIT, "the text is over %d bytes", TEXT_INPUT_MAX);
    size_t from = out->len;
    text_set(&s->draft.text, text->data, text->len, offsets || t->pretokenizers.needs_origin);
    int rc = extract_and_normalize(t, &s->draft);
    if (rc == 0)
        rc = pretokenizer_run(&t->pretokenizers, &s->draft);
    struct tokenization k = {t, s, out, offsets && t->post.trims > 0};
    if (rc == 0)
        rc = tokenize_pieces(&k, word);
    if (rc == 0 && offsets && !(flags & ENCODE_BYTE_OFFSETS))
        count_chars(s, out, from, text);
    for (size_t i = from; i < out->len && !offsets; i++)
        out->spans[i] = (struct token_span){0, 0};
    return rc;
}

static int tokenize(const struct tokenizer *t, struct encode_scratch *s, struct tokens *out,
                    const struct token_text *text, size_t len, int flags) {
    int rc = 0;
    out->len = 0;
    if (len != 1 && !(flags & ENCODE_WORDS))
        return err_set(ERR_ARG, "%zu texts that are not words", len);
    for (size_t i = 0; i < len && rc == 0; i++)
        rc = tokenize_text(t, s, out, &text[i], flags & ENCODE_WORDS ? (int32_t)i : -1, flags);
    return rc;
}

int tokenizer_encode_request(const struct tokenizer *t, struct encoding *out,
                             const struct encode_request *r) {
    if (!out->scratch)
        out->scratch = xcalloc(1, sizeof(*out->scratch));
    struct encode_scratch *s = out->scratch;
    struct tokens *pair = r->pair ? &s->pair : NULL;
    const struct truncation *limit = r->truncation;
    const struct padding *padding = r->padding;
    bool special = r->flags & ENCODE_SPECIAL;
    if (!(r->flags & ENCODE_WHOLE)) {
        limit = !limit && t->has_truncation ? &t->truncation : limit;
        padding = !padding && t->has_padding ? &t->padding : padding;
    }
    encoding_reset(out);
    int rc = tokenize(t, s, &s->text, r->text, r->text_len, r->flags);
    if (rc == 0 && pair)
        rc = tokenize(t, s, pair, r->pair, r->pair_len, r->flags);
    tokens_whole(&s->text);
    if (pair)
        tokens_whole(pair);
    if (rc == 0 && limit)
        rc = tokens_truncate(&s->text, pair, limit,
                             !special ? 0
                             : pair   ? t->post.pair.added
                                      : t->post.single.added);
    if (rc == 0)
        rc = tokens_assemble(&t->post, &s->text, pair, special, out);
    if (rc == 0 && padding)
        rc = encoding_pad(out, 1, padding);
    return rc;
}

int tokenizer_encode(const struct tokenizer *t, struct encoding *out, const char *text, size_t len,
                     int flags) {
    struct token_text one = {text, len};
    struct encode_request request = {.text = &one, .text_len = 1, .flags = flags & ~ENCODE_WORDS};
    return tokenizer_encode_request(t, out, &request);
}
