/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/newlines.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/parse/rules.h"

enum { PATH_BYTES_MAX = 64 << 10, SHOWN_BYTES = 200 };

void newlines_init(struct newlines *n, struct db *db, const char *logs) {
    *n = (struct newlines){.db = db};
    caselog_init(&n->now, logs);
    caselog_init(&n->good, logs);
}

void newlines_done(struct newlines *n) {
    caselog_done(&n->now);
    caselog_done(&n->good);
    baseline_done(&n->baseline);
    free(n->good_log);
    *n = (struct newlines){0};
}

/* A log that nobody wrote to is not kept; then its run still has a journal. */
static bool has_journal(const struct newlines *n, const char *run_name) {
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    buf_printf(&path, "%s/%s/events.ndjson", n->good.logs, run_name);
    bool there = file_exists(path.data);
    buf_done(&path);
    return there;
}

/* The baseline of a good log. False when it is gone. */
static bool load_good(struct newlines *n, const struct results_good *good) {
    const char *text = "";
    size_t len = 0;
    if (n->good_log && strcmp(n->good_log, good->log) == 0)
        return true;
    if (caselog_read(&n->good, good->log, 0, -1, &text, &len) < 0 &&
        !has_journal(n, good->run_name))
        return false;
    free(n->good_log);
    n->good_log = xstrdup(good->log);
    baseline_done(&n->baseline);
    baseline_init(&n->baseline);
    baseline_add(&n->baseline, text, len);
    return true;
}

int newlines_find(struct newlines *n, struct arena *arena, const struct result *r,
                  struct newlines_found *out) {
    struct results_good good;
    const char *text = "";
    size_t len = 0;
    *out = (struct newlines_found){.run_name = ""};
    if (!r->last.n || r->last.log_end <= r->last.log_begin)
        return 0;
    int rc = results_last_good(n->db, arena, r, &good);
    if (rc < 0)
        return rc == ERR_NOTFOUND ? 0 : rc;
    if (caselog_read(&n->now, r->log, r->last.log_begin, r->last.log_end, &text, &len) < 0 ||
        !load_good(n, &good))
        return 0;
    if (len > RULE_LOG_MAX) {
        text += len - RULE_LOG_MAX;
        len = RULE_LOG_MAX;
    }
    out->run_name = good.run_name;
    out->whole = good.whole;
    out->len = baseline_diff(&n->baseline, arena, text, len, &out->lines, &out->more);
    return 0;
}

/* Control bytes of a worker do nothing to a terminal. */
static void put_line(struct buf *out, const struct baseline_line *line) {
    buf_puts(out, "  ");
    for (size_t i = 0; line->text[i] && i < SHOWN_BYTES; i++) {
        unsigned char c = (unsigned char)line->text[i];
        buf_putc(out, c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
    buf_puts(out, strlen(line->text) > SHOWN_BYTES ? "…" : "");
    if (line->count > 1)
        buf_printf(out, "  (%zu times)", line->count);
    buf_putc(out, '\n');
}

void newlines_print(struct buf *out, const struct newlines_found *found, size_t most) {
    if (!*found->run_name)
        return;
    if (!found->len) {
        buf_printf(out, "It wrote nothing that is not in the log of %s, the last good one.\n",
                   found->run_name);
        return;
    }
    buf_printf(out, "Never seen in the log of %s, the last good one%s:\n", found->run_name,
               found->whole ? "" : " of this case");
    for (size_t i = 0; i < found->len && i < most; i++)
        put_line(out, &found->lines[i]);
    if (found->len + found->more > most)
        buf_printf(out, "  … and %zu more\n", found->len + found->more - most);
}
