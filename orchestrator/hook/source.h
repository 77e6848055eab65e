/* SPDX-License-Identifier: Apache-2.0 */
/* source: calls in a C source that are better not made, outside of comments and literals. */
#pragma once

#include <stddef.h>

/* Functions without a bound, with hidden state, or that start a shell; the same as tests/tidy.awk
 * has for the tree. NULL-terminated. */
extern const char *const source_banned[];

typedef void source_call_fn(void *arg, size_t line, const char *name);

/* Calls fn for each banned call in text [size]. */
void source_calls(const char *text, size_t size, source_call_fn *fn, void *arg);
