/* SPDX-License-Identifier: Apache-2.0 */
/* component: what all sections of a tokenizer.json share – a "type", a pattern, a character –
 * and the growth of the flat list that a Sequence becomes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/json.h"

struct regex;

/* Longest chain; longer ones are hostile. */
enum { COMPONENTS_MAX = 256 };

/* The pattern of Replace and Split: {"String": …} or {"Regex": …}. */
struct pattern {
    char *string; /* owned; NULL when a regex */
    size_t len;
    struct regex *regex;
};
int component_pattern(struct pattern *out, struct json at, const char *key);
void component_pattern_done(struct pattern *p); /* copes with a zeroed struct */

/* Required string, copied. */
int component_string(struct json at, const char *key, char **out);
/* Required string of exactly one code point. */
int component_char(struct json at, const char *key, uint32_t *out);
/* The kinds of one section, and how one is added to the flat list. */
struct component_kind {
    const char *what; /* "normalizer" */
    const char *list; /* where a Sequence has its members: "normalizers" */
    const void *rows; /* size bytes each, first a name; NULL behind the last */
    size_t size;
    int (*add)(void *chain, const void *row, struct json section);
};
/* Adds the section, or each member when it is a Sequence; nothing for null. 0, ERR_FORMAT,
 * ERR_UNSUPPORTED for a type that no row names, or what add() returns. */
int component_chain(void *chain, const struct component_kind *kind, struct json section);
/* Room for one more item of size bytes in *items; ERR_LIMIT past COMPONENTS_MAX. */
int component_grow(void *items, size_t len, size_t size, struct json at);
