/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/model.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/token/tokenizer.h"

enum {
    CACHE_SLOTS = 1 << 15,
    CACHED_WORD_MAX = 64,      /* bytes; longer words rarely come twice */
    CACHE_BYTES_MAX = 2 << 20, /* of all cached words; then the cache starts over */
};

struct cache_slot {
    uint64_t hash;
    uint32_t word, word_len; /* in bytes[]; word_len 0: free */
    uint32_t first, count;   /* in symbols[] */
};
struct word_cache {
    struct cache_slot slots[CACHE_SLOTS];
    char *bytes;
    size_t bytes_len, bytes_cap;
    struct symbols symbols;
};

/* -- words seen before -- */

static uint64_t hash_word(const char *word, size_t len) {
    uint64_t h = len * UINT64_C(0x9e3779b97f4a7c15);
    for (; len >= 8; len -= 8, word += 8) {
        uint64_t x;
        memcpy(&x, word, 8);
        h = (h ^ x) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    uint64_t x = 0;
    memcpy(&x, word, len);
    h = (h ^ x) * UINT64_C(0xff51afd7ed558ccd);
    return h ^ h >> 29;
}

static void cache_clear(struct word_cache *c) {
    memset(c->slots, 0, sizeof(c->slots));
    c->bytes_len = 0;
    c->symbols.len = 0;
}

static struct cache_slot *cache_slot(struct word_cache *c, uint64_t hash) {
    return &c->slots[hash >> 32 & (CACHE_SLOTS - 1)];
}

static bool cache_find(struct word_cache *c, uint64_t hash, const char *word, size_t len,
                       const struct symbol **out, size_t *count) {
    const struct cache_slot *s = cache_slot(c, hash);
    if (s->hash != hash || s->word_len != len || memcmp(c->bytes + s->word, word, len) != 0)
        return false;
    *out = s->count > 0 ? c->symbols.data + s->first : NULL; /* a word may be no token at all */
    *count = s->count;
    return true;
}

static void cache_add(struct word_cache *c, uint64_t hash, const char *word, size_t len,
                      const struct symbols *symbols) {
    if (c->bytes_len + len > CACHE_BYTES_MAX)
        cache_clear(c);
    if (c->bytes_len + len > c->bytes_cap) {
        c->bytes_cap = c->bytes_cap * 2 + 4096;
        c->bytes = xrealloc(c->bytes, c->bytes_cap);
    }
    *cache_slot(c, hash) = (struct cache_slot){hash, (uint32_t)c->bytes_len, (uint32_t)len,
                                               (uint32_t)c->symbols.len, (uint32_t)symbols->len};
    memcpy(c->bytes + c->bytes_len, word, len);
    c->bytes_len += len;
    for (size_t i = 0; i < symbols->len; i++)
        model_emit(&c->symbols, symbols->data[i].id, symbols->data[i].end);
}

/* -- scratch -- */

void model_emit(struct symbols *s, int32_t id, size_t end) {
    if (s->len == s->cap) {
        s->cap = s->cap * 2 + 64;
        s->data = xrealloc(s->data, s->cap * sizeof(*s->data));
    }
    s->data[s->len++] = (struct symbol){id, (uint32_t)end};
}

void *model_work(struct model_scratch *s, size_t size) {
    if (size > s->work_size) {
        s->work_size = size + size / 2;
        s->work = xrealloc(s->work, s->work_size);
    }
    return s->work;
}

char *model_spelling(struct model_scratch *s, size_t size) {
    if (size > s->spelling_size) {
        s->spelling_size = size + size / 2;
        s->spelling = xrealloc(s->spelling, s->spelling_size);
    }
    return s->spelling;
}

void model_scratch_done(struct model_scratch *s) {
    if (s->cache) {
        free(s->cache->bytes);
        free(s->cache->symbols.data);
    }
    free(s->cache);
    free(s->symbols.data);
    free(s->work);
    free(s->spelling);
    *s = (struct model_scratch){0};
}

/* -- the section -- */

static const struct model_type *const types[] = {&model_bpe, &model_wordpiece, &model_wordlevel,
                                                 &model_unigram, NULL};

/* Files from before the "type" tag are told apart by their fields, in this order. */
static const struct model_type *type_by_fields(struct json at) {
    if (json_type(json_member(at, "vocab")) == JSON_ARRAY)
        return &model_unigram;
    if (json_exists(json_member(at, "merges")))
        return &model_bpe;
    if (json_exists(json_member(at, "max_input_chars_per_word")))
        return &model_wordpiece;
    return &model_wordlevel;
}

static int parse_vocab(struct model *m, struct json section) {
    struct json vocab;
    int rc = 0;
    if (m->lists) {
        rc = vocab_fill(&m->vocab, m->lists->tokens, m->lists->tokens_len, false);
        return rc < 0 ? err_while(rc, "%s", m->lists->name) : 0;
    }
    rc = json_object(section, "vocab", &vocab);
    return rc < 0 ? rc : vocab_parse(&m->vocab, vocab);
}

int model_parse(struct model *out, struct json section, struct json settings,
                const struct token_lists *lists) {
    const char *name = NULL;
    int rc = json_opt_str(settings, "type", &name);
    if (rc < 0)
        return rc;
    const struct model_type *type = NULL;
    for (size_t i = 0; name && types[i]; i++)
        if (strcmp(name, types[i]->name) == 0)
            type = types[i];
    if (name && !type) {
        json_fail(json_get(settings, "type"), "the model %s is not supported", name);
        return ERR_UNSUPPORTED;
    }
    out->type = type ? type : type_by_fields(settings);
    out->unk = -1;
    out->lists = lists;
    if (out->type != &model_unigram) /* whose tokens come with scores */
        rc = parse_vocab(out, section);
    if (rc == 0)
        rc = out->type->parse(out, section, settings);
    out->lists = NULL;
    if (rc == 0 && out->unk_token)
        out->unk = vocab_id(&out->vocab, out->unk_token, strlen(out->unk_token));
    return rc;
}

void model_set_unk(struct model *m, const char *token) {
    free(m->unk_token);
    m->unk_token = xstrdup(token);
    m->unk = vocab_id(&m->vocab, token, strlen(token));
}

void model_done(struct model *m) {
    if (m->type && m->type->done)
        m->type->done(m);
    vocab_done(&m->vocab);
    free(m->unk_token);
    free(m->prefix);
    *m = (struct model){0};
}

const char *model_name(const struct model *m) {
    return m->type->name;
}

int model_no_unk(const struct model *m) {
    if (!m->unk_token)
        return err_set(ERR_FORMAT, "the vocabulary has no unknown token, and the text needs one");
    return err_set(ERR_FORMAT, "the vocabulary lacks its unknown token \"%s\"", m->unk_token);
}

int model_unknown(const struct model *m, struct model_scratch *s, size_t len) {
    if (m->unk < 0)
        return model_no_unk(m);
    s->symbols.len = 0;
    model_emit(&s->symbols, m->unk, len);
    return 0;
}

int model_run(const struct model *m, struct model_scratch *s, uint64_t owner, const char *word,
              size_t len, const struct symbol **out, size_t *count) {
    if (!s->cache)
        s->cache = xcalloc(1, sizeof(*s->cache));
    if (s->owner != owner)
        cache_clear(s->cache);
    s->owner = owner;
    uint64_t hash = 0;
    if (len <= CACHED_WORD_MAX) {
        hash = hash_word(word, len);
        if (cache_find(s->cache, hash, word, len, out, count))
            return 0;
    }
    s->symbols.len = 0;
    int rc = m->type->run(m, s, word, len);
    if (rc < 0)
        return rc;
    if (len <= CACHED_WORD_MAX)
        cache_add(s->cache, hash, word, len, &s->symbols);
    *out = s->symbols.data;
    *count = s->symbols.len;
    return 0;
}
