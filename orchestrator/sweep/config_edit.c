/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/config_edit.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

enum { INDENT_MAX = 64 };

/* ---- where things stand ---- */

struct span {
    size_t begin, end; /* of a value: end is behind its last byte */
};

/* Behind blanks and comments. */
static size_t skip_blank(const char *t, size_t at) {
    for (;;) {
        at += strspn(t + at, " \t\r\n");
        if (t[at] == '/' && t[at + 1] == '/') {
            at += strcspn(t + at, "\n");
        } else if (t[at] == '/' && t[at + 1] == '*') {
            const char *end = strstr(t + at + 2, "*/");
            at = end ? (size_t)(end - t) + 2 : at + strlen(t + at);
        } else {
            return at;
        }
    }
}

static size_t skip_string(const char *t, size_t at) {
    for (at++; t[at] && t[at] != '"'; at++)
        at += t[at] == '\\' && t[at + 1];
    return at + (t[at] == '"');
}

static size_t skip_value(const char *t, size_t at) {
    size_t depth = 0;
    do {
        at = skip_blank(t, at);
        if (t[at] == '"') {
            at = skip_string(t, at);
        } else if (strchr("{[", t[at]) && t[at]) {
            depth++, at++;
        } else if (strchr("}]", t[at]) && t[at]) {
            depth--, at++;
        } else if (strchr(",:", t[at]) && t[at]) {
            at++;
        } else {
            at += strcspn(t + at, " \t\r\n,:]}/");
        }
    } while (depth && t[at]);
    return at;
}

/* The value of a key of the object that begins at `at`. */
static bool find_member(const char *t, size_t at, const char *key, struct span *out) {
    size_t len = strlen(key);
    at = skip_blank(t, at + 1);
    while (t[at] == '"') {
        size_t name = at + 1, end = skip_string(t, at);
        at = skip_blank(t, end);
        at = skip_blank(t, at + (t[at] == ':'));
        struct span value = {at, skip_value(t, at)};
        if (end - name == len + 1 && strncmp(t + name, key, len) == 0) {
            *out = value;
            return true;
        }
        at = skip_blank(t, value.end);
        at = skip_blank(t, at + (t[at] == ','));
    }
    return false;
}

/* An entry of the list that begins at `at`, or, given SIZE_MAX, the last. before: the end of the
 * one before it, or of the bracket. */
static bool find_entry(const char *t, size_t at, size_t index, struct span *out, size_t *before) {
    bool found = false;
    *before = at + 1;
    at = skip_blank(t, at + 1);
    for (size_t i = 0; t[at] && t[at] != ']'; i++) {
        struct span entry = {at, skip_value(t, at)};
        if (found)
            *before = out->end;
        *out = entry;
        found = true;
        if (i == index)
            return true;
        at = skip_blank(t, entry.end);
        at = skip_blank(t, at + (t[at] == ','));
    }
    return found && index == SIZE_MAX;
}

static int find(const struct buf *text, const char *list, size_t index, struct span *out,
                size_t *before) {
    struct span array;
    size_t root = skip_blank(text->data, 0);
    if (!find_member(text->data, root, list, &array) ||
        !find_entry(text->data, array.begin, index, out, before))
        return err_set(ERR_NOTFOUND, "noctule.json has no %s[%zu] that could be edited", list,
                       index);
    return 0;
}

/* ---- changes ---- */

static void replace(struct buf *text, struct span where, const char *with) {
    struct buf out;
    buf_init(&out, text->max);
    buf_add(&out, text->data, where.begin);
    buf_puts(&out, with);
    buf_puts(&out, text->data + where.end);
    buf_reset(text);
    buf_add(text, out.data, out.len);
    buf_done(&out);
}

static size_t line_begin(const char *t, size_t at) {
    while (at > 0 && t[at - 1] != '\n')
        at--;
    return at;
}

/* Whether only blanks stand between two places. */
static bool is_blank(const char *t, size_t from, size_t to) {
    return from + strspn(t + from, " \t") >= to;
}

/* Behind the comma of an entry and what else its line holds, when that is a comment. */
static size_t tail_end(const char *t, size_t end) {
    size_t at = end + strspn(t + end, " \t");
    at += t[at] == ',';
    size_t blank = at + strspn(t + at, " \t");
    if (t[blank] == '/' && t[blank + 1] == '/')
        blank += strcspn(t + blank, "\n");
    return t[blank] == '\n' ? blank + 1 : at;
}

