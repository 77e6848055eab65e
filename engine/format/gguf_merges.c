/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/gguf_merges.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/map.h"
#include "engine/format/gguf_vocabulary.h"

/* Control tokens and those of bytes are never joined from text, as in SentencePiece. */
static bool is_piece(const struct gguf_vocabulary *v, int64_t id) {
    enum gguf_token_type type = gguf_vocabulary_type(v, id);
    return type == GGUF_TOKEN_NORMAL || type == GGUF_TOKEN_USER ||
           (type == GGUF_TOKEN_UNUSED && !gguf_vocabulary_is_filler(v, id));
}

static void add(struct gguf_merges *m, struct gguf_merge merge) {
    if (m->len == m->cap) {
        m->cap = m->cap * 2 + 1024;
        m->data = xrealloc(m->data, m->cap * sizeof(*m->data));
    }
    m->data[m->len++] = merge;
}

static void add_cuts(struct gguf_merges *m, const struct gguf_vocabulary *v, const struct map *ids,
                     int64_t id, float score) {
    const struct gguf_string *t = &v->tokens[id];
    uint32_t left, right;
    for (size_t cut = 1; cut < t->len; cut++) {
        if (((unsigned char)t->data[cut] & 0xc0) == 0x80) /* within a character */
            continue;
        if (map_find(ids, t->data, cut, &left) &&
            map_find(ids, t->data + cut, t->len - cut, &right))
            add(m, (struct gguf_merge){score, (int32_t)id, (uint32_t)cut});
    }
}

static int compare(const void *a, const void *b) {
    const struct gguf_merge *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->left < y->left ? -1 : x->left > y->left;
}

int gguf_merges_make(struct gguf_merges *m, const struct gguf_vocabulary *v) {
    const struct gguf_value *scores = NULL;
    struct map ids;
    int rc = gguf_vocabulary_scores(v, &scores);
    if (rc < 0)
        return rc;
    map_init(&ids, (size_t)v->count);
    for (int64_t i = 0; rc == 0 && i < v->count; i++) {
        if (!is_piece(v, i))
            continue;
        if (v->tokens[i].len > GGUF_PIECE_MAX)
            rc =
                gguf_fail(v->g, GGUF_TOKENS_KEY, "token %" PRId64 " has %zu bytes, and %d are most",
                          i, v->tokens[i].len, GGUF_PIECE_MAX);
        (void)map_add(&ids, v->tokens[i].data, v->tokens[i].len, (uint32_t)i);
    }
    for (int64_t i = 0; rc == 0 && i < v->count; i++)
        if (is_piece(v, i))
            add_cuts(m, v, &ids, i, (float)gguf_item_real(scores, (uint64_t)i));
    map_done(&ids);
    if (m->len > 0)
        qsort(m->data, m->len, sizeof(*m->data), compare);
    return rc;
}

void gguf_merges_done(struct gguf_merges *m) {
    free(m->data);
    *m = (struct gguf_merges){0};
}
