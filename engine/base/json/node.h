/* SPDX-License-Identifier: Apache-2.0 */
/* node: what the halves of json share, and nobody else includes: the cJSON node. */
#pragma once

#include <cjson/cJSON.h>

#include "engine/base/json.h"

/* Bits of cJSON's type word that cJSON itself leaves alone. */
enum {
    NODE_PLAIN = 1 << 10, /* a number that was written as an integer */
    NODE_EXACT = 1 << 11, /* and is within ±2^53 */
};

const cJSON *json_node(struct json v); /* may be NULL */
const char *json_doc_name(struct json v);
