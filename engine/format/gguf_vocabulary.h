/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_vocabulary: the tokens of a GGUF file, what kind each is, and which of them have a role.
 *
 * All is checked when it is read: tokens are UTF-8 without a NUL, there is a type for each or for
 * none, roles are ids of the list. What tokens mean is for the model of the tokenizer to say. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/format/gguf_metadata.h"

#define GGUF_TOKENS_KEY "tokenizer.ggml.tokens"

enum { GGUF_TOKEN_NONE = -1 };

/* The numbers are the format's. */
enum gguf_token_type {
    GGUF_TOKEN_NORMAL = 1,
    GGUF_TOKEN_UNKNOWN,
    GGUF_TOKEN_CONTROL,
    GGUF_TOKEN_USER,
    GGUF_TOKEN_UNUSED,
    GGUF_TOKEN_BYTE
};

enum gguf_role {
    GGUF_ROLE_BOS,
    GGUF_ROLE_EOS,
    GGUF_ROLE_UNK,
    GGUF_ROLE_SEP,
    GGUF_ROLE_PAD,
    GGUF_ROLE_CLS,
    GGUF_ROLE_MASK,
    GGUF_ROLES
};

struct gguf_vocabulary {
    const struct gguf *g;
    struct gguf_string *tokens; /* [count], in the file */
    int64_t count;
    const struct gguf_value *types; /* NULL: all are normal */
    int64_t roles[GGUF_ROLES];      /* ids, or GGUF_TOKEN_NONE */
};

/* Fills a zeroed struct. 0, or ERR_FORMAT naming file and key; done is due in any case. */
int gguf_vocabulary_read(struct gguf_vocabulary *v, const struct gguf *g);
void gguf_vocabulary_done(struct gguf_vocabulary *v); /* copes with a zeroed struct */

enum gguf_token_type gguf_vocabulary_type(const struct gguf_vocabulary *v, int64_t id);
/* Whether it is looked for in a text before anything else is: unknown, control, and users' own. */
bool gguf_vocabulary_is_added(const struct gguf_vocabulary *v, int64_t id);
/* Whether it only fills the table up, as converters do where a model has more rows than tokens. */
bool gguf_vocabulary_is_filler(const struct gguf_vocabulary *v, int64_t id);
/* The first token of that spelling, or GGUF_TOKEN_NONE. */
int64_t gguf_vocabulary_find(const struct gguf_vocabulary *v, const char *text);
/* A role that the file gives to no token belongs to the one it usually has: that of the role
 * `other`, or the one of that spelling. */
void gguf_vocabulary_assume(struct gguf_vocabulary *v, enum gguf_role role, enum gguf_role other,
                            const char *text);
/* A score for each token. 0, or ERR_FORMAT naming file and key: they are missing, too few or not
 * finite. */
int gguf_vocabulary_scores(const struct gguf_vocabulary *v, const struct gguf_value **out);
/* What HF calls it: "bos_token". */
const char *gguf_vocabulary_role(enum gguf_role role);
