/* SPDX-License-Identifier: Apache-2.0 */
/* vocab: token ↔ id. Ids may have holes but not repeat. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/json.h"

struct vocab_name {
    const char *data; /* NUL-terminated; NULL: no token has this id */
    uint32_t len;
};
struct token_text;
struct vocab_slot;
struct vocab {
    struct vocab_name *names; /* [end] */
    int32_t end;              /* one more than the largest id */
    size_t count;             /* tokens */
    size_t longest;           /* bytes */
    struct vocab_slot *slots; /* ids by hash, [mask + 1] */
    size_t mask;
    char *bytes; /* of the names */
    size_t bytes_len;
    size_t size; /* bytes of all three, which are one block */
};

/* {"token": id, …}. 0, or ERR_FORMAT naming the token: an id that is no integer, is another's, or
 * is so large that the table of ids would be mostly holes; or ERR_NOMEM. */
int vocab_parse(struct vocab *out, struct json object);
/* Token i has the id i, or none has when its data is NULL. Where one may be there twice the last
 * is found, and all have a name. 0, else ERR_FORMAT for one that is; ERR_NOMEM. */
int vocab_fill(struct vocab *out, const struct token_text *tokens, size_t count, bool twice);
void vocab_done(struct vocab *v); /* copes with a zeroed struct */
int32_t vocab_id(const struct vocab *v, const char *token, size_t len); /* or -1 */
/* The ids of <0x00> … <0xFF>, or -1. */
void vocab_bytes(const struct vocab *v, int32_t ids[256]);
/* Borrowed; data NULL for an id that is out of range or a hole. */
struct vocab_name vocab_name(const struct vocab *v, int32_t id);

enum { VOCAB_BATCH = 64 };
/* vocab_id() of n ≤ VOCAB_BATCH tokens: memory is waited for once, not n times. */
void vocab_ids(const struct vocab *v, const struct vocab_name *tokens, size_t n, int32_t *ids);
