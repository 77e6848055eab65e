/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/cuts.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/token/regex.h"

void cuts_reset(struct cuts *c) {
    c->len = 0;
}

void cuts_add(struct cuts *c, size_t begin, size_t end, bool match) {
    if (c->len == c->cap) {
        c->cap = c->cap * 2 + 64;
        c->data = xrealloc(c->data, c->cap * sizeof(*c->data));
    }
    c->data[c->len++] = (struct cut){begin, end, match};
}

void cuts_by_code(struct cuts *c, const struct text *text, size_t begin, size_t end,
                  code_fn *is_match, const void *arg) {
    size_t from = begin, n;
    for (size_t i = begin; i < end; i += n) {
        if (!is_match(text_code(text->data + i, &n), arg))
            continue;
        if (from < i)
            cuts_add(c, from, i, false);
        cuts_add(c, i, i + n, true);
        from = i + n;
    }
    if (from < end)
        cuts_add(c, from, end, false);
}

int cuts_by_regex(struct cuts *c, const struct text *text, size_t begin, size_t end,
                  struct regex_walk *walk) {
    size_t from = 0;
    regex_walk_start(walk, text->data + begin, end - begin);
    int rc;
    while ((rc = regex_walk_next(walk)) > 0) {
        if (from < walk->begin)
            cuts_add(c, begin + from, begin + walk->begin, false);
        cuts_add(c, begin + walk->begin, begin + walk->end, true);
        from = walk->end;
    }
    if (begin + from < end)
        cuts_add(c, begin + from, end, false);
    return rc;
}

void cuts_by_string(struct cuts *c, const struct text *text, size_t begin, size_t end,
                    const char *string, size_t len) {
    size_t from = begin;
    for (size_t i = begin; i < end;) {
        const char *hit = memmem(text->data + i, end - i, string, len);
        if (!hit)
            break;
        i = (size_t)(hit - text->data);
        if (from < i)
            cuts_add(c, from, i, false);
        cuts_add(c, i, i + len, true);
        from = i = i + len;
    }
    if (from < end)
        cuts_add(c, from, end, false);
}
