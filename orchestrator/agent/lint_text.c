/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/lint_text.h"

#include <ctype.h>
#include <string.h>

#include "orchestrator/agent/lint_words.h"
#include "orchestrator/agent/role.h"

/* The next sentence of a paragraph, or a line of code, in lower case. Its length. */
static size_t take(struct lint_line *line, const char *at, size_t len) {
    size_t n = 0, kept = 0;
    for (; n < len; n++) {
        bool blank = isspace((unsigned char)at[n]) != 0;
        if (!line->code && blank && n && strchr(".!?;", at[n - 1]))
            break;
        if (blank && kept && line->text[kept - 1] == ' ')
            continue;
        if (kept + 1 == LINT_LINE_BYTES)
            continue;
        line->said[kept] = blank ? ' ' : at[n];
        line->text[kept++] = blank ? ' ' : (char)tolower((unsigned char)at[n]);
    }
    line->said[kept] = line->text[kept] = '\0';
    line->negated = lint_words_forbid(line->text, NULL);
    return n;
}

/* Lines of text that belong together: a paragraph, an item of a list, one line of code. */
struct block {
    const char *begin;
    size_t len, number;
    bool code;
};

static void see_block(struct block *b, lint_text_fn *see, void *arg) {
    struct lint_line line = {.number = b->number, .code = b->code};
    for (size_t done = 0; done < b->len;) {
        if (isspace((unsigned char)b->begin[done])) {
            line.number += b->begin[done++] == '\n';
            continue;
        }
        const char *at = b->begin + done;
        size_t n = take(&line, at, b->len - done), first = line.number;
        see(arg, &line);
        for (size_t i = 0; i < n; i++)
            first += at[i] == '\n';
        line.number = first;
        done += n;
    }
    b->len = 0;
}

/* How far in the text of an item of a list stands, "  1. text": 5; 0 = it is none. */
static size_t item_of(const char *at) {
    size_t indent = strspn(at, " "), digits = strspn(at + indent, "0123456789");
    const char *mark = at + indent + digits;
    bool item = digits ? *mark == '.' || *mark == ')' : *mark && strchr("-*+", *mark);
    return item && mark[1] == ' ' ? indent + digits + 2 : 0;
}

/* Where the walk over the lines stands. */
struct walk {
    struct block block;
    size_t item; /* how far in the text of the list is, 0 = in none */
    bool fence, code, blank;
};

/* Code is four columns further in than what is around it, and does not go on with a sentence. */
static bool is_indented(const struct walk *w, const char *at) {
    size_t indent = strspn(at, " ");
    const struct block *b = &w->block;
    bool ended = w->blank || w->code || b->len == 0 || strchr(".:", b->begin[b->len - 1]);
    return (at[indent] == '\t' || indent >= w->item + 4) && ended && !item_of(at);
}

static void walk_line(struct walk *w, const char *at, size_t len, size_t number, lint_text_fn *see,
                      void *arg) {
    size_t indent = strspn(at, " "), item = item_of(at);
    bool fence = strncmp(at + indent, "```", 3) == 0, empty = strspn(at, " \t") >= len;
    bool code = !fence && !empty && (w->fence || is_indented(w, at));
    if (w->blank && !empty && !code && indent < w->item)
        w->item = 0;
    if (fence || empty || code || item || w->code || *at == '#')
        see_block(&w->block, see, arg);
    w->fence ^= fence;
    w->blank = empty;
    w->code = code || (empty && w->code);
    w->item = item && !code ? item : w->item;
    if (fence || empty)
        return;
    if (w->block.len == 0)
        w->block = (struct block){at, 0, number, code};
    w->block.len = (size_t)(at - w->block.begin) + len;
}

void lint_text_each(const struct role *role, lint_text_fn *see, void *arg) {
    struct walk w = {.blank = true};
    size_t number = role->text_line;
    for (const char *at = role->text; *at; number++) {
        size_t len = strcspn(at, "\n");
        walk_line(&w, at, len, number, see, arg);
        at += len + (at[len] == '\n');
    }
    see_block(&w.block, see, arg);
}
