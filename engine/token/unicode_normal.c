/* SPDX-License-Identifier: Apache-2.0 */
/* The four normalization forms with alignment. A stretch of text whose characters are all plain
 * – starters that are their own normal form and combine with nothing before them – is copied; the
 * rest goes through decomposition, canonical order and composition, each character carrying how
 * many input characters it stands for, in the manner of the crate HF uses. */
#include <string.h>

#include <utf8proc.h>

#include "engine/base/err.h"
#include "engine/token/text.h"
#include "engine/token/unicode.h"

enum { HANGUL_S = 0xac00, HANGUL_L = 0x1100, HANGUL_V = 0x1161, HANGUL_T = 0x11a7 };
enum { HANGUL_LS = 19, HANGUL_VS = 21, HANGUL_TS = 28, HANGUL_SS = 11172 };

struct item {
    uint32_t cp;
    int change;
    uint8_t ccc;
};
struct items {
    struct item *data;
    size_t len, cap;
};

/* Decompositions that came after Unicode 9. */
static bool is_newer(uint32_t cp) {
    return cp == 0x32ff || (cp >= 0xa7f2 && cp <= 0xa7f4) || cp == 0xab69 ||
           (cp >= 0x10781 && cp <= 0x107ba) || cp == 0x11938 || cp == 0x1f16c ||
           (cp >= 0x1fbf0 && cp <= 0x1fbf9) || (cp >= 0x1e030 && cp <= 0x1e06d) || cp == 0x105c9 ||
           cp == 0x105e4 || (cp >= 0x11383 && cp <= 0x113c8) || (cp >= 0x16121 && cp <= 0x16128) ||
           (cp >= 0x16d68 && cp <= 0x16d6a) || (cp >= 0x1ccd6 && cp <= 0x1ccf9);
}

/* Marks younger than Unicode 9 count as starters there. */
static uint8_t combining_class(uint32_t cp) {
    if (cp < 0x300)
        return 0;
    uint8_t ccc = (uint8_t)utf8proc_get_property((utf8proc_int32_t)cp)->combining_class;
    return ccc && unicode_is(CODE_COMBINING, cp) ? ccc : 0;
}

/* Starters that may combine with the starter before them. */
static bool is_second_starter(uint32_t cp) {
    static const uint16_t bmp[] = {0x9be, 0x9d7, 0xb3e, 0xb56, 0xb57, 0xbbe, 0xbd7,  0xcc2,
                                   0xcd5, 0xcd6, 0xd3e, 0xd57, 0xdcf, 0xddf, 0x102e, 0x1b35};
    static const uint32_t beyond[] = {0x11127, 0x1133e, 0x11357, 0x114b0,
                                      0x114ba, 0x114bd, 0x115af};
    if (cp >= HANGUL_V && cp < 0x1200)
        return true;
    for (size_t i = 0; cp < 0x10000 && i < sizeof(bmp) / sizeof(bmp[0]); i++)
        if (cp == bmp[i])
            return true;
    for (size_t i = 0; cp >= 0x10000 && i < sizeof(beyond) / sizeof(beyond[0]); i++)
        if (cp == beyond[i])
            return true;
    return false;
}

static bool is_hangul(uint32_t cp) {
    return cp >= HANGUL_S && cp < HANGUL_S + HANGUL_SS;
}

static bool is_plain(uint32_t cp, enum normal_form form) {
    bool composes = form == FORM_NFC || form == FORM_NFKC;
    bool compatible = form == FORM_NFKC || form == FORM_NFKD;
    if (cp < (compatible ? 0xa0u : composes ? 0x300u : 0xc0u))
        return true;
    if (cp >= 0x3400 && cp <= 0x9fff)
        return true;
    if (is_hangul(cp))
        return composes;
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)cp);
    if (p->combining_class || is_second_starter(cp))
        return false;
    if (p->decomp_seqindex == UINT16_MAX)
        return true;
    return p->decomp_type && !compatible; /* a compatibility mapping only */
}

static void push(struct items *v, uint32_t cp, int change) {
    if (v->len == v->cap) {
        v->cap = v->cap * 2 + 32;
        v->data = xrealloc(v->data, v->cap * sizeof(*v->data));
    }
    v->data[v->len++] = (struct item){cp, change, combining_class(cp)};
}

static void decompose(struct items *v, uint32_t cp, enum normal_form form) {
    enum { LONGEST = 18 }; /* U+FDFA, for ever by Unicode's stability policy */
    utf8proc_int32_t parts[LONGEST];
    utf8proc_option_t how = UTF8PROC_DECOMPOSE;
    if (form == FORM_NFKC || form == FORM_NFKD)
        how |= UTF8PROC_COMPAT;
    int boundary = 0;
    utf8proc_ssize_t n = 0;
    if (!is_newer(cp))
        n = utf8proc_decompose_char((utf8proc_int32_t)cp, parts, LONGEST, how, &boundary);
    if (n <= 0 || n > LONGEST) {
        push(v, cp, 0);
        return;
    }
    for (utf8proc_ssize_t i = 0; i < n; i++)
        push(v, (uint32_t)parts[i], i > 0);
}

