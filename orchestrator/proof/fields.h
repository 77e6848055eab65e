/* SPDX-License-Identifier: Apache-2.0 */
/* fields: a struct and its JSON object, as rows that writer and reader both walk: there is no key
 * that only one of them knows.
 *
 * What is read comes from anywhere. Every key is required and no other is allowed; each value has
 * a type, limits, and no byte in it that a terminal or a page would take for something else. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/base/json.h"

struct arena;

enum fields_kind {
    FIELDS_TEXT,  /* min…max bytes of one line; written cut and without controls */
    FIELDS_PATH,  /* the same, and a path below the top of a tree; "" when min is 0 */
    FIELDS_ID,    /* the same, as a folder is called: [0-9a-z.-], and no dot at the front */
    FIELDS_HEX,   /* max lower-case digits; "" too when min is 0 */
    FIELDS_INT,   /* min…max */
    FIELDS_SHARE, /* double, 0…1 */
    FIELDS_BYTES, /* text of any lines, max bytes */
    FIELDS_RAW,   /* the text of a JSON object, max bytes; "" is written null when min is 0 */
    FIELDS_LIST,  /* min…max paths; their number at `count` */
    FIELDS_ROWS,  /* min…max objects as `of` has them; their number at `count` */
    FIELDS_NULL,  /* no value: the section may be null, and is when the text at `offset` is "" */
};

struct fields {
    size_t size; /* of the struct */
    const struct fields_row *rows;
};

/* Texts are const char * and never NULL; numbers int64_t; counts size_t. */
struct fields_row {
    const char *section; /* the object that it is in; "" = the top. Those of one stand together */
    const char *key;     /* NULL ends the table */
    enum fields_kind kind;
    size_t offset; /* in the struct */
    int64_t min, max;
    size_t count;
    const struct fields *of;
};

/* text as a FIELDS_TEXT of at most max bytes is written; free() it. */
char *fields_line(const char *text, size_t max);
/* Writes the members into the open object. 0, or ERR_FORMAT when a FIELDS_RAW is no JSON. */
int fields_put(struct json_writer *w, const struct fields *f, const void *from);
/* Fills the struct, which is zeroed; texts live in arena. 0, or ERR_FORMAT naming the key. */
int fields_read(const struct fields *f, void *into, struct arena *arena, struct json at);
