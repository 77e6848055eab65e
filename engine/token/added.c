/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/added.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/token/unicode.h"

struct trie_node {
    uint32_t child, sibling; /* 0: none; node 0 is not used */
    int32_t id;              /* of the token that ends here, or -1 */
    unsigned char byte;
};

/* -- the trie -- */

static void trie_reset(struct trie *t) {
    memset(t->first, 0, sizeof(t->first));
    t->len = 1;
}

static uint32_t trie_node(struct trie *t, unsigned char byte, uint32_t sibling) {
    if (t->len >= t->cap) {
        t->cap = t->cap * 2 + 256;
        t->nodes = xrealloc(t->nodes, t->cap * sizeof(*t->nodes));
    }
    t->nodes[t->len] = (struct trie_node){0, sibling, -1, byte};
    return t->len++;
}

static uint32_t trie_child(const struct trie *t, uint32_t node, unsigned char byte) {
    uint32_t kid = t->nodes[node].child;
    while (kid && t->nodes[kid].byte != byte)
        kid = t->nodes[kid].sibling;
    return kid;
}

/* Of two tokens that look the same, the one with the lower id is found. */
static void trie_add(struct trie *t, const char *s, int32_t id) {
    const unsigned char *u = (const unsigned char *)s;
    if (!*u)
        return;
    if (!t->first[*u])
        t->first[*u] = trie_node(t, *u, 0);
    uint32_t node = t->first[*u];
    while (*++u) {
        uint32_t kid = trie_child(t, node, *u);
        if (!kid) {
            kid = trie_node(t, *u, t->nodes[node].child);
            t->nodes[node].child = kid;
        }
        node = kid;
    }
    if (t->nodes[node].id < 0 || t->nodes[node].id > id)
        t->nodes[node].id = id;
}

/* The longest token that begins at s: its id and length, or -1. */
static int32_t trie_match(const struct trie *t, const char *s, const char *end, size_t *len) {
    int32_t id = -1;
    const char *p = s;
    for (uint32_t node = t->first[(unsigned char)*p]; node;) {
        p++;
        if (t->nodes[node].id >= 0) {
            id = t->nodes[node].id;
            *len = (size_t)(p - s);
        }
        node = p < end ? trie_child(t, node, (unsigned char)*p) : 0;
    }
    return id;
}

/* -- the tokens -- */

void added_done(struct added *a) {
    for (size_t i = 0; i < a->len; i++) {
        free(a->items[i]->content);
        free(a->items[i]->shown);
        free(a->items[i]);
    }
    free(a->items);
    free(a->by_id);
    free(a->raw.nodes);
    free(a->normalized.nodes);
    map_done(&a->contents);
    *a = (struct added){0};
}

const struct added_token *added_by_id(const struct added *a, int32_t id) {
    return id >= 0 && id < a->end && a->by_id[id] ? a->items[a->by_id[id] - 1] : NULL;
}

const struct added_token *added_by_content(const struct added *a, const char *content, size_t len) {
    uint32_t i;
    return a->len && map_find(&a->contents, content, len, &i) ? a->items[i] : NULL;
}

size_t added_index(const struct added *a, const struct added_token *token) {
    uint32_t i = 0;
    CHECK(map_find(&a->contents, token->content, strlen(token->content), &i));
    return i;
}

int32_t added_next_id(const struct added *a, const struct model *model) {
    int32_t max = -1, count = (int32_t)model->vocab.count;
    for (size_t i = 0; i < a->len; i++)
        max = a->items[i]->id > max ? a->items[i]->id : max;
    return max >= count || (count == 0 && max >= 0) ? max + 1 : count;
}

/* What the normalizers make of the content. */
static int normalize(const char *content, const struct normalizers *normalizers, char **out) {
    struct text text = {0}, work = {0};
    text_set(&text, content, strlen(content), false);
    int rc = normalizer_run(normalizers, &text, &work);
    if (rc == 0)
        *out = xstrndup(text.data ? text.data : "", text.len);
    text_done(&text);
    text_done(&work);
    return rc;
}

