/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/pieces.h"

#include "engine/base/err.h"

void pieces_add(struct pieces *p, size_t begin, size_t end, int32_t id) {
    if (begin == end)
        return;
    if (p->len == p->cap) {
        p->cap = p->cap * 2 + 64;
        p->data = xrealloc(p->data, p->cap * sizeof(*p->data));
    }
    p->data[p->len++] = (struct piece){begin, end, id};
}

/* Whether the cut joins the one before it in the direction of the walk. */
static bool joins(enum split_behavior behavior, bool match, bool previous) {
    return behavior == SPLIT_CONTIGUOUS ? match == previous : match && !previous;
}

static void split_forward(struct pieces *out, const struct cuts *cuts, enum split_behavior behavior,
                          bool invert) {
    bool previous = false;
    size_t begin = 0, end = 0;
    for (size_t i = 0; i < cuts->len; i++) {
        const struct cut *c = &cuts->data[i];
        bool match = c->match != invert;
        if (i > 0 && joins(behavior, match, previous)) {
            end = c->end;
        } else {
            pieces_add(out, begin, end, -1);
            begin = c->begin;
            end = c->end;
        }
        previous = match;
    }
    pieces_add(out, begin, end, -1);
}

static void split_backward(struct pieces *out, const struct cuts *cuts, bool invert) {
    size_t first = out->len, begin = 0, end = 0;
    bool previous = false;
    for (size_t i = cuts->len; i-- > 0;) {
        const struct cut *c = &cuts->data[i];
        bool match = c->match != invert;
        if (i + 1 < cuts->len && joins(SPLIT_MERGED_WITH_NEXT, match, previous)) {
            begin = c->begin;
        } else {
            pieces_add(out, begin, end, -1);
            begin = c->begin;
            end = c->end;
        }
        previous = match;
    }
    pieces_add(out, begin, end, -1);
    for (size_t i = first, j = out->len; i + 1 < j; i++) {
        struct piece p = out->data[i];
        out->data[i] = out->data[--j];
        out->data[j] = p;
    }
}

void pieces_split(struct pieces *out, const struct cuts *cuts, enum split_behavior behavior,
                  bool invert) {
    if (behavior == SPLIT_MERGED_WITH_NEXT) {
        split_backward(out, cuts, invert);
        return;
    }
    if (behavior == SPLIT_MERGED_WITH_PREVIOUS || behavior == SPLIT_CONTIGUOUS) {
        split_forward(out, cuts, behavior, invert);
        return;
    }
    for (size_t i = 0; i < cuts->len; i++) {
        const struct cut *c = &cuts->data[i];
        if (behavior == SPLIT_ISOLATED || c->match == invert)
            pieces_add(out, c->begin, c->end, -1);
    }
}
