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
/* Room for one more item of size bytes in *items; ERR_LIMIT past COMPONENTS_MAX. */
int component_grow(void *items, size_t len, size_t size, struct json at);
