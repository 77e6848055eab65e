/* SPDX-License-Identifier: Apache-2.0 */
/* params: the parameters of a rule, out of JSON by the rows of its kind. */
#pragma once

#include <stddef.h>

#include "engine/base/json.h"

struct arena;
struct kind;
struct pattern;

/* Every pattern that was compiled, to be freed together. */
struct params_patterns {
    struct pattern **items;
    size_t len;
};
void params_patterns_done(struct params_patterns *p);

/* Keys that no row has are refused, but for those in `also`, words separated by blanks. *out is
 * kind->size bytes in the arena. 0 or ERR_FORMAT naming the key. */
int params_read(void **out, const struct kind *kind, struct json at, const char *also,
                struct arena *arena, struct params_patterns *patterns);
/* One pattern, kept with the others. 0 or ERR_FORMAT naming v. */
int params_pattern(struct pattern **out, struct json v, const char *text, int flags,
                   struct params_patterns *patterns);