/* Stable, by class, within each run between starters. Long runs are hostile and must not cost
 * their square, so classes are dealt out one after the other. */
static void reorder_run(struct item *a, size_t n) {
    bool sorted = true;
    for (size_t i = 1; i < n && sorted; i++)
        sorted = a[i - 1].ccc <= a[i].ccc;
    if (sorted)
        return;
    struct item *copy = xcalloc(n, sizeof(*copy));
    size_t count[257] = {0};
    memcpy(copy, a, n * sizeof(*a));
    for (size_t i = 0; i < n; i++)
        count[copy[i].ccc + 1]++;
    for (int c = 0; c < 256; c++)
        count[c + 1] += count[c];
    for (size_t i = 0; i < n; i++)
        a[count[copy[i].ccc]++] = copy[i];
    free(copy);
}

static void reorder(struct items *v) {
    for (size_t i = 0; i < v->len;) {
        size_t end = i + 1;
        while (end < v->len && v->data[end].ccc)
            end++;
        size_t begin = v->data[i].ccc ? i : i + 1;
        reorder_run(v->data + begin, end - begin);
        i = end;
    }
}

/* The composition of a and b, or 0. */
static uint32_t compose_pair(uint32_t a, uint32_t b) {
    if (a >= HANGUL_L && a < HANGUL_L + HANGUL_LS)
        return b >= HANGUL_V && b < HANGUL_V + HANGUL_VS
                   ? HANGUL_S + ((a - HANGUL_L) * HANGUL_VS + b - HANGUL_V) * HANGUL_TS
                   : 0;
    if (is_hangul(a))
        return (a - HANGUL_S) % HANGUL_TS == 0 && b > HANGUL_T && b < HANGUL_T + HANGUL_TS
                   ? a + b - HANGUL_T
                   : 0;
    utf8proc_int32_t pair[3] = {(utf8proc_int32_t)a, (utf8proc_int32_t)b, 0};
    utf8proc_ssize_t n = utf8proc_normalize_utf32(pair, 2, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    return n == 1 && !is_newer((uint32_t)pair[0]) ? (uint32_t)pair[0] : 0;
}

static void emit(struct edit *e, const struct item *items, size_t n) {
    for (size_t i = 0; i < n; i++)
        text_put_code(e, items[i].cp, items[i].change);
}

/* Composes in place: the starter being built, then what stays behind it. */
static void emit_composed(struct edit *e, struct items *v) {
    struct item *a = v->data;
    size_t i = 0;
    while (i < v->len && a[i].ccc) /* marks with nothing to sit on */
        emit(e, a + i++, 1);
    while (i < v->len) {
        struct item starter = a[i++];
        size_t kept = i, begin = i;
        uint8_t last = 0; /* class of the mark kept last; none yet when kept == begin */
        for (; i < v->len; i++) {
            bool blocked = kept > begin && last >= a[i].ccc;
            uint32_t whole = blocked ? 0 : compose_pair(starter.cp, a[i].cp);
            if (whole) {
                starter.cp = whole;
                starter.change += a[i].change - 1;
                continue;
            }
            if (a[i].ccc == 0)
                break;
            last = a[i].ccc;
            a[kept++] = a[i];
        }
        emit(e, &starter, 1);
        emit(e, a + begin, kept - begin);
    }
}

/* End of the plain stretch at e->at, short of a character that what follows may change. */
static size_t plain_end(const struct edit *e, enum normal_form form) {
    const char *s = e->in->data;
    size_t i = e->at, last = e->at, n;
    while (i < e->end) {
        if (!((unsigned char)s[i] < 0x80 || is_plain(text_code(s + i, &n), form)))
            return last;
        last = i;
        i += text_width((unsigned char)s[i]);
    }
    return i;
}

void unicode_normalize(struct edit *e, enum normal_form form) {
    struct items v = {0};
    const char *s = e->in->data;
    while (e->at < e->end) {
        size_t stop = plain_end(e, form), n;
        text_copy(e->out, e->in, e->at, stop);
        e->at = stop;
        v.len = 0;
        for (size_t i = stop; i < e->end; i += n) {
            uint32_t cp = text_code(s + i, &n);
            if (i > stop && is_plain(cp, form))
                break;
            decompose(&v, cp, form);
        }
        reorder(&v);
        if (form == FORM_NFC || form == FORM_NFKC)
            emit_composed(e, &v);
        else
            emit(e, v.data, v.len);
    }
    free(v.data);
}
