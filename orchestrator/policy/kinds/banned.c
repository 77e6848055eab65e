/* SPDX-License-Identifier: Apache-2.0 */
/* What must not stand anywhere in a message. */
#include <string.h>
#include <strings.h>

#include "engine/base/arena.h"
#include "orchestrator/parse/pattern.h"
#include "orchestrator/policy/fold.h"
#include "orchestrator/policy/kind.h"

struct params {
    struct kind_patterns words, patterns;
    const char **footers;
};

static const struct param rows[] = {
    {"words",    PARAM_BANNED,   offsetof(struct params, words),    NULL},
    {"patterns", PARAM_PATTERNS, offsetof(struct params, patterns), NULL},
    {"footers",  PARAM_WORDS,    offsetof(struct params, footers),  NULL},
    PARAM_END_ROW,
};

static bool is_letter(char c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* A footer is where a line begins with it, in either case, whatever marks decorate the line. */
static bool has_footer(const char *text, size_t len, const char *footer) {
    size_t i = 0, n = strlen(footer);
    while (i < len && !is_letter(text[i]))
        i++;
    return (len >= n && strncasecmp(text, footer, n) == 0) ||
           (len - i >= n && strncasecmp(text + i, footer, n) == 0);
}

/* Writes one blank for any run of white space over the text. */
static const char *squeeze(char *text) {
    char *out = text;
    for (const char *c = text; *c; c++)
        if (*c != ' ' && *c != '\t')
            *out++ = *c;
        else if (out == text || out[-1] != ' ')
            *out++ = ' ';
    *out = '\0';
    return text;
}

/* A trailer is the same however it is spaced and folded, in the text and in what is banned. */
static const char *as_trailer(const struct message *m, size_t index, struct arena *arena) {
    const struct message_line *l = &m->lines[index];
    size_t n = message_token(l);
    return n ? squeeze(
                   arena_printf(arena, "%.*s: %s", (int)n, l->text, message_value(m, index, arena)))
             : NULL;
}

/* A footer as it is compared, in a line of the message that goes by that name. */
static bool is_footer(const struct message *m, size_t index, const char *footer,
                      struct arena *arena) {
    const struct message_line *l = &m->lines[index];
    const char *trailer = as_trailer(m, index, arena);
    return has_footer(l->text, l->len, footer) ||
           (trailer && has_footer(trailer, strlen(trailer), footer));
}

static void check_footers(const struct params *p, const struct message *m,
                          const struct message *folded, struct finder *f) {
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; p->footers && p->footers[k]; k++)
            if (is_footer(m, i, p->footers[k], f->arena) ||
                is_footer(folded, i, p->footers[k], f->arena))
                finder_add(f, finder_place(m, i), m->lines[i].number,
                           "the footer \"%s\" is banned here", p->footers[k]);
}

/* A pattern, in a message. */
struct hunt {
    const struct kind_patterns *patterns;
    size_t index;
    const char *what; /* "word" */
    bool *hit;        /* [message.count] it was found there before */
};

static void found(const struct hunt *h, const struct message *m, const char *at, bool again,
                  struct finder *f) {
    for (size_t k = 0; k < m->count; k++) {
        const struct message_line *l = &m->lines[k];
        if (at < l->text || at > l->text + l->len)
            continue;
        if (again || !h->hit[k])
            finder_add(f, finder_place(m, k), l->number, "the %s \"%s\" is banned here", h->what,
                       h->patterns->texts[h->index]);
        h->hit[k] = true;
        return;
    }
}

/* The lines of the message joined by newlines: what a draft's comments say is not its text. again:
 * a line where it was found is told once more. */
static void search(const struct hunt *h, const struct message *m, bool again, struct finder *f) {
    const char *first = m->count ? m->lines[0].text : m->text;
    const char *end = m->count ? m->lines[m->count - 1].text + m->lines[m->count - 1].len : first;
    for (const char *at = first; at < end;) {
        size_t begin, stop;
        bool given_up = false;
        if (!pattern_find(h->patterns->items[h->index], m->text, (size_t)(end - m->text),
                          (size_t)(at - m->text), &begin, &stop, &given_up)) {
            if (given_up)
                finder_add(f, "message", 0, "the search for \"%s\" was given up",
                           h->patterns->texts[h->index]);
            break;
        }
        at = m->text + (stop > begin ? stop : stop + 1);
        found(h, m, m->text + begin, again, f);
    }
}

static void check_patterns(const struct kind_patterns *p, const char *what, const struct message *m,
                           const struct message *folded, struct finder *f) {
    for (size_t i = 0; i < p->len; i++) {
        const struct hunt h = {p, i, what, arena_array(f->arena, m->count, sizeof(*h.hit))};
        search(&h, m, true, f);
        if (folded != m)
            search(&h, folded, false, f);
    }
}

static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    const struct message *m = &v->message, *folded = fold_message(f->arena, m);
    check_patterns(&p->words, "word", m, folded, f);
    check_patterns(&p->patterns, "text", m, folded, f);
    check_footers(p, m, folded, f);
}

const struct kind kind_banned = {
    .name = "banned",
    .summary = "Words, patterns and footers that must not stand in a message.",
    .mend = "leave it out, or say what it means",
    .needs = VIEW_MESSAGE,
    .params = rows,
    .size = sizeof(struct params),
    .check = check,
};
