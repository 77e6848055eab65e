/* SPDX-License-Identifier: Apache-2.0 */
/* normalizer: the "normalizer" section, a chain of rewrites of the text before it is cut. */
#pragma once

#include <stddef.h>

#include "engine/base/json.h"
#include "engine/token/text.h"

struct normalizer;
struct normalizers {
    struct normalizer *items; /* in order; a Sequence is flattened into it */
    size_t len;
};

/* section may be null or absent: no normalizer. 0, ERR_FORMAT, ERR_UNSUPPORTED. */
int normalizer_parse(struct normalizers *out, struct json section);
void normalizer_done(struct normalizers *n); /* copes with a zeroed struct */
/* Rewrites all of *text in place; *work is a second buffer. 0 or ERR_LIMIT. */
int normalizer_run(const struct normalizers *n, struct text *text, struct text *work);
