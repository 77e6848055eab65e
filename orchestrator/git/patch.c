/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/patch.h"

#include <git2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

int patch_print(struct buf *out, const char *path, const struct buf *before,
                const struct buf *after) {
    git_patch *patch = NULL;
    git_buf text = {0};
    git_libgit2_init();
    int rc = git_patch_from_buffers(&patch, before->data, before->len, path, after->data,
                                    after->len, path, NULL);
    if (rc == 0 && git_patch_num_hunks(patch))
        rc = git_patch_to_buf(&text, patch);
    if (rc == 0) {
        buf_add(out, text.ptr, text.size);
    } else {
        const git_error *e = git_error_last();
        rc = err_set(ERR_IO, "comparing %s: %s", path, e ? e->message : "git failed");
    }
    git_buf_dispose(&text);
    git_patch_free(patch);
    git_libgit2_shutdown();
    return rc;
}

/* ---- a header for what has none ---- */

struct span {
    const char *text;
    size_t len;
};

struct completing {
    struct buf *out;
    const char *at, *end;
    int64_t before, after; /* lines of the hunk that are still to come, of either side */
    bool headed;           /* behind a diff --git line, and before its first hunk */
};

/* With its newline, where it has one. */
static struct span line_at(const char *at, const char *end) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return (struct span){at, (size_t)((newline ? newline + 1 : end) - at)};
}

static bool begins(struct span line, const char *word) {
    size_t len = strlen(word);
    return line.len >= len && memcmp(line.text, word, len) == 0;
}

/* The name in a line "--- NAME", which a tab and a time may follow. len 0: there is no such file.
 */
static struct span name_in(struct span line) {
    struct span name = {line.text + 4, line.len - 4};
    size_t len = 0;
    while (len < name.len && !strchr("\t\r\n", name.text[len]))
        len++;
    name.len = len;
    if (name.len == 9 && memcmp(name.text, "/dev/null", 9) == 0)
        return (struct span){name.text, 0};
    const char *slash = memchr(name.text, '/', name.len);
    if (slash)
        name = (struct span){slash + 1, (size_t)(name.text + name.len - slash - 1)};
    return name;
}

static void put_span(struct buf *out, const char *before, struct span name, const char *after) {
    buf_puts(out, before);
    buf_add(out, name.text, name.len);
    buf_puts(out, after);
}

static void put_header(struct completing *c, struct span from, struct span to) {
    bool first = from.len && (!to.len || from.len < to.len);
    struct span name = first ? from : to;
    /* libgit2 ends a name of this line at a space unless it is quoted. */
    bool spaced = memchr(name.text, ' ', name.len) != NULL;
    put_span(c->out, spaced ? "diff --git \"a/" : "diff --git a/", name,
             spaced ? "\" \"b/" : " b/");
    put_span(c->out, "", name, spaced ? "\"\n" : "\n");
    if (!to.len)
        buf_puts(c->out, "deleted file mode 100644\n");
    if (from.len)
        put_span(c->out, "--- a/", name, "\n");
    else
        buf_puts(c->out, "new file mode 100644\n--- /dev/null\n");
    if (to.len)
        put_span(c->out, "+++ b/", name, "\n");
    else
        buf_puts(c->out, "+++ /dev/null\n");
}

/* Of "-A,B +C,D" the B behind '-', the D behind '+'; 1 where it is not there. */
static int64_t lines_behind(const char *text, char sign) {
    const char *at = strchr(text, sign);
    size_t digits = at ? strspn(at + 1, "0123456789") : 0;
    int64_t lines = at && at[1 + digits] == ',' ? strtoll(at + digits + 2, NULL, 10) : 1;
    return lines < 0 ? 0 : lines;
}

static void begin_hunk(struct completing *c, struct span line) {
    char text[128];
    (void)snprintf(text, sizeof(text), "%.*s", (int)(line.len < 127 ? line.len : 127), line.text);
    c->before = lines_behind(text, '-');
    c->after = lines_behind(text, '+');
}

static void take_hunk_line(struct completing *c, struct span line) {
    c->before -= *line.text != '+' && *line.text != '\\';
    c->after -= *line.text != '-' && *line.text != '\\';
    buf_add(c->out, line.text, line.len);
    c->at += line.len;
}

/* "---" and "+++" without a line above that says what they are of. */
static bool take_names(struct completing *c, struct span line) {
    struct span next = line_at(line.text + line.len, c->end);
    if (c->headed || !begins(line, "--- ") || !begins(next, "+++ "))
        return false;
    struct span from = name_in(line), to = name_in(next);
    if (!from.len && !to.len)
        return false;
    put_header(c, from, to);
    c->at += line.len + next.len;
    return true;
}

void patch_complete(struct buf *out, const char *text, size_t len) {
    struct completing c = {.out = out, .at = text, .end = text + len};
    while (c.at < c.end) {
        struct span line = line_at(c.at, c.end);
        if (c.before > 0 || c.after > 0) {
            take_hunk_line(&c, line);
            continue;
        }
        if (take_names(&c, line))
            continue;
        if (begins(line, "diff --git ")) {
            c.headed = true;
        } else if (begins(line, "@@ ")) {
            begin_hunk(&c, line);
            c.headed = false;
        }
        buf_add(out, line.text, line.len);
        c.at += line.len;
    }
}
