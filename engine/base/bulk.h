/* SPDX-License-Identifier: Apache-2.0 */
/* bulk: large memory in large pages, where the system has them: a table of megabytes is then not
 * waited for page by page. What is small comes from the heap. */
#pragma once

#include <stddef.h>

/* Zeroed bytes, or NULL. size 0 is fine. */
void *bulk_alloc(size_t size);
/* The old bytes, and zeros behind them, in p or elsewhere; or NULL, and p stands. size ≥ old. */
void *bulk_grow(void *p, size_t old, size_t size);
/* p is what bulk_alloc(size) returned; NULL is fine. */
void bulk_free(void *p, size_t size);
