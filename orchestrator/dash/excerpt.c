/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/excerpt.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/parse/colour.h"
#include "orchestrator/proc/logfile.h"

enum { EXCERPT_LINES = 40, EXCERPT_BYTES = 8 << 10, LOG_MAX = 256 << 20 };

/* A path below logs/ that stays below it. */
static bool is_below(const char *path) {
    while (*path) {
        size_t len = strcspn(path, "/");
        if (!file_is_plain_name(path, len))
            return false;
        path += len;
        if (*path == '/' && !*++path)
            return false;
    }
    return true;
}

/* Colours and cursor moves say nothing on a page. */
static void put_plain(struct html *h, const char *text, size_t len) {
    for (size_t i = 0; i < len;) {
        size_t skipped = colour_len(text + i, text + len);
        size_t start = i += skipped;
        while (i < len && (i == start || text[i] != '\x1b') && text[i] != '\r')
            i++;
        html_text(h, text + start, i - start);
        i += i < len && text[i] == '\r';
    }
}

/* Where the last lines begin. */
static const char *last_lines(const char *text, size_t len) {
    const char *p = text + len;
    int lines = 0;
    if (p > text && p[-1] == '\n')
        p--;
    while (p > text && (p[-1] != '\n' || ++lines < EXCERPT_LINES))
        p--;
    return p;
}

static void put_pre(struct html *h, const char *title, const char *text, size_t len) {
    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    if (!len)
        return;
    const char *from = last_lines(text, len);
    html_put(h, "<p class=\"soft\">%s%s</p><pre>", title, from > text ? ", last lines" : "");
    put_plain(h, from, (size_t)(text + len - from));
    html_put(h, "</pre>");
}

/* The log of a cell is packed as a whole and its cases come one behind the other, so the last one
 * read is kept. */
static int open_log(struct site *site, const char *name) {
    struct buf path;
    if (site->log.name && strcmp(site->log.name, name) == 0)
        return site->log.rc;
    buf_init(&path, 1 << 16);
    buf_done(&site->log.text);
    buf_init(&site->log.text, LOG_MAX);
    site->log.name = name;
    file_join(&path, site->logs, name);
    site->log.rc = logfile_read(&site->log.text, path.data, 0, -1);
    if (site->log.rc == 0)
        site->log.rc = buf_ok(&site->log.text, name);
    buf_done(&path);
    return site->log.rc;
}

void excerpt_put(struct html *h, struct site *site, const struct result *r) {
    const struct attempt *a = &r->last;
    const char *tail = a->n && a->tail ? a->tail : "";
    bool has_part = a->n && *r->log && a->log_begin >= 0 && a->log_end > a->log_begin;
    if (!has_part || !is_below(r->log)) {
        put_pre(h, "Output", tail, strlen(tail));
    } else if (open_log(site, r->log) < 0) {
        html_put(h, "<p class=\"soft\">The log %s cannot be read.</p>", r->log);
        put_pre(h, "Output", tail, strlen(tail));
    } else if ((size_t)a->log_end <= site->log.text.len) {
        size_t len = (size_t)(a->log_end - a->log_begin);
        size_t kept = len < EXCERPT_BYTES ? len : EXCERPT_BYTES;
        put_pre(h, r->log, site->log.text.data + a->log_end - kept, kept);
    }
}

int excerpt_put_new(struct html *h, struct site *site, const struct result *r) {
    struct newlines_found found;
    int rc = newlines_find(&site->newlines, &site->arena, r, &found);
    if (rc < 0 || !found.len)
        return rc;
    html_put(h, "<p class=\"soft\">Never seen in the log of %s, the last good one%s</p><pre>",
             found.run_name, found.whole ? "" : " of this case");
    for (size_t i = 0; i < found.len && i < EXCERPT_LINES; i++) {
        put_plain(h, found.lines[i].text, strlen(found.lines[i].text));
        if (found.lines[i].count > 1)
            html_put(h, "  <span class=\"soft\">%L times</span>", (int64_t)found.lines[i].count);
        html_put(h, "\n");
    }
    html_put(h, "</pre>");
    if (found.len + found.more > EXCERPT_LINES)
        html_put(h, "<p class=\"soft\">and %L more</p>",
                 (int64_t)(found.len + found.more - EXCERPT_LINES));
    return 0;
}
