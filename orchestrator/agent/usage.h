/* SPDX-License-Identifier: Apache-2.0 */
/* usage: what a model's API says that an answer cost. One row per dialect in dialects/.
 *
 * The bytes come from a server and are not trusted: a number that is none, or negative, counts as
 * not said, and what is not said is guessed from the number of bytes, never as nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/agent/meter.h"

enum { USAGE_BYTES_PER_TOKEN = 3 };

struct usage {
    char model[METER_NAME]; /* "" when it is not said */
    int64_t input_tokens, output_tokens;
    bool said; /* both were */
};

/* body: one JSON object, or a stream of server-sent events. Any bytes are fine. */
void usage_read(struct usage *out, const char *body, size_t len);
/* What it would be by size alone. */
void usage_guess(struct usage *out, size_t request_bytes, size_t reply_bytes);