int added_add(struct added *a, const struct added_token *token, const struct model *model,
              const struct normalizers *normalizers, int32_t *next) {
    size_t len = strlen(token->content);
    uint32_t at = 0;
    if (len == 0)
        return 0;
    char *shown = NULL;
    int rc = token->normalized ? normalize(token->content, normalizers, &shown) : 0;
    if (rc < 0)
        return err_while(rc, "added token \"%s\"", token->content);
    struct added_token *item;
    if (a->len && map_find(&a->contents, token->content, len, &at)) {
        item = a->items[at];
        free(item->shown);
    } else {
        item = xcalloc(1, sizeof(*item));
        item->content = xstrdup(token->content);
        item->id = vocab_id(&model->vocab, token->content, len);
        if (item->id < 0)
            item->id = (*next)++;
        a->items = xrealloc(a->items, (a->len + 1) * sizeof(struct added_token *));
        a->items[a->len] = item;
        map_add(&a->contents, item->content, len, (uint32_t)a->len++);
    }
    item->shown = shown ? shown : xstrdup(token->content);
    item->single_word = token->single_word;
    item->lstrip = token->lstrip;
    item->rstrip = token->rstrip;
    item->normalized = token->normalized;
    item->special = token->special;
    item->ever_special |= token->special;
    return 0;
}

void added_build(struct added *a) {
    a->end = 0;
    for (size_t i = 0; i < a->len; i++)
        a->end = a->items[i]->id >= a->end ? a->items[i]->id + 1 : a->end;
    free(a->by_id);
    a->by_id = xcalloc((size_t)a->end + 1, sizeof(*a->by_id));
    trie_reset(&a->raw);
    trie_reset(&a->normalized);
    for (size_t i = 0; i < a->len; i++) {
        struct added_token *t = a->items[i];
        const struct added_token *same = added_by_content(a, t->shown, strlen(t->shown));
        t->skipped = same && same->ever_special;
        a->by_id[t->id] = (uint32_t)i + 1;
        trie_add(t->normalized ? &a->normalized : &a->raw, t->shown, t->id);
    }
}

/* -- finding them -- */

static bool is_word_before(const struct text *text, size_t begin, size_t at) {
    size_t n;
    if (at == begin)
        return false;
    do
        at--;
    while (((unsigned char)text->data[at] & 0xc0) == 0x80);
    return unicode_is_word(text_code(text->data + at, &n));
}

static bool is_word_after(const struct text *text, size_t at, size_t end) {
    size_t n;
    return at < end && unicode_is_word(text_code(text->data + at, &n));
}

/* Where the white space that ends at `at` begins, not before low. */
static size_t skip_space_back(const struct text *text, size_t low, size_t at) {
    size_t n;
    while (at > low) {
        size_t i = at - 1;
        while (i > low && ((unsigned char)text->data[i] & 0xc0) == 0x80)
            i--;
        if (!unicode_is_space(text_code(text->data + i, &n)))
            break;
        at = i;
    }
    return at;
}

static size_t skip_space(const struct text *text, size_t at, size_t end) {
    size_t n;
    while (at < end && unicode_is_space(text_code(text->data + at, &n)))
        at += n;
    return at;
}

void added_split(const struct added *a, const struct trie *trie, const struct text *text,
                 size_t begin, size_t end, struct pieces *out) {
    const char *s = text->data;
    size_t done = begin, len = 0;
    if (trie->len < 2) {
        pieces_add(out, begin, end, -1);
        return;
    }
    for (size_t i = begin; i < end;) {
        int32_t id = trie->first[(unsigned char)s[i]] ? trie_match(trie, s + i, s + end, &len) : -1;
        if (id < 0) {
            i++;
            continue;
        }
        const struct added_token *t = added_by_id(a, id);
        size_t from = i, to = i + len;
        i = to; /* also when it does not count: nothing inside it is looked at again */
        if (a->ignore_special && t->ever_special)
            continue;
        if (t->single_word && (is_word_before(text, begin, from) || is_word_after(text, to, end)))
            continue;
        if (t->lstrip && from > done)
            from = skip_space_back(text, done, from);
        else if (t->lstrip)
            from = done;
        if (t->rstrip)
            to = skip_space(text, to, end);
        if (done < from)
            pieces_add(out, done, from, -1);
        pieces_add(out, from, to, id);
        done = to;
    }
    if (done < end)
        pieces_add(out, done, end, -1);
}
