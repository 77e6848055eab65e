/* SPDX-License-Identifier: Apache-2.0 */
/* fold: text as a reader takes it, for what must not stand in it: a letter, a digit or a blank in
 * another width or form is the plain one (NFKC), and characters that are not seen are left out. */
#pragma once

#include <stddef.h>

struct arena;
struct message;

/* The same pointer where nothing is to be folded, or it is no UTF-8; else in arena. */
const char *fold_text(struct arena *arena, const char *text, size_t len, size_t *out_len);
/* A message of the same lines with the same numbers and parts, its text only those lines; m itself
 * where nothing is to be folded. */
const struct message *fold_message(struct arena *arena, const struct message *m);
