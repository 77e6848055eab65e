/* SPDX-License-Identifier: Apache-2.0 */
/* node: what the halves of json share, and nobody else includes: a value as the scanner leaves it.
 *
 * The nodes of a document lie in its order, so that the first member of a container is the node
 * behind it. Strings are bytes of the document's own text, which the scanner edits in place: an
 * escape becomes what it stands for, the closing quote a NUL. */
#pragma once

#include "engine/base/file.h"
#include "engine/base/json.h"

enum node_flags {
    NODE_PLAIN = 1 << 0, /* a number that was written as an integer: no point, exponent or -0 */
    NODE_EXACT = 1 << 1, /* and is within ±2^53, so that a double holds it */
    NODE_TRUE = 1 << 2,
};

struct node {
    uint32_t key, key_len; /* offset into the text; bytes */
    uint32_t key_hash;     /* the low half of map_hash() */
    uint32_t at;   /* offset of a string, or of a number's digits, which end by themselves */
    uint32_t len;  /* bytes of a string, members of an array or object */
    uint32_t next; /* index of the next member of the same container; 0: none */
    uint8_t type;  /* enum json_type */
    uint8_t flags;
};

struct json_doc {
    char *name;
    struct file file;
    char *text;         /* of the file */
    struct node *nodes; /* [count] the root first */
    uint32_t count, cap;
};

const struct node *json_node(struct json v); /* may be NULL */
/* Room for more nodes, all zero; len: bytes of the text, of which each node takes one or more.
 * 0 or ERR_NOMEM. */
int json_doc_grow(struct json_doc *doc, size_t len);
