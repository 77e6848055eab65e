/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/html.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"

void html_text(struct html *h, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        switch (text[i]) {
        case '&':
            buf_puts(h->out, "&amp;");
            break;
        case '<':
            buf_puts(h->out, "&lt;");
            break;
        case '>':
            buf_puts(h->out, "&gt;");
            break;
        case '"':
            buf_puts(h->out, "&quot;");
            break;
        case '\'':
            buf_puts(h->out, "&#39;");
            break;
        default:
            /* Control bytes have no business on a page, and some are not allowed at all. */
            if ((unsigned char)text[i] >= 0x20 || strchr("\n\t", text[i]))
                buf_putc(h->out, text[i]);
        }
    }
}

/* Writes one conversion, returns what follows it. */
static const char *put_conversion(struct html *h, const char *spec, va_list *ap) {
    int precision = 1;
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
             "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title>%s · Noctule</title>\n<link rel=\"stylesheet\" href=\"%sstyle.css\">\n"
             "</head>\n<body>\n<header><nav>",
             title, h->root);
    for (size_t i = 0; crumbs[i].label; i++) {
        const char *gap = i ? " <span class=\"gap\">/</span> " : "";
        buf_puts(h->out, gap);
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

const char *html_slug(const char *name, char out[128]) {
    size_t n = 0;
    for (; name[n] && n < 127; n++)
        out[n] = isalnum((unsigned char)name[n]) || strchr("._-", name[n]) ? name[n] : '_';
    out[n] = '\0';
    return out;
}
