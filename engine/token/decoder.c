/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/decoder.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "engine/token/component.h"
#include "engine/token/draft.h"
#include "engine/token/regex.h"
#include "engine/token/unicode.h"

struct decoder {
    const struct decoder_type *type;
    struct pattern pattern; /* of Replace */
    char *text;             /* suffix, prefix, content or pad_token */
    char *delimiter;        /* of CTC */
    bool cleanup;           /* of WordPiece and CTC */
    bool drop_first;        /* of Metaspace: the first token's marks vanish */
    uint32_t code;          /* of Metaspace and Strip */
    int64_t start, stop;    /* of Strip */
};

struct decoder_type {
    const char *name;
    int (*parse)(struct decoder *d, struct json at); /* NULL: no fields */
    int (*run)(const struct decoder *d, const struct strings *in, struct strings *out);
};

/* -- ByteLevel and ByteFallback -- */

void decoder_byte_level(struct buf *out, const char *token, size_t len) {
    size_t start = out->len, n;
    for (size_t i = 0; i < len; i += n) {
        int byte = unicode_to_byte(text_code(token + i, &n));
        if (byte < 0) {
            out->len = start;
            buf_add(out, token, len);
            return;
        }
        buf_putc(out, (char)byte);
    }
}

static int run_byte_level(const struct decoder *d, const struct strings *in, struct strings *out) {
    (void)d;
    struct buf *raw = &out->work[0];
    size_t len;
    buf_reset(raw);
    for (size_t i = 0; i < in->len; i++) {
        const char *s = strings_at(in, i, &len);
        decoder_byte_level(raw, s, len);
    }
    strings_lossy(&out->bytes, raw->data, raw->len);
    strings_end(out);
    return 0;
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The byte of "<0x0A>", or -1. Rust's parser takes "+A" for two digits as well. */
static int fallback_byte(const char *s, size_t len) {
    if (len != 6 || memcmp(s, "<0x", 3) != 0 || s[5] != '>')
        return -1;
    int high = s[3] == '+' ? 0 : hex_digit(s[3]), low = hex_digit(s[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* A run of byte tokens is one text when it is UTF-8, else one U+FFFD for each of them. */
static void flush_bytes(struct buf *raw, struct strings *out) {
    if (raw->len && utf8_valid(raw->data, raw->len, NULL))
        strings_add(out, raw->data, raw->len);
    else
        for (size_t i = 0; i < raw->len; i++)
            strings_add(out, "\xef\xbf\xbd", 3);
    buf_reset(raw);
}

static int run_byte_fallback(const struct decoder *d, const struct strings *in,
                             struct strings *out) {
    (void)d;
    struct buf *raw = &out->work[0];
    size_t len;
    buf_reset(raw);
    for (size_t i = 0; i < in->len; i++) {
        const char *s = strings_at(in, i, &len);
        int byte = fallback_byte(s, len);
        if (byte >= 0) {
            buf_putc(raw, (char)byte);
            continue;
        }
        flush_bytes(raw, out);
        strings_add(out, s, len);
    }
    flush_bytes(raw, out);
    return 0;
}

/* -- the others -- */

static int run_fuse(const struct decoder *d, const struct strings *in, struct strings *out) {
    (void)d;
    strings_add(out, in->bytes.data, in->bytes.len);
    return 0;
}

static int run_bpe(const struct decoder *d, const struct strings *in, struct strings *out) {
    size_t len;
    for (size_t i = 0; i < in->len; i++) {
        const char *s = strings_at(in, i, &len);
        strings_replace(&out->bytes, s, len, d->text, i + 1 == in->len ? "" : " ");
        strings_end(out);
    }
    return 0;
}

static int run_wordpiece(const struct decoder *d, const struct strings *in, struct strings *out) {
    struct buf *word = &out->work[0];
    size_t len, prefix = strlen(d->text);
    for (size_t i = 0; i < in->len; i++) {
        const char *s = strings_at(in, i, &len);
        bool joined = i > 0 && len >= prefix && memcmp(s, d->text, prefix) == 0;
        buf_reset(word);
        if (i > 0 && !joined)
            buf_putc(word, ' ');
        buf_add(word, s + (joined ? prefix : 0), len - (joined ? prefix : 0));
        if (d->cleanup)
            strings_tidy_more(word, &out->work[2]);
        strings_add(out, word->data, word->len);
    }
    return 0;
}

static int run_ctc(const struct decoder *d, const struct strings *in, struct strings *out) {
    struct buf *word = &out->work[0], *next = &out->work[1];
    size_t len, last_len = 0;
    const char *last = NULL;
    for (size_t i = 0; i < in->len; i++) {
        const char *s = strings_at(in, i, &len);
        bool again = last && len == last_len && memcmp(s, last, len) == 0;
        last = s;
        last_len = len;
        if (again)
            continue;
        buf_reset(word);
        strings_replace(word, s, len, d->text, "");
        if (d->cleanup) {
            strings_tidy_more(word, &out->work[2]);
            buf_reset(next);
            strings_replace(next, word->data, word->len, d->delimiter, " ");
            strings_add(out, next->data, next->len);
        } else {
            strings_add(out, word->data, word->len);
        }
    }
    return 0;
}

static int run_metaspace(const struct decoder *d, const struct strings *in, struct strings *out) {
    size_t len, n;
    for (size_t i = 0; i < in->len; i++) {
        const char *s = strings_at(in, i, &len);
        for (size_t k = 0; k < len; k += n) {
            if (text_code(s + k, &n) != d->code)
                buf_add(&out->bytes, s + k, n);
            else if (i > 0 || !d->drop_first)
                buf_putc(&out->bytes, ' ');
        }
        strings_end(out);
    }
    return 0;
}

static int run_replace(const struct decoder *d, const struct strings *in, struct strings *out) {
    struct regex_walk walk;
    size_t len;
    int rc = 0;
    if (d->pattern.regex)
        regex_walk_init(&walk, d->pattern.regex);
    for (size_t i = 0; i < in->len && rc >= 0; i++) {
        const char *s = strings_at(in, i, &len);
        size_t done = 0;
        if (d->pattern.string) {
            strings_replace(&out->bytes, s, len, d->pattern.string, d->text);
            done = len;
        } else if (len > 0) {
            regex_walk_start(&walk, s, len);
            while ((rc = regex_walk_next(&walk)) > 0) {
                buf_add(&out->bytes, s + done, walk.begin - done);
                buf_puts(&out->bytes, d->text);
                done = walk.end;
            }
        }
        buf_add(&out->bytes, s + done, len - done);
        strings_end(out);
    }
    if (d->pattern.regex)
        regex_walk_done(&walk);
    return rc < 0 ? rc : 0;
}

static int run_strip(const struct decoder *d, const struct strings *in, struct strings *out) {
    char c[4];
    size_t width = utf8_encode(d->code, c), len;
    for (size_t i = 0; i < in->len; i++) {
        const char *s = strings_at(in, i, &len);
        size_t begin = 0;
        for (int64_t k = 0; k < d->start && len - begin >= width; k++, begin += width)
            if (memcmp(s + begin, c, width) != 0)
                break;
        for (int64_t k = 0; k < d->stop && len - begin >= width; k++, len -= width)
            if (memcmp(s + len - width, c, width) != 0)
                break;
        strings_add(out, s + begin, len - begin);
    }
    return 0;
}

/* -- parsing -- */

static int parse_bpe(struct decoder *d, struct json at) {
    return component_string(at, "suffix", &d->text);
}

static int parse_wordpiece(struct decoder *d, struct json at) {
    int rc = component_string(at, "prefix", &d->text);
    return rc < 0 ? rc : json_bool(at, "cleanup", &d->cleanup);
}

static int parse_ctc(struct decoder *d, struct json at) {
    int rc = component_string(at, "pad_token", &d->text);
    if (rc == 0)
        rc = component_string(at, "word_delimiter_token", &d->delimiter);
    return rc < 0 ? rc : json_bool(at, "cleanup", &d->cleanup);
}

static int parse_metaspace(struct decoder *d, struct json at) {
    const char *scheme = "always";
    bool prefix = true;
    int rc = component_char(at, "replacement", &d->code);
    if (rc == 0)
        rc = json_opt_str(at, "prepend_scheme", &scheme);
    if (rc == 0)
        rc = json_opt_bool(at, "add_prefix_space", &prefix);
    d->drop_first = prefix && strcmp(scheme, "never") != 0;
    return rc;
}

static int parse_replace(struct decoder *d, struct json at) {
    int rc = component_pattern(&d->pattern, at, "pattern");
    return rc < 0 ? rc : component_string(at, "content", &d->text);
}

static int parse_strip(struct decoder *d, struct json at) {
    int rc = component_char(at, "content", &d->code);
    if (rc == 0)
        rc = json_int(at, "start", 0, INT64_MAX, &d->start);
    return rc < 0 ? rc : json_int(at, "stop", 0, INT64_MAX, &d->stop);
}

static const struct decoder_type types[] = {
    {"BPEDecoder",   parse_bpe,       run_bpe          },
    {"ByteFallback", NULL,            run_byte_fallback},
    {"ByteLevel",    NULL,            run_byte_level   },
    {"CTC",          parse_ctc,       run_ctc          },
    {"Fuse",         NULL,            run_fuse         },
    {"Metaspace",    parse_metaspace, run_metaspace    },
    {"Replace",      parse_replace,   run_replace      },
    {"Strip",        parse_strip,     run_strip        },
    {"WordPiece",    parse_wordpiece, run_wordpiece    },
    {NULL,           NULL,            NULL             },
};

static int parse_one(struct decoders *out, struct json section) {
    const char *name;
    int rc = json_str(section, "type", &name);
    if (rc < 0)
        return rc;
    if (strcmp(name, "Sequence") == 0) {
        struct json list = {0};
        rc = json_array(section, "decoders", &list);
        for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v))
            rc = parse_one(out, v);
        return rc;
    }
    const struct decoder_type *type = types;
    while (type->name && strcmp(type->name, name) != 0)
        type++;
    if (!type->name) {
        json_fail(json_get(section, "type"), "the decoder %s is not supported", name);
        return ERR_UNSUPPORTED;
    }
    rc = component_grow(&out->items, out->len, sizeof(*out->items), section);
    if (rc < 0)
        return rc;
    struct decoder *d = &out->items[out->len++];
    d->type = type;
    return type->parse ? type->parse(d, section) : 0;
}

/* CTC looks at neighbours, Strip at the end, and what follows a Fuse at all of the text; a Strip
 * of one character from the front is harmless, because a window of tokens begins alike each time.
 */
static bool needs_whole(const struct decoders *d) {
    bool fused = false;
    for (size_t i = 0; i < d->len; i++) {
        const struct decoder *x = &d->items[i];
        if (x->type->run == run_ctc || (x->type->run == run_strip && (x->stop > 0 || x->start > 1)))
            return true;
        if (fused && x->type->run == run_replace)
            return true;
        fused |= x->type->run == run_fuse || x->type->run == run_byte_level;
    }
    return false;
}

int decoder_parse(struct decoders *out, struct json section) {
    out->none = !json_exists(section);
    int rc = out->none ? 0 : parse_one(out, section);
    out->whole = needs_whole(out);
    out->byte_level = rc == 0 && out->len == 1 && out->items[0].type->run == run_byte_level;
    return rc;
}

void decoder_done(struct decoders *d) {
    for (size_t i = 0; i < d->len; i++) {
        component_pattern_done(&d->items[i].pattern);
        free(d->items[i].text);
        free(d->items[i].delimiter);
    }
    free(d->items);
    *d = (struct decoders){0};
}

void decode_scratch_init(struct decode_scratch *s) {
    strings_init(&s->tokens);
    strings_init(&s->spare);
    buf_init(&s->text, TEXT_MAX);
}

void decode_scratch_done(struct decode_scratch *s) {
    strings_done(&s->tokens);
    strings_done(&s->spare);
    buf_done(&s->text);
}

static int run_all(const struct decoders *d, struct decode_scratch *s) {
    struct strings *tokens = &s->tokens, *spare = &s->spare;
    struct buf *out = &s->text;
    int rc = 0;
    buf_reset(out);
    for (size_t i = 0; i < d->len && rc == 0; i++) {
        strings_reset(spare);
        rc = d->items[i].type->run(&d->items[i], tokens, spare);
        if (rc < 0)
            return err_while(rc, "decoder %s", d->items[i].type->name);
        rc = buf_ok(&spare->bytes, "the decoded text");
        struct strings swap = *tokens;
        *tokens = *spare;
        *spare = swap;
    }
    for (size_t i = 0; i < tokens->len && d->none; i++) {
        size_t len;
        const char *token = strings_at(tokens, i, &len);
        if (i > 0)
            buf_putc(out, ' ');
        buf_add(out, token, len);
    }
    if (!d->none)
        buf_add(out, tokens->bytes.data, tokens->bytes.len);
    return rc < 0 ? rc : buf_ok(out, "the decoded text");
}

static void limit(struct decode_scratch *s, size_t size) {
    strings_limit(&s->tokens, size);
    strings_limit(&s->spare, size);
}

int decoder_run(const struct decoders *d, struct decode_scratch *s) {
    limit(s, text_most(s->tokens.bytes.len));
    int rc = run_all(d, s);
    limit(s, TEXT_MAX); /* for the tokens of the next text */
    return rc;
}
