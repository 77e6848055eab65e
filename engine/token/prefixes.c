/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens are sorted, so that a node is a range of them and its children parts of the range.
 * Nodes take the first free place that fits all of their children; as most have one child, what
 * larger families leave open is filled. */
#include "engine/token/prefixes.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/token/vocab.h"

enum {
    BLOCK = 256,
    UNITS_MAX = 1 << 24, /* a base has 24 bits */
    TRIES = 32,          /* free places looked at before there is a new block */
};

struct entry {
    uint64_t head; /* the first bytes, to sort by */
    const char *data;
    uint32_t len, id;
};
struct slot {
    uint32_t next, prev; /* free places, in a ring with slot 0 */
    bool taken, based;   /* by a node; as a base */
};
/* entries[begin, end) have the first depth bytes in common, which lead to that unit. */
struct range {
    uint32_t begin, end, depth, unit;
};
struct builder {
    struct prefixes *out;
    struct entry *entries;
    struct slot *slots;
    struct range *stack;
    size_t len, units, stacked;
    unsigned char labels[BLOCK]; /* of the node in hand */
    int count;
};

/* -- in order -- */

static int compare(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->head != y->head)
        return x->head < y->head ? -1 : 1;
    uint32_t len = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->data, y->data, len);
    if (order != 0)
        return order;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

static bool is_same(const struct entry *a, const struct entry *b) {
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void sort(struct builder *b, const struct vocab_name *names, size_t len) {
    b->entries = xcalloc(len + 1, sizeof(*b->entries));
    for (size_t i = 0; i < len; i++) {
        uint64_t head = 0;
        if (!names[i].data || names[i].len == 0)
            continue;
        memcpy(&head, names[i].data, names[i].len < sizeof(head) ? names[i].len : sizeof(head));
        b->entries[b->len++] =
            (struct entry){be64toh(head), names[i].data, names[i].len, (uint32_t)i};
    }
    qsort(b->entries, b->len, sizeof(*b->entries), compare);
    size_t kept = 0;
    for (size_t i = 0; i < b->len; i++)
        if (i + 1 == b->len || !is_same(&b->entries[i], &b->entries[i + 1]))
            b->entries[kept++] = b->entries[i];
    b->len = kept;
}

/* -- places -- */

static void link_free(struct slot *slots, uint32_t at) {
    uint32_t last = slots[0].prev;
    slots[at].prev = last;
    slots[at].next = 0;
    slots[last].next = at;
    slots[0].prev = at;
}

static int add_block(struct builder *b) {
    if (b->units == UNITS_MAX)
        return err_set(ERR_LIMIT, "the tokens make over %d prefixes", UNITS_MAX);
    size_t from = b->units, to = from + BLOCK;
    if ((from & (from - 1)) == 0) { /* powers of two, and room for as many again */
        size_t cap = from ? 2 * from : BLOCK;
        b->slots = xrealloc(b->slots, cap * sizeof(*b->slots));
        b->out->units = xrealloc(b->out->units, cap * sizeof(*b->out->units));
    }
    memset(b->slots + from, 0, BLOCK * sizeof(*b->slots));
    for (size_t i = from; i < to; i++) {
        b->out->units[i] = (struct prefixes_unit){0, -1};
        if (from > 0)
            link_free(b->slots, (uint32_t)i);
    }
    b->units = to;
    return 0;
}

static bool fits(const struct builder *b, uint32_t base) {
    if (base < BLOCK || b->slots[base].based)
        return false;
    for (int i = 0; i < b->count; i++)
        if (b->slots[base ^ b->labels[i]].taken)
            return false;
    return true;
}

/* A base for the labels in hand, whose places are then taken. */
static int place(struct builder *b, uint32_t *base) {
    uint32_t at = b->slots[0].next;
    int tries = 0;
    for (; at && tries < TRIES && !fits(b, at ^ b->labels[0]); tries++)
        at = b->slots[at].next;
    if (!at || tries == TRIES) {
        at = (uint32_t)b->units ^ b->labels[0];
        int rc = add_block(b);
        if (rc < 0)
            return rc;
    }
    *base = at ^ b->labels[0];
    b->slots[*base].based = true;
    for (int i = 0; i < b->count; i++) {
        struct slot *s = &b->slots[*base ^ b->labels[i]];
        s->taken = true;
        b->slots[s->prev].next = s->next;
        b->slots[s->next].prev = s->prev;
    }
    return 0;
}

/* -- nodes -- */

static unsigned char label_of(const struct builder *b, uint32_t entry, uint32_t depth) {
    return (unsigned char)b->entries[entry].data[depth];
}

static void push(struct builder *b, const struct range *parent, uint32_t begin, uint32_t end,
                 uint32_t base) {
    unsigned char label = label_of(b, begin, parent->depth);
    uint32_t unit = base ^ label;
    b->out->units[unit].link = label;
    b->stack[b->stacked++] = (struct range){begin, end, parent->depth + 1, unit};
}

static int add_children(struct builder *b, const struct range *r, uint32_t *base) {
    b->count = 0;
    for (uint32_t i = r->begin; i < r->end; i++) {
        unsigned char label = label_of(b, i, r->depth);
        if (b->count == 0 || b->labels[b->count - 1] != label)
            b->labels[b->count++] = label;
    }
    int rc = place(b, base);
    for (uint32_t i = r->begin, from = i; rc == 0 && i < r->end; i++)
        if (i + 1 == r->end || label_of(b, i, r->depth) != label_of(b, i + 1, r->depth)) {
            push(b, r, from, i + 1, *base);
            from = i + 1;
        }
    return rc;
}

static int build_nodes(struct builder *b) {
    struct range root = {0, (uint32_t)b->len, 0, 0};
    int rc = b->len ? add_children(b, &root, &b->out->root) : 0;
    while (rc == 0 && b->stacked > 0) {
        struct range r = b->stack[--b->stacked];
        uint32_t base = 0;
        if (b->entries[r.begin].len == r.depth) /* sorted: the one that ends here is the first */
            b->out->units[r.unit].id = (int32_t)b->entries[r.begin++].id;
        if (r.begin < r.end)
            rc = add_children(b, &r, &base);
        b->out->units[r.unit].link |= base << 8;
    }
    return rc;
}

int prefixes_build(struct prefixes *out, const struct vocab_name *names, size_t len) {
    struct builder b = {.out = out};
    *out = (struct prefixes){0};
    sort(&b, names, len);
    b.stack = xcalloc(b.len + 1, sizeof(*b.stack)); /* ranges that wait have nothing in common */
    int rc = add_block(&b);
    if (rc == 0)
        rc = build_nodes(&b);
    free(b.entries);
    free(b.slots);
    free(b.stack);
    return rc;
}

void prefixes_done(struct prefixes *p) {
    free(p->units);
    *p = (struct prefixes){0};
}
