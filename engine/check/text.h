/* SPDX-License-Identifier: Apache-2.0 */
/* text: what tokenizer cases share – texts and id lists out of JSON, and their comparison.
 *
 * Everything here is exact: one id, one offset or one byte off is wrong. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/check/case.h"

enum { TEXT_SIZE_MAX = 64 << 20 };

/* The object that holds texts and references: params, or the root of the file that params.file
 * names beside cases.json. Failures make the case broken. */
int text_params(struct case_run *c, struct json *out);
/* Two arrays of one length, not empty. Failures make the case broken. */
int text_lists(struct case_run *c, struct json at, const char *a, struct json *out_a, const char *b,
               struct json *out_b);
/* A string, or {"hex": "…"} for bytes that JSON cannot hold. Borrowed or in the case's arena. */
int text_bytes(struct case_run *c, struct json v, const char **out, size_t *len);
/* A list of integers, nested or not, in the case's arena; null counts as -1. */
int text_ids(struct case_run *c, struct json list, int32_t **out, size_t *len);

/* Compares len values with a list; said is the text they came from, for messages. */
int text_same_ids(struct case_run *c, const char *said, const char *what, struct json want,
                  const int32_t *got, size_t len);
int text_same_text(struct case_run *c, const char *what, struct json want, const char *got,
                   size_t len);
/* Decodes a list of ids and compares; flags as in tokenizer.h. */
struct tokenizer;
int text_same_decoded(struct case_run *c, const struct tokenizer *t, struct json ids,
                      struct json text, int flags);
