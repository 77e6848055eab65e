/* SPDX-License-Identifier: Apache-2.0 */
/* vocab: token ↔ id. Ids may have holes but not repeat. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/map.h"

struct vocab_name {
    const char *data; /* NUL-terminated; NULL: no token has this id */
    uint32_t len;
};
struct vocab {
    struct vocab_name *names; /* [end] */
    int32_t end;              /* one more than the largest id */
    size_t count;             /* tokens */
    size_t longest;           /* bytes */
    struct map ids;
    struct arena arena; /* the names */
};

/* {"token": id, …}. 0, or ERR_FORMAT naming the token: an id that is no integer, is another's, or
 * is so large that the table of ids would be mostly holes. */
int vocab_parse(struct vocab *out, struct json object);
void vocab_done(struct vocab *v); /* copes with a zeroed struct */
int32_t vocab_id(const struct vocab *v, const char *token, size_t len); /* or -1 */
/* Borrowed; data NULL for an id that is out of range or a hole. */
struct vocab_name vocab_name(const struct vocab *v, int32_t id);
