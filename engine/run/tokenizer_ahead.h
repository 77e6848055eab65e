/* SPDX-License-Identifier: Apache-2.0 */
/* tokenizer_ahead: a model's tokenizer, opened by a thread of its own while its weights load. */
#pragma once

struct gguf;
struct tokenizer;
struct tokenizer_ahead;

/* Of the GGUF file, or when that is NULL of the folder; both stay until it is taken. NULL when
 * there is no thread to be had. */
struct tokenizer_ahead *tokenizer_ahead_start(const struct gguf *gguf, const char *folder);
/* Waits for it and frees a. The tokenizer, now the caller's; NULL when it could not be opened: the
 * caller who tries again will hear why. a may be NULL. */
struct tokenizer *tokenizer_ahead_take(struct tokenizer_ahead *a);
