/* SPDX-License-Identifier: Apache-2.0 */
/* rope_check: the frequencies of a rotation, against those that config.json asks for, and what it
 * multiplies with.
 *
 * The formulas are those of Transformers' modeling_rope_utils.py, written down a second time, in
 * double: default, linear, dynamic, llama3, yarn, longrope. Of kinds that are not here, only that
 * they turn as many numbers as they should is said. */
#pragma once

#include "engine/base/json.h"
#include "engine/graph/plan.h"

enum { ROPE_CHECK_TEXT = 256 };

/* r: a rope; its frequencies need no data. len: tokens until the end of its step; 0 = not known.
 * True and text when it is wrong. */
bool rope_check(struct json config, const struct plan_route *r, int64_t len,
                char text[ROPE_CHECK_TEXT]);
