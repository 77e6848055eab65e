/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/policy/message.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/utf8.h"

enum { TAB = 8 };

/* What git puts below it in an editor, and never into the commit. */
static const char scissors[] = "# ------------------------ >8 ------------------------";

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

bool message_is_blank(const struct message_line *l) {
    for (size_t i = 0; i < l->len; i++)
        if (!is_space(l->text[i]))
            return false;
    return true;
}

size_t message_token(const struct message_line *l) {
    size_t n = 0;
    while (n < l->len && ((l->text[n] >= '0' && l->text[n] <= '9') || l->text[n] == '-' ||
                          ((l->text[n] | 32) >= 'a' && (l->text[n] | 32) <= 'z')))
        n++;
    return n && n + 1 < l->len && l->text[n] == ':' && is_space(l->text[n + 1]) ? n : 0;
}

size_t message_columns(const struct message_line *l) {
    size_t columns = 0;
    for (size_t i = 0; i < l->len;) {
        uint32_t cp;
        size_t n = utf8_decode(l->text + i, l->len - i, &cp);
        columns = l->text[i] == '\t' ? (columns / TAB + 1) * TAB : columns + 1;
        i += n ? n : 1;
    }
    return columns;
}

static void split(struct message *m, struct arena *arena, int flags) {
    size_t lines = 1, number = 0;
    for (size_t i = 0; i < m->size; i++)
        lines += m->text[i] == '\n';
    m->lines = arena_array(arena, lines, sizeof(*m->lines));
    for (size_t at = 0; at < m->size;) {
        const char *newline = memchr(m->text + at, '\n', m->size - at);
        size_t len = newline ? (size_t)(newline - m->text) - at : m->size - at;
        struct message_line l = {m->text + at, len, ++number};
        at += len + 1;
        if (flags & MESSAGE_DRAFT) {
            if (l.len >= sizeof(scissors) - 1 &&
                memcmp(l.text, scissors, sizeof(scissors) - 1) == 0)
                break;
            if (l.len && *l.text == '#')
                continue;
            while (l.len && is_space(l.text[l.len - 1]))
                l.len--;
        }
        if (m->count == 0 && message_is_blank(&l))
            continue; /* git drops the blank lines before the subject, and those at the end */
        m->lines[m->count++] = l;
    }
    while (m->count && message_is_blank(&m->lines[m->count - 1]))
        m->count--;
}

static void find_parts(struct message *m) {
    size_t last = m->count;
    bool all = true;
    m->trailers = m->count;
    for (m->body = m->count ? 1 : 0; m->body < m->count && message_is_blank(&m->lines[m->body]);)
        m->body++;
    while (last > m->body && !message_is_blank(&m->lines[last - 1]))
        last--;
    if (m->body <= 1 && last <= m->body) /* no blank line between it and the subject */
        return;
    for (size_t i = last; i < m->count; i++)
        all &= message_token(&m->lines[i]) > 0 || (i > last && is_space(*m->lines[i].text));
    if (all)
        m->trailers = last;
}

void message_parse(struct message *out, struct arena *arena, const char *text, size_t len,
                   int flags) {
    *out = (struct message){.text = arena_strndup(arena, text, len), .size = len};
    split(out, arena, flags);
    find_parts(out);
}
