/* SPDX-License-Identifier: Apache-2.0 */
/* dialect: one API of models as data: how a request is written and an answer read. One const row
 * per file in dialects/.
 *
 * A conversation is kept in the words of its dialect; what a model said goes back unchanged, as the
 * APIs demand. Answers are untrusted: a call whose arguments are no JSON is a call that failed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json.h"

enum { DIALECT_CALLS_MAX = 32, DIALECT_HISTORY_MAX = 24 << 20 };

/* A tool as a model sees it; parameters is a JSON Schema object. */
struct dialect_tool {
    const char *name, *description, *parameters;
};

struct dialect_call {
    const char *id, *name;
    const char *arguments; /* JSON text, or what the model said instead */
    const char *result;    /* set by who runs it */
    bool failed;
};

struct conversation {
    struct arena arena;
    const char *model, *system, *task;
    const struct dialect_tool *tools; /* ended by a NULL name */
    struct buf history;               /* items of the array, separated by commas */
    struct dialect_call calls[DIALECT_CALLS_MAX];
    size_t call_count;
    const char *said; /* the text of the last answer, "" without */
};

struct dialect {
    const char *name, *path;
    const char *key_format; /* a header, with %s for the key */
    /* The whole request. */
    void (*write)(const struct conversation *c, struct buf *out);
    /* Keeps the answer in the history, fills calls and said. 0 or ERR_FORMAT. */
    int (*read)(struct conversation *c, struct json answer);
    /* Adds the results of all calls to the history. */
    void (*add_results)(struct conversation *c);
};

extern const struct dialect *const dialect_table[];
/* ERR_ARG naming those there are. */
int dialect_find(const struct dialect **out, const char *name);

void conversation_init(struct conversation *c, const struct dialect *d, const char *model,
                       const char *system, const char *task, const struct dialect_tool *tools);
void conversation_done(struct conversation *c);
/* For dialects. A comma where one is due, then the value, or the text as a JSON string. */
void conversation_keep(struct conversation *c, struct json item);
void conversation_comma(struct conversation *c);
void conversation_quote(struct buf *out, const char *text);
void conversation_add_call(struct conversation *c, const char *id, const char *name,
                           const char *arguments);
/* A call whose three strings are at these paths of v. 0 or ERR_FORMAT. */
int conversation_read_call(struct conversation *c, struct json v, const char *id, const char *name,
                           const char *arguments);
/* An item for each call: head, its id, middle, its result, "}". */
void conversation_add_results(struct conversation *c, const char *head, const char *middle);
const char *conversation_text(struct conversation *c, struct json v); /* of a value, as JSON */
