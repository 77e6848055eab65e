/* SPDX-License-Identifier: Apache-2.0 */
/* markdown: the pieces of a page that untrusted text cannot break. */
#pragma once

#include <stddef.h>

struct arena;
struct buf;

/* text, at most max characters of it, as words of a paragraph: no markup, no line of its own,
 * nobody called by name, nothing that turns the direction of writing. */
const char *markdown_words(struct arena *arena, const char *text, size_t max);
/* The same for what is shown as it is written, as commits are: what would call somebody, or close
 * an issue, is parted by a blank. */
const char *markdown_plain(struct arena *arena, const char *text, size_t max);
/* The same as a span of code. */
const char *markdown_code(struct arena *arena, const char *text, size_t max);
/* A table whose columns are as wide as their widest cell; the first row is the head, columns from
 * `right` on are set to the right. cells: [rows * columns], pieces of the above. */
void markdown_table(struct buf *out, const char *const *cells, size_t rows, size_t columns,
                    size_t right);
