/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/text.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"

void text_done(struct text *t) {
    free(t->data);
    free(t->map);
    *t = (struct text){0};
}

void text_reset(struct text *t, const struct text *in) {
    t->len = 0;
    t->mapped = in->mapped;
    t->most = in->most;
    t->over = in->over;
}

/* Room for n more bytes; false, and over, past the limit. */
static bool reserve(struct text *t, size_t n) {
    size_t most = t->most ? t->most : TEXT_MAX;
    if (n > most - t->len) {
        t->over = true;
        return false;
    }
    size_t need = t->len + n;
    if (need > t->cap) {
        t->cap = need + need / 2 + 64;
        t->data = xrealloc(t->data, t->cap);
    }
    if (t->mapped && t->cap > t->map_cap) {
        t->map_cap = t->cap;
        t->map = xrealloc(t->map, t->map_cap * sizeof(*t->map));
    }
    return true;
}

void text_add(struct text *t, const char *bytes, size_t n, struct token_span from) {
    if (n == 0 || !reserve(t, n))
        return;
    memcpy(t->data + t->len, bytes, n);
    if (t->mapped)
        for (size_t i = 0; i < n; i++)
            t->map[t->len + i] = from;
    t->len += n;
}

void text_copy(struct text *t, const struct text *in, size_t begin, size_t end) {
    if (begin == end || !reserve(t, end - begin))
        return;
    memcpy(t->data + t->len, in->data + begin, end - begin);
    if (t->mapped)
        memcpy(t->map + t->len, in->map + begin, (end - begin) * sizeof(*t->map));
    t->len += end - begin;
}

void text_set(struct text *t, const char *data, size_t len, bool mapped) {
    const struct text fresh = {.mapped = mapped, .most = text_most(len)};
    text_reset(t, &fresh);
    size_t bad = 0;
    if (!mapped && utf8_valid(data, len, &bad)) {
        text_add(t, data, len, (struct token_span){0, 0});
        return;
    }
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        size_t n = (unsigned char)data[i] < 0x80 ? 1 : utf8_decode(data + i, len - i, &cp);
        bool ok = n > 0;
        if (!ok)
            n = utf8_bad_subpart(data + i, len - i);
        struct token_span from = {(uint32_t)i, (uint32_t)(i + n)};
        text_add(t, ok ? data + i : "\xef\xbf\xbd", ok ? n : 3, from);
        i += n;
    }
}

struct token_span text_origin(const struct text *t, size_t begin, size_t end) {
    if (!t->mapped || begin >= end)
        return (struct token_span){0, 0};
    return (struct token_span){t->map[begin].begin, t->map[end - 1].end};
}

void text_put(struct edit *e, const char *c, size_t n, int change) {
    struct token_span from = {0, 0};
    const struct text *in = e->in;
    if (in->mapped && change > 0 && e->at > 0)
        from = in->map[e->at - 1];
    else if (in->mapped && change > 0 && in->len > 0)
        from.begin = from.end = in->map[0].begin;
    else if (in->mapped && change <= 0 && e->at < in->len)
        from = in->map[e->at];
    for (int k = change; k <= 0 && e->at < e->end; k++)
        e->at += text_width((unsigned char)in->data[e->at]);
    text_add(e->out, c, n, from);
}

void text_put_code(struct edit *e, uint32_t cp, int change) {
    char c[4];
    text_put(e, c, utf8_encode(cp, c), change);
}

uint32_t text_code(const char *s, size_t *n) {
    const unsigned char *u = (const unsigned char *)s;
    if (u[0] < 0x80) {
        *n = 1;
        return u[0];
    }
    *n = text_width(u[0]);
    if (*n == 2)
        return (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu);
    if (*n == 3)
        return (u[0] & 0xfu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
    return (u[0] & 7u) << 18 | (u[1] & 0x3fu) << 12 | (u[2] & 0x3fu) << 6 | (u[3] & 0x3fu);
}
