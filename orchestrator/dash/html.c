/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/html.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/hash.h"
#include "engine/base/utf8.h"

/* Bytes that stand for themselves, taken many at a time. */
static bool is_plain(unsigned char c) {
    return c >= 0x20 && c < 0x7f && !strchr("&<>\"'", c);
}

/* Overrides and isolates reorder their surroundings; C1 controls and separators break lines. */
static bool is_disturbing(uint32_t cp) {
    return (cp >= 0x80 && cp < 0xa0) || (cp >= 0x200e && cp <= 0x200f) ||
           (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

static void put_code_point(struct html *h, uint32_t cp) {
    char bytes[4];
    buf_add(h->out, bytes, utf8_encode(cp, bytes));
}

/* One character that is not plain; returns how many bytes it took. */
static size_t put_special(struct html *h, const char *text, size_t len) {
    static const char *const names[128] = {
        ['&'] = "&amp;",  ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;",
        ['\''] = "&#39;", ['\n'] = "\n",  ['\t'] = "\t",
    };
    unsigned char c = (unsigned char)text[0];
    if (c < 0x80 && names[c]) {
        buf_puts(h->out, names[c]);
        return 1;
    }
    if (c < 0x80) {
        put_code_point(h, c == 0x7f ? 0x2421 : 0x2400u + c);
        return 1;
    }
    uint32_t cp;
    size_t n = utf8_decode(text, len, &cp);
    if (n && !is_disturbing(cp))
        buf_add(h->out, text, n);
    else
        put_code_point(h, UTF8_REPLACEMENT);
    return n ? n : utf8_bad_subpart(text, len);
}

void html_text(struct html *h, const char *text, size_t len) {
    for (size_t i = 0; i < len;) {
        size_t plain = i;
        while (plain < len && is_plain((unsigned char)text[plain]))
            plain++;
        buf_add(h->out, text + i, plain - i);
        i = plain;
        if (i < len)
            i += put_special(h, text + i, len - i);
    }
}

/* Writes one conversion, returns what follows it. */
static const char *put_conversion(struct html *h, const char *spec, va_list *ap) {
    int precision = *spec == 'g' ? 3 : 1;
    if (*spec == '.' && isdigit((unsigned char)spec[1])) {
        precision = spec[1] - '0';
        spec += 2;
    }
    if (*spec == 's') {
        const char *text = va_arg(*ap, const char *);
        html_text(h, text ? text : "", text ? strlen(text) : 0);
    } else if (*spec == 'd') {
        buf_printf(h->out, "%d", va_arg(*ap, int));
    } else if (*spec == 'L') {
        buf_printf(h->out, "%" PRId64, va_arg(*ap, int64_t));
    } else if (*spec == 'f') {
        buf_printf(h->out, "%.*f", precision, va_arg(*ap, double));
    } else if (*spec == 'g') {
        buf_printf(h->out, "%.*g", precision, va_arg(*ap, double));
    } else {
        CHECK(*spec == '%');
        buf_putc(h->out, '%');
    }
    return spec + 1;
}

void html_put(struct html *h, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    while (*fmt) {
        size_t plain = strcspn(fmt, "%");
        buf_add(h->out, fmt, plain);
        fmt += plain;
        if (*fmt == '%')
            fmt = put_conversion(h, fmt + 1, &ap);
    }
    va_end(ap);
}

void html_open(struct html *h, const char *title, const struct html_crumb *crumbs) {
    html_put(h,
             "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" HTML_MARK
             "\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n"
             "<title>%s · Noctule</title>\n<link rel=\"stylesheet\" href=\"%sstyle.css\">\n"
             "</head>\n<body>\n<header><nav><a class=\"brand\" href=\"%sindex.html\">Noctule</a>",
             title, h->root, h->root);
    for (size_t i = 0; crumbs[i].label; i++) {
        buf_puts(h->out, " <span class=\"gap\">/</span> ");
        if (crumbs[i].href)
            html_put(h, "<a href=\"%s%s\">%s</a>", h->root, crumbs[i].href, crumbs[i].label);
        else
            html_put(h, "<span>%s</span>", crumbs[i].label);
    }
    html_put(h, "</nav></header>\n<main>\n<h1>%s</h1>\n", title);
}

void html_close(struct html *h, const char *note) {
    html_put(h, "</main>\n<footer>%s</footer>\n</body>\n</html>\n", note);
}

/* Room for "-" and eight digits is left at the end. */
enum { SLUG_KEPT = HTML_SLUG_SIZE - 10 };

/* Returns whether `out` differs from name. */
static bool clean(const char *name, char out[HTML_SLUG_SIZE]) {
    size_t n = 0;
    bool changed = !*name;
    for (; name[n] && n < SLUG_KEPT; n++) {
        bool kept = isalnum((unsigned char)name[n]) || strchr("_-", name[n]) ||
                    (name[n] == '.' && n && name[n - 1] != '.');
        out[n] = name[n];
        if (!kept)
            out[n] = '_';
        changed = changed || !kept;
    }
    out[n] = '\0';
    return changed || name[n];
}

const char *html_slug_with(const char *name, const char *key, char out[HTML_SLUG_SIZE]) {
    char digits[HASH_HEX_SIZE];
    clean(name, out);
    hash_bytes(key, strlen(key), digits);
    size_t n = strlen(out);
    snprintf(out + n, HTML_SLUG_SIZE - n, "-%.8s", digits);
    return out;
}

const char *html_slug(const char *name, char out[HTML_SLUG_SIZE]) {
    return clean(name, out) ? html_slug_with(name, name, out) : out;
}
