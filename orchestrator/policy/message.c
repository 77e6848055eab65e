/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/policy/message.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/utf8.h"

enum { TAB = 8 };

/* What git puts below it in an editor, behind the mark of comments, and never into the commit. */
static const char scissors[] = " ------------------------ >8 ------------------------";

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

bool message_is_blank(const struct message_line *l) {
    for (size_t i = 0; i < l->len; i++)
        if (!is_space(l->text[i]))
            return false;
    return true;
}

/* Where the colon is behind a token and blanks; 0 when there is none. */
static size_t find_colon(const struct message_line *l) {
    bool blank = false;
    for (size_t i = 0; i < l->len; i++) {
        char c = l->text[i];
        if (c == ':')
            return i;
        bool of_token = (c >= '0' && c <= '9') || c == '-' || ((c | 32) >= 'a' && (c | 32) <= 'z');
        if (!blank && of_token)
            continue;
        if (i == 0 || (c != ' ' && c != '\t'))
            return 0;
        blank = true;
    }
    return 0;
}

size_t message_token(const struct message_line *l) {
    size_t n = find_colon(l);
    while (n && is_space(l->text[n - 1]))
        n--;
    return n;
}

static bool is_folded(const struct message_line *l) {
    return l->len && is_space(*l->text);
}

/* As git unfolds: a newline and what is blank behind it is one blank. */
const char *message_value(const struct message *m, size_t index, struct arena *arena) {
    const struct message_line *l = &m->lines[index];
    size_t at = find_colon(l) + 1;
    const char *out = arena_strndup(arena, l->text + at, l->len - at);
    for (l++; l < m->lines + m->count && is_folded(l) && !message_is_blank(l); l++) {
        for (at = 0; is_space(l->text[at]);)
            at++;
        out = arena_printf(arena, "%s %.*s", out, (int)(l->len - at), l->text + at);
    }
    while (is_space(*out))
        out++;
    size_t len = strlen(out);
    while (len && is_space(out[len - 1]))
        len--;
    return arena_strndup(arena, out, len);
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

static bool is_scissors(const struct message_line *l, char mark) {
    return l->len >= sizeof(scissors) && *l->text == mark &&
           memcmp(l->text + 1, scissors, sizeof(scissors) - 1) == 0;
}

/* Where git's own hints begin, in a message that keeps its comments: comments to the end, with the
 * empty one that git writes between its paragraphs. */
static size_t find_hints(const struct message *m, char mark) {
    size_t at = m->size;
    bool empty = false;
    while (at) {
        size_t begin = at - 1;
        while (begin && m->text[begin - 1] != '\n')
            begin--;
        if (m->text[begin] != mark && m->text[begin] != '\n')
            break;
        empty |= m->text[begin] == mark && m->text[begin + 1] == '\n';
        at = begin;
    }
    return empty ? at : m->size;
}

static void split(struct message *m, struct arena *arena, int flags) {
    char mark = flags >> 8 ? (char)(flags >> 8) : '#';
    size_t hints = flags & MESSAGE_KEPT ? find_hints(m, mark) : m->size;
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
            bool kept = flags & MESSAGE_KEPT, cut = !kept || flags & MESSAGE_CUT;
            if (l.text >= m->text + hints || (cut && is_scissors(&l, mark)))
                break;
            if (l.len && *l.text == mark && !kept)
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

static bool begins(const struct message_line *l, const char *word) {
    size_t n = strlen(word);
    return l->len >= n && memcmp(l->text, word, n) == 0;
}

/* Lines that git itself writes; where one of them is, it tolerates others. */
static bool is_generated(const struct message_line *l) {
    return begins(l, "Signed-off-by: ") || begins(l, "(cherry picked from commit ");
}

/* Comments and empty lines at the end are no paragraph. */
static size_t find_end(const struct message *m) {
    size_t end = m->count;
    while (end && (m->lines[end - 1].len == 0 || *m->lines[end - 1].text == '#'))
        end--;
    return end;
}

/* find_trailer_start() of git's trailer.c, 2.39: from the end up to a blank line. title: the blank
 * line below the first paragraph. */
static size_t find_block(const struct message *m, size_t title) {
    size_t trailers = 0, others = 0, folded = 0;
    bool generated = false, any = false;
    for (size_t i = find_end(m); i > title; i--) {
        const struct message_line *l = &m->lines[i - 1];
        if (message_is_blank(l)) {
            if (!any)
                continue;
            others += folded;
            bool good = generated ? trailers * 3 >= others : trailers && !others;
            return good ? i : m->count;
        }
        bool comment = *l->text == '#', own = is_generated(l);
        any |= !comment;
        if (comment || (!own && !message_token(l) && !is_folded(l))) {
            others += folded + !comment;
            folded = 0;
        } else if (own || message_token(l)) {
            generated |= own;
            trailers++;
            folded = 0;
        } else {
            folded++;
        }
    }
    return m->count;
}

/* One that cannot be a sentence's line either, as "Both:" above a list can. */
static bool is_plain(const struct message_line *l) {
    size_t n = message_token(l);
    return (n && n + 1 < l->len && l->text[n] == ':' && is_space(l->text[n + 1])) ||
           is_generated(l);
}

static void find_parts(struct message *m) {
    size_t title = 0;
    bool all = true;
    m->trailers = m->count;
    for (m->body = m->count ? 1 : 0; m->body < m->count && message_is_blank(&m->lines[m->body]);)
        m->body++;
    while (title < m->count && !message_is_blank(&m->lines[title]))
        title++;
    m->block = find_block(m, title);
    for (size_t i = m->block; i < m->count; i++)
        all &= is_plain(&m->lines[i]) || (i > m->block && is_folded(&m->lines[i]));
    if (all)
        m->trailers = m->block;
}

void message_parse(struct message *out, struct arena *arena, const char *text, size_t len,
                   int flags) {
    *out = (struct message){.text = arena_strndup(arena, text, len), .size = len};
    split(out, arena, flags);
    find_parts(out);
}
