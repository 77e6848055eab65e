/* SPDX-License-Identifier: Apache-2.0 */
/* impl: what a tokenizer is made of. For the files of this folder only. */
#pragma once

#include "engine/token/added.h"
#include "engine/token/decoder.h"
#include "engine/token/model.h"
#include "engine/token/normalizer.h"
#include "engine/token/postprocessor.h"
#include "engine/token/pretokenizer.h"
#include "engine/token/tokenizer.h"

struct tokenizer {
    uint64_t serial; /* no two tokenizers of the process share it */
    struct normalizers normalizers;
    struct pretokenizers pretokenizers;
    struct model model;
    struct added added;
    struct postprocessor post;
    struct decoders decoders;
    struct truncation truncation;
    struct padding padding;
    bool has_truncation, has_padding;
    /* From tokenizer_config.json. */
    int32_t roles[TOKEN_ROLES];
    int64_t max_length;
    enum token_side padding_side;
    bool cleanup;   /* clean_up_tokenization_spaces */
    bool can_clean; /* it has an effect: not with BPE, whose spaces are its own */
};

/* Applies tokenizer_config.json and special_tokens_map.json; usual names the special tokens that
 * neither names. Each may have no node. */
int config_apply(struct tokenizer *t, struct json config, struct json specials_map,
                 struct json usual);
/* Whether decoding with these flags tidies spaces. */
bool tokenizer_cleans(const struct tokenizer *t, int flags);
/* The token as it is decoded; NULL for an id without one, and for what the flags skip. */
const char *tokenizer_shown(const struct tokenizer *t, int32_t id, int flags, size_t *len);
/* The "truncation" and "padding" sections. */
int limits_parse(struct tokenizer *t, struct json truncation, struct json padding);

/* Tokens of one text before special ones come, and how it is cut into chunks. */
struct chunk {
    size_t begin, end;
};
struct tokens {
    int32_t *ids;
    struct token_span *spans;
    int32_t *words;
    uint32_t *blanks; /* leading and trailing blanks of the token, 16 bits each, for trimming */
    size_t len, cap;
    struct chunk *chunks; /* the first stays, the others overflow */
    size_t chunks_len;
};
/* Cuts the tokens of one text, or two, to the length; added special tokens come on top. */
int tokens_truncate(struct tokens *text, struct tokens *pair, const struct truncation *limit,
                    size_t added);
void tokens_whole(struct tokens *text); /* one chunk */
/* Fills *out and its overflow from the chunks, as the template says. */
int tokens_assemble(const struct postprocessor *post, const struct tokens *text,
                    const struct tokens *pair, bool special, struct encoding *out);
void encoding_reserve(struct encoding *e, size_t cap);
