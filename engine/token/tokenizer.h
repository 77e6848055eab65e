/* SPDX-License-Identifier: Apache-2.0 */
/* tokenizer: text ↔ token ids, as a tokenizer.json says.
 *
 * The file is the whole truth: every id, offset and decoded byte equals what HF tokenizers 0.23
 * gives for the same file, and what tokenizer_config.json adds on top equals Transformers 5.17.
 * A tokenizer never changes once open and may be shared by threads. Text need not be valid
 * UTF-8: each maximal ill-formed subpart counts as U+FFFD, as Python's errors="replace" has it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/token/encoding.h"

struct tokenizer;

struct token_text {
    const char *data; /* may be NULL when len is 0 */
    size_t len;       /* bytes */
};

/* path is a tokenizer.json, or a folder with one and perhaps a tokenizer_config.json and a
 * special_tokens_map.json; the class that the config or the folder's config.json comes to may
 * make part of it anew (recipe.h). 0; ERR_NOTFOUND, ERR_IO, ERR_LIMIT; ERR_FORMAT and
 * ERR_UNSUPPORTED with a sentence that names file and JSON path. On failure *out is left alone. */
int tokenizer_open(struct tokenizer **out, const char *path);
/* The same from bytes. name is what messages call them; config (tokenizer_config.json) may be
 * NULL. Nothing is kept of the bytes. */
int tokenizer_parse(struct tokenizer **out, const char *json, size_t len, const char *name,
                    const char *config, size_t config_len);
/* What a document would hold most of, from elsewhere: in place of its "vocab" and "merges". */
struct token_lists {
    const struct token_text
        *tokens; /* [tokens_len] number i has the id i; data NULL: none has it */
    size_t tokens_len;
    const struct token_text *merges; /* [merges_len] "left right", of BPE */
    size_t merges_len;
    const char *name; /* what messages call where they come from */
};
/* As tokenizer_parse(). Nothing is kept of the lists either. */
int tokenizer_parse_lists(struct tokenizer **out, const char *json, size_t len, const char *name,
                          const char *config, size_t config_len, const struct token_lists *lists);
void tokenizer_close(struct tokenizer *t); /* NULL is fine */

/* Tokens of the model and, with added, of added_tokens too. */
size_t tokenizer_vocab_size(const struct tokenizer *t, bool added);
/* One more than the largest id; ids below may be unused. */
int32_t tokenizer_id_end(const struct tokenizer *t);
/* The id of exactly this token, or -1. */
int32_t tokenizer_id(const struct tokenizer *t, const char *token, size_t len);
/* The token as the vocabulary spells it (not decoded), borrowed, NUL-terminated; NULL when no
 * token has this id. len may be NULL. */
const char *tokenizer_token(const struct tokenizer *t, int32_t id, size_t *len);
bool tokenizer_is_added(const struct tokenizer *t, int32_t id);
bool tokenizer_is_special(const struct tokenizer *t, int32_t id);

/* Roles that tokenizer_config.json and special_tokens_map.json assign. */
enum token_role {
    TOKEN_BOS,
    TOKEN_EOS,
    TOKEN_UNK,
    TOKEN_SEP,
    TOKEN_PAD,
    TOKEN_CLS,
    TOKEN_MASK,
    TOKEN_ROLES,
};
int32_t tokenizer_role(const struct tokenizer *t, enum token_role role); /* id or -1 */
/* model_max_length, or 0 when there is none (also for HF's 1e30). */
int64_t tokenizer_max_length(const struct tokenizer *t);

enum token_side { SIDE_RIGHT, SIDE_LEFT };
/* padding_side, else the side in tokenizer.json's padding, else right. */
enum token_side tokenizer_padding_side(const struct tokenizer *t);

enum truncation_strategy { TRUNCATE_LONGEST_FIRST, TRUNCATE_ONLY_FIRST, TRUNCATE_ONLY_SECOND };
struct truncation {
    size_t max_length; /* tokens, special ones included; 0 keeps none of the text */
    size_t stride;     /* tokens that consecutive overflow pieces share; < what the text may have */
    enum truncation_strategy strategy;
    enum token_side side; /* which end is cut off */
};

struct padding {
    size_t length;      /* 0 = to the longest of the batch */
    size_t multiple_of; /* 0 or 1 = any */
    int32_t id, type_id;
    enum token_side side;
};
/* What tokenizer.json asks for, or NULL. */
const struct truncation *tokenizer_truncation(const struct tokenizer *t);
const struct padding *tokenizer_padding(const struct tokenizer *t);

enum encode_flags {
    ENCODE_SPECIAL = 1 << 0,      /* add the special tokens of the post-processor */
    ENCODE_OFFSETS = 1 << 1,      /* fill offsets (ids alone are faster) */
    ENCODE_BYTE_OFFSETS = 1 << 2, /* … in bytes of the text as given (implies ENCODE_OFFSETS) */
    ENCODE_WORDS = 1 << 3,        /* texts are words already: words[] numbers them */
    ENCODE_WHOLE = 1 << 4,        /* neither truncate nor pad, whatever tokenizer.json says */
};

struct encode_request {
    const struct token_text *text; /* text_len items: 1, or any number under ENCODE_WORDS */
    size_t text_len;
    const struct token_text *pair; /* NULL: no second text */
    size_t pair_len;
    int flags;
    const struct truncation *truncation; /* NULL: what tokenizer.json says */
    const struct padding *padding;       /* NULL: what tokenizer.json says */
};

/* One text. Fills *out anew. 0; ERR_LIMIT for text over 256 MiB or a pattern that backtracks
 * without end; ERR_ARG for truncation that cannot be met; ERR_FORMAT when the text holds what
 * the vocabulary has no token for. */
int tokenizer_encode(const struct tokenizer *t, struct encoding *out, const char *text, size_t len,
                     int flags);
/* All that there is: pairs, words, truncation, padding of this one encoding. */
int tokenizer_encode_request(const struct tokenizer *t, struct encoding *out,
                             const struct encode_request *request);
/* Pads count encodings (and their overflow) to one length. 0 or ERR_LIMIT. */
int encoding_pad(struct encoding *encodings, size_t count, const struct padding *padding);

enum decode_flags {
    DECODE_SKIP_SPECIAL = 1 << 0,
    DECODE_CLEANUP = 1 << 1,    /* " ." → "." and so on, whatever tokenizer_config.json says */
    DECODE_NO_CLEANUP = 1 << 2, /* never */
};
/* Appends the text to out. Ids that no token has are left out, as HF does. 0 or ERR_LIMIT. */
int tokenizer_decode(const struct tokenizer *t, struct buf *out, const int32_t *ids, size_t len,
                     int flags);
/* The same in memory that is kept from call to call: nothing is allocated once it has grown. */
struct decode_scratch;
struct decode_scratch *decode_scratch_new(void);
void decode_scratch_free(struct decode_scratch *s); /* NULL is fine */
int tokenizer_decode_in(struct decode_scratch *s, const struct tokenizer *t, struct buf *out,
                        const int32_t *ids, size_t len, int flags);
