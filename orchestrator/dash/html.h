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

/* One entry of the line of links at the top. */
struct html_crumb {
    const char *label, *href; /* href relative to the top; NULL for the page itself */
};

/* Stands near the top of every page, and tells a page of ours from other people's files. */
#define HTML_MARK "<meta name=\"generator\" content=\"noctule\">"

/* Opens <html> to <main>; crumbs end with a row whose label is NULL. */
void html_open(struct html *h, const char *title, const struct html_crumb *crumbs);
/* Closes the page; `note` is the line at its foot. */
void html_close(struct html *h, const char *note);

/* fmt is markup. Understood: %s (escaped; NULL is empty), %d (int), %L (int64_t), %f and %g with
 * an optional precision of one digit (double), %% – a CHECK fails on anything else. */
void html_put(struct html *h, const char *fmt, ...);
/* Escaped text alone. Control bytes become their pictures, bytes that are no UTF-8 and marks
 * that turn the direction of writing U+FFFD: what is shown cannot disturb what stands beside. */
void html_text(struct html *h, const char *text, size_t len);

enum { HTML_SLUG_SIZE = 128 };
/* A name as a file name and part of a relative URL. A short one of [A-Za-z0-9_-] with single dots
 * inside stays as it is; any other is changed and gets a hash, so that two names never share a
 * slug. Returns out. */
const char *html_slug(const char *name, char out[HTML_SLUG_SIZE]);
/* The same with the hash of `key` behind it in any case. */
const char *html_slug_with(const char *name, const char *key, char out[HTML_SLUG_SIZE]);

/* The style sheet in pieces, NULL-terminated, written once beside the pages as style.css. */
extern const char *const html_style[];
