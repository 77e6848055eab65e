/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/strings.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "engine/token/text.h"

/* -- lists of strings -- */

void strings_init(struct strings *s) {
    *s = (struct strings){0};
    buf_init(&s->bytes, TEXT_MAX);
    for (int i = 0; i < 3; i++)
        buf_init(&s->work[i], TEXT_MAX);
}

void strings_limit(struct strings *s, size_t size) {
    s->bytes.max = size;
    for (int i = 0; i < 3; i++)
        s->work[i].max = size;
}

void strings_done(struct strings *s) {
    buf_done(&s->bytes);
    for (int i = 0; i < 3; i++)
        buf_done(&s->work[i]);
    free(s->ends);
    *s = (struct strings){0};
}

void strings_reset(struct strings *s) {
    buf_reset(&s->bytes);
    s->len = 0;
}

static void grow(struct strings *s, size_t cap) {
    s->cap = cap;
    s->ends = xrealloc(s->ends, s->cap * sizeof(*s->ends));
}

void strings_reserve(struct strings *s, size_t len, size_t size) {
    if (len > s->cap)
        grow(s, len);
    buf_reserve(&s->bytes, size);
    for (int i = 0; i < 3; i++)
        buf_reserve(&s->work[i], size);
}

void strings_end(struct strings *s) {
    if (s->len == s->cap)
        grow(s, s->cap * 2 + 64);
    s->ends[s->len++] = s->bytes.len;
}

void strings_add(struct strings *s, const char *data, size_t len) {
    buf_add(&s->bytes, data, len);
    strings_end(s);
}

const char *strings_at(const struct strings *s, size_t i, size_t *len) {
    size_t begin = i > 0 ? s->ends[i - 1] : 0;
    *len = s->ends[i] - begin;
    return s->bytes.data + begin;
}

/* -- replacing literal text -- */

void strings_replace(struct buf *out, const char *s, size_t len, const char *from, const char *to) {
    size_t n = strlen(from), i = 0;
    while (i < len) {
        if (n == 0) {
            size_t width = text_width((unsigned char)s[i]);
            width = width < len - i ? width : len - i;
            buf_puts(out, to);
            buf_add(out, s + i, width);
            i += width;
            continue;
        }
        const char *hit = memmem(s + i, len - i, from, n);
        if (!hit)
            break;
        buf_add(out, s + i, (size_t)(hit - s) - i);
        buf_puts(out, to);
        i = (size_t)(hit - s) + n;
    }
    buf_add(out, s + i, len - i);
    if (n == 0)
        buf_puts(out, to);
}

struct rule {
    const char *from, *to;
};

static void apply(struct buf *text, struct buf *spare, const struct rule *rules) {
    if (!memchr(text->data, ' ', text->len))
        return; /* all rules begin with a space */
    for (const struct rule *r = rules; r->from; r++) {
        buf_reset(spare);
        strings_replace(spare, text->data, text->len, r->from, r->to);
        struct buf swap = *text;
        *text = *spare;
        *spare = swap;
    }
}

#define CLEANUP_HEAD                                                                     \
    {" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"}, {" n't", "n't"}, { \
        " 'm", "'m"                                                                      \
    }
#define CLEANUP_TAIL                                   \
    {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}, { \
        NULL, NULL                                     \
    }

void strings_tidy(struct buf *text, struct buf *spare) {
    static const struct rule rules[] = {CLEANUP_HEAD, CLEANUP_TAIL};
    apply(text, spare, rules);
}

void strings_tidy_more(struct buf *text, struct buf *spare) {
    static const struct rule rules[] = {
        CLEANUP_HEAD, {" do not", " don't"},
         CLEANUP_TAIL
    };
    apply(text, spare, rules);
}

void strings_lossy(struct buf *out, const char *s, size_t len) {
    size_t bad;
    while (len > 0 && !utf8_valid(s, len, &bad)) {
        size_t skip = bad + utf8_bad_subpart(s + bad, len - bad);
        buf_add(out, s, bad);
        buf_puts(out, "\xef\xbf\xbd");
        s += skip;
        len -= skip;
    }
    buf_add(out, s, len);
}