int config_edit_remove(struct buf *text, const char *list, size_t index) {
    struct span entry;
    size_t before;
    int rc = find(text, list, index, &entry, &before);
    if (rc < 0)
        return rc;
    const char *t = text->data;
    size_t line = line_begin(t, entry.begin), end = tail_end(t, entry.end);
    if (is_blank(t, line, entry.begin) && t[end - 1] == '\n') {
        size_t above = line;
        while (index && above > before) {
            above = line_begin(t, above - 1);
            size_t word = above + strspn(t + above, " \t");
            if (above <= before || strncmp(t + word, "//", 2) != 0)
                break;
            line = above;
        }
        replace(text, (struct span){line, end}, "");
        return 0;
    }
    end += strspn(t + end, " ");
    if (t[end] == ']' && index) /* the last of several: with the comma before it */
        entry.begin = before;
    replace(text, (struct span){entry.begin, end}, "");
    return 0;
}

int config_edit_set(struct buf *text, const char *list, size_t index, const char *key,
                    const char *value) {
    struct span entry, at;
    size_t before;
    int rc = find(text, list, index, &entry, &before);
    if (rc < 0)
        return rc;
    if (!find_member(text->data, entry.begin, key, &at))
        return err_set(ERR_NOTFOUND, "noctule.json has no %s[%zu].%s that could be edited", list,
                       index, key);
    replace(text, at, value);
    return 0;
}

/* The blanks that the line of `at` begins with. */
static const char *indent_of(const char *t, size_t at, char out[INDENT_MAX]) {
    size_t line = line_begin(t, at), len = strspn(t + line, " \t");
    len = len < INDENT_MAX - 1 ? len : INDENT_MAX - 1;
    memcpy(out, t + line, len);
    out[len] = '\0';
    return out;
}

/* "INDENT{", the members one deeper, "INDENT}". */
static void put_entry(struct buf *out, const char *indent, const char *const *members) {
    buf_printf(out, "%s{\n", indent);
    for (size_t i = 0; members[i]; i++)
        buf_printf(out, "%s  %s%s\n", indent, members[i], members[i + 1] ? "," : "");
    buf_printf(out, "%s}", indent);
}

/* Where what follows a value goes: behind its comma, which it gets when it has none, and behind
 * the comment on its line. */
static size_t make_room(struct buf *text, size_t end) {
    size_t at = skip_blank(text->data, end);
    if (text->data[at] != ',') {
        replace(text, (struct span){end, end}, ",");
        at = end;
    }
    at++;
    size_t blank = at + strspn(text->data + at, " \t");
    if (strncmp(text->data + blank, "//", 2) == 0)
        return blank + strcspn(text->data + blank, "\n");
    return at;
}

/* A list of its own, behind the last member of the root. */
static void append_list(struct buf *text, const char *list, const char *const *members) {
    struct buf out;
    const char *t = text->data;
    size_t root = skip_blank(t, 0), end = root + 1, at = skip_blank(t, root + 1);
    while (t[at] == '"') {
        at = skip_blank(t, skip_string(t, at));
        end = skip_value(t, skip_blank(t, at + (t[at] == ':')));
        at = skip_blank(t, end);
        at = skip_blank(t, at + (t[at] == ','));
    }
    if (end > root + 1)
        end = make_room(text, end);
    buf_init(&out, text->max);
    buf_printf(&out, "\n  \"%s\": [\n", list);
    put_entry(&out, "    ", members);
    buf_printf(&out, "\n  ]%s", text->data[end] == '\n' ? "" : "\n");
    replace(text, (struct span){end, end}, out.data);
    buf_done(&out);
}

int config_edit_append(struct buf *text, const char *list, const char *const *members) {
    struct span array, last;
    struct buf out;
    char indent[INDENT_MAX];
    size_t before;
    const char *t = text->data;
    if (!find_member(t, skip_blank(t, 0), list, &array)) {
        append_list(text, list, members);
        return 0;
    }
    buf_init(&out, text->max);
    if (find_entry(t, array.begin, SIZE_MAX, &last, &before)) {
        indent_of(t, last.begin, indent);
        size_t end = make_room(text, last.end);
        buf_putc(&out, '\n');
        put_entry(&out, indent, members);
        replace(text, (struct span){end, end}, out.data);
    } else {
        const char *outer = indent_of(t, array.begin, indent);
        char inner[INDENT_MAX + 2];
        (void)snprintf(inner, sizeof(inner), "%s  ", outer);
        buf_putc(&out, '\n');
        put_entry(&out, inner, members);
        buf_printf(&out, "\n%s]", outer);
        replace(text, (struct span){array.begin + 1, array.end}, out.data);
    }
    buf_done(&out);
    return 0;
}
