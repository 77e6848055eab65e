/* SPDX-License-Identifier: Apache-2.0 */
/* model: the "model" section – what turns one word into token ids. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/json.h"
#include "engine/token/vocab.h"

struct bpe;
struct unigram;
struct token_lists;
struct model_type;

struct model {
    const struct model_type *type;
    struct vocab vocab;
    char *unk_token; /* NULL: none */
    int32_t unk;     /* its id, -1 when the vocabulary lacks it */
    char *prefix;    /* of every piece of a word but the first; "" for none */
    size_t prefix_len;
    int64_t max_chars; /* of WordPiece: longer words are unknown */
    struct bpe *bpe;
    struct unigram *unigram;
    const struct token_lists *lists; /* while it is parsed, or NULL */
};

/* One token of a word, up to the byte `end` of it. One that ends where the token before it does has
 * the same origin. */
struct symbol {
    int32_t id;
    uint32_t end;
};
struct symbols {
    struct symbol *data;
    size_t len, cap;
};
void model_emit(struct symbols *s, int32_t id, size_t end);

/* Buffers of one thread, and its cache of words. Zero it first. */
struct model_scratch {
    uint64_t owner; /* serial of the tokenizer whose words are cached */
    struct word_cache *cache;
    struct symbols symbols; /* the answer */
    void *work;             /* lists of BPE and Unigram */
    size_t work_size;       /* bytes */
    char *spelling;         /* a piece with prefix and suffix */
    size_t spelling_size;
};
void model_scratch_done(struct model_scratch *s);

/* The vocabulary and merges are in section, all else in settings, which may be the same one.
 * lists: see tokenizer.h; may be NULL. 0, ERR_FORMAT, ERR_UNSUPPORTED. */
int model_parse(struct model *out, struct json section, struct json settings,
                const struct token_lists *lists);
/* Another token for what the vocabulary lacks, copied. */
void model_set_unk(struct model *m, const char *token);
void model_done(struct model *m); /* copes with a zeroed struct */
const char *model_name(const struct model *m);
/* The tokens of word[0, len), len > 0, borrowed until the next call with the same scratch.
 * 0, or ERR_FORMAT when an unknown token is needed and the vocabulary lacks it. */
int model_run(const struct model *m, struct model_scratch *s, uint64_t owner, const char *word,
              size_t len, const struct symbol **out, size_t *count);

/* For the models themselves. */
struct model_type {
    const char *name;
    /* A vocabulary that is an object is parsed already; one that is a list, and merges, are in
     * section. */
    int (*parse)(struct model *m, struct json section, struct json settings);
    int (*run)(const struct model *m, struct model_scratch *s, const char *word, size_t len);
    void (*done)(struct model *m); /* or NULL */
};
extern const struct model_type model_bpe, model_wordpiece, model_wordlevel, model_unigram;
/* At least size bytes of s->work, not cleared. */
void *model_work(struct model_scratch *s, size_t size);
/* At least size bytes of s->spelling. */
char *model_spelling(struct model_scratch *s, size_t size);
/* The whole word becomes one unknown token. 0 or ERR_FORMAT. */
int model_unknown(const struct model *m, struct model_scratch *s, size_t len);
/* ERR_FORMAT: the word needs an unknown token. */
int model_no_unk(const struct model *m);
