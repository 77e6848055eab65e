/* SPDX-License-Identifier: Apache-2.0 */
/* A body in sentences: no lists, no headings. */
#include <string.h>

#include "orchestrator/policy/fold.h"
#include "orchestrator/policy/kind.h"

struct params {
    bool lists, headings;
};

static const struct param rows[] = {
    {"lists",    PARAM_BOOL, offsetof(struct params, lists),    "false"},
    {"headings", PARAM_BOOL, offsetof(struct params, headings), "false"},
    PARAM_END_ROW,
};

/* Marks that only a list has at the beginning of a line. */
static const char *const bullets[] = {"-", "*", "+", "•", "◦", "‣", "▪", "●", "·", "⁃", "→"};
/* Marks that a wrapped sentence may bring to the beginning of a line too. */
static const char *const dashes[] = {"–", "—"};

enum mark { MARK_NONE, MARK_MAYBE, MARK_SURE };

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static bool begins(const char *text, size_t len, const char *const *marks, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(marks[i]);
        if (len > n && memcmp(text, marks[i], n) == 0 && is_blank(text[n]))
            return true;
    }
    return false;
}

/* "1." "(2)" "a)" "iv." and a blank. */
static bool is_numbered(const char *text, size_t len) {
    size_t n = len > 0 && *text == '(', from = n;
    while (n < len && n < from + 3 && text[n] >= '0' && text[n] <= '9')
        n++;
    if (n == from)
        n += len > n && ((text[n] | 32) >= 'a' && (text[n] | 32) <= 'z');
    return n > from && n + 1 < len && (text[n] == '.' || text[n] == ')') && is_blank(text[n + 1]);
}

static enum mark find_mark(const struct message_line *l) {
    size_t i = 0;
    while (i < l->len && is_blank(l->text[i]))
        i++;
    const char *text = l->text + i;
    size_t len = l->len - i;
    if (begins(text, len, bullets, sizeof(bullets) / sizeof(*bullets)))
        return MARK_SURE;
    if (is_numbered(text, len) || begins(text, len, dashes, sizeof(dashes) / sizeof(*dashes)))
        return MARK_MAYBE;
    return MARK_NONE;
}

/* A number begins an item where a sentence cannot go on: at the beginning of a paragraph, behind a
 * colon, or beside another item. */
static bool is_item(const struct message *m, size_t i) {
    enum mark mark = find_mark(&m->lines[i]);
    if (mark != MARK_MAYBE)
        return mark == MARK_SURE;
    const struct message_line *above = &m->lines[i - 1];
    if (i == m->body || message_is_blank(above) || above->text[above->len - 1] == ':')
        return true;
    return find_mark(above) != MARK_NONE ||
           (i + 1 < m->trailers && find_mark(&m->lines[i + 1]) != MARK_NONE);
}

/* "## Summary", or a line under which "===" or "---" stands. */
static bool is_heading(const struct message *m, size_t i) {
    const struct message_line *l = &m->lines[i];
    size_t n = 0;
    while (n < l->len && l->text[n] == '#')
        n++;
    if (n > 0 && n < 7 && n < l->len && is_blank(l->text[n]))
        return true;
    bool rule = l->len >= 3 && (*l->text == '=' || *l->text == '-');
    for (size_t k = 1; k < l->len; k++)
        rule &= l->text[k] == *l->text;
    return rule && !message_is_blank(&m->lines[i - 1]);
}

static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    const struct message *m = fold_message(f->arena, &v->message);
    for (size_t i = m->body; i < m->trailers; i++) {
        const struct message_line *l = &v->message.lines[i];
        if (!p->lists && is_item(m, i))
            finder_add(f, "body", l->number, "an item of a list: \"%.*s\"",
                       (int)(l->len < 40 ? l->len : 40), l->text);
        else if (!p->headings && is_heading(m, i))
            finder_add(f, "body", l->number, "a heading");
    }
}

const struct kind kind_prose = {
    .name = "prose",
    .summary = "The body is sentences: no bullet or numbered lists, no headings.",
    .mend = "say it in sentences; what does not go into them may be two commits",
    .needs = VIEW_MESSAGE,
    .params = rows,
    .size = sizeof(struct params),
    .check = check,
};
