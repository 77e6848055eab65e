/* SPDX-License-Identifier: Apache-2.0 */
/* schema: a JSON value held to a JSON Schema (2020-12), as far as the descriptions in data/ go.
 *
 * A keyword that is not known here is a failure of the schema, so nothing passes for want of one.
 * data/vectors.json has what the reference judges. */
#pragma once

#include <stdbool.h>

#include "engine/base/json.h"

/* 0, or ERR_FORMAT with the path in value and what is wrong there. References lead into root.
 * closed: a member that a schema with properties does not list is wrong, unless it says what others
 * there may be. */
int schema_check(struct json root, struct json schema, struct json value, bool closed);

/* A value that fits: that of overlay, with what is required and not in it as plain as can be.
 * overlay.node may be NULL. */
void schema_sample(struct json root, struct json schema, struct json overlay,
                   struct json_writer *out, const char *key);
