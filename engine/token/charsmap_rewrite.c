/* SPDX-License-Identifier: Apache-2.0 */
/* The two ways to use a charsmap. */
#include <string.h>

#include "engine/token/charsmap.h"
#include "engine/token/unicode.h"

enum { CLUSTER_MAX = 5 }; /* bytes of a cluster that is looked up whole */

/* -- cluster by cluster -- */

/* What HF makes is a list of characters, each with how many it replaces; it goes back to the last
 * of them where something vanishes, so that one is held. */
struct rewrite {
    const struct charsmap *map;
    struct edit edit;
    const char *last; /* the character held, or NULL */
    int change;
};

static void flush(struct rewrite *r) {
    if (r->last)
        text_put(&r->edit, r->last, text_width((unsigned char)*r->last), r->change);
    r->last = NULL;
}

static void put(struct rewrite *r, const char *c, int change) {
    flush(r);
    r->last = c;
    r->change = change;
}

/* The new characters for `old` old ones: those that are too many are new, those that are too few
 * vanish behind the last. */
static void replace(struct rewrite *r, const struct charsmap_hit *hit, int old) {
    int count = 0, more;
    for (size_t i = 0; i < hit->len; i += text_width((unsigned char)hit->text[i]))
        count++;
    more = count - old;
    for (size_t i = 0; i < hit->len; i += text_width((unsigned char)hit->text[i]), count--)
        put(r, hit->text + i, count <= more);
    if (more < 0 && r->last)
        r->change += more;
}

static void rewrite_cluster(struct rewrite *r, const char *s, size_t len) {
    struct charsmap_hit hit;
    int chars = 0;
    for (size_t i = 0; i < len; i += text_width((unsigned char)s[i]))
        chars++;
    if (len <= CLUSTER_MAX && charsmap_find(r->map, s, len, false, &hit)) {
        replace(r, &hit, chars);
        return;
    }
    for (size_t i = 0, n; i < len; i += n) {
        n = text_width((unsigned char)s[i]);
        if (chars > 1 && charsmap_find(r->map, s + i, n, false, &hit))
            replace(r, &hit, 1);
        else
            put(r, s + i, 0);
    }
}

/* ASCII that stands for itself, and what of it is in no cluster with what follows. */
static size_t plain_run(const bool *plain, const char *s, size_t len) {
    size_t n = 0;
    while (n < len && plain[(unsigned char)s[n]])
        n++;
    return n > 0 && n < len && (unsigned char)s[n] >= 0x80 ? n - 1 : n;
}

static void find_plain(const struct charsmap *m, bool plain[256]) {
    struct charsmap_hit hit;
    memset(plain, 0, 256);
    for (int i = ' '; i < 0x7f; i++) {
        char c = (char)i;
        plain[i] = !charsmap_find(m, &c, 1, false, &hit);
    }
}

/* All but the last of a run is copied, where the origins are at the same place. */
static void put_run(struct rewrite *r, const char *s, size_t len) {
    size_t at = (size_t)(s - r->edit.in->data);
    flush(r);
    if (r->edit.at == at) {
        text_copy(r->edit.out, r->edit.in, at, at + len - 1);
        r->edit.at += len - 1;
        s += len - 1;
        len = 1;
    }
    for (size_t i = 0; i < len; i++)
        put(r, s + i, 0);
}

void charsmap_rewrite(const struct charsmap *m, const struct text *in, struct text *out) {
    struct rewrite r = {
        .map = m, .edit = {.out = out, .in = in, .end = in->len}
    };
    bool plain[256];
    find_plain(m, plain);
    for (size_t i = 0, n; i < in->len && !out->over; i += n) {
        n = plain_run(plain, in->data + i, in->len - i);
        if (n > 0) {
            put_run(&r, in->data + i, n);
        } else {
            n = unicode_cluster(in->data + i, in->len - i);
            rewrite_cluster(&r, in->data + i, n);
        }
    }
    flush(&r);
}

/* -- the longest first -- */

struct marks {
    const struct charsmap_spaces *spaces;
    struct text *out;
    bool in_word, begun; /* begun: there is a word already */
};

static void put_mark(struct marks *m, struct token_span from) {
    text_add(m->out, "\xe2\x96\x81", 3, from);
}

/* Bytes that all come from there. */
static void put_words(struct marks *m, const char *s, size_t len, struct token_span from) {
    for (size_t i = 0, n; i < len; i += n) {
        const char *space = memchr(s + i, ' ', len - i);
        n = space ? (size_t)(space - s) - i : len - i;
        if (n > 0) {
            struct token_span before = {from.begin, from.begin};
            if (!m->in_word && (m->spaces->merge || (m->spaces->prefix && !m->begun)))
                put_mark(m, before);
            m->in_word = m->begun = true;
            text_add(m->out, s + i, n, from);
        } else {
            n = 1;
            m->in_word = false;
            if (!m->spaces->merge)
                put_mark(m, from);
        }
    }
}

void charsmap_rewrite_longest(const struct charsmap *m, const struct charsmap_spaces *spaces,
                              const struct text *in, struct text *out) {
    struct marks marks = {.spaces = spaces, .out = out};
    for (size_t i = 0; i < in->len && !out->over;) {
        struct charsmap_hit hit = {in->data + i, text_width((unsigned char)in->data[i]), 0};
        hit.used = hit.len;
        if (m)
            (void)charsmap_find(m, in->data + i, in->len - i, true, &hit);
        put_words(&marks, hit.text, hit.len, text_origin(in, i, i + hit.used));
        i += hit.used;
    }
}
