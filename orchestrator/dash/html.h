/* SPDX-License-Identifier: Apache-2.0 */
/* html: a writer that escapes.
 *
 * Markup is a literal format string; whatever is put into it with %s is escaped, so a hostile
 * test name cannot become markup. There is no other way to write text. */
#pragma once

#include <stdint.h>

#include "engine/base/buf.h"

struct html {
    struct buf *out;
    const char *root; /* relative path from this page to the dashboard's top, "" or "../" */
};

/* One entry of the line of links under the title. */
struct html_crumb {
    const char *label, *href; /* href relative to the top; NULL for the page itself */
};

/* Opens <html> to <main>; crumbs end with a row whose label is NULL. */
void html_open(struct html *h, const char *title, const struct html_crumb *crumbs);
/* Closes the page; `note` is the line at its foot. */
void html_close(struct html *h, const char *note);

/* fmt is markup. Understood: %s (escaped; NULL is empty), %d (int), %L (int64_t), %f with an
 * optional precision (double), %% – a CHECK fails on anything else. */
void html_put(struct html *h, const char *fmt, ...);
/* Escaped text alone. */
void html_text(struct html *h, const char *text, size_t len);
/* A name as part of a relative URL and a file name: [a-z0-9._-] kept, the rest as _. */
const char *html_slug(const char *name, char out[128]);

/* The style sheet, written once beside the pages as style.css. */
extern const char html_style[];
