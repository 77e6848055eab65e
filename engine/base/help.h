/* SPDX-License-Identifier: Apache-2.0 */
/* help: text in two columns, wrapped, for --help. Widths are counted in code points. */
#pragma once

#include <stddef.h>

#include "engine/base/buf.h"

enum { HELP_WIDTH = 80 };

/* How wide text is on a terminal, as long as it holds no wide or combining characters. */
size_t help_width(const char *text);
/* Appends text from column `column` on, broken between words so that no line is wider than
 * HELP_WIDTH, continued at column `indent`, ended by a newline. */
void help_wrap(struct buf *out, size_t column, size_t indent, const char *text);
/* "  left   right", the right part wrapped at column `indent`; on a line of its own when left is
 * too wide. */
void help_row(struct buf *out, size_t indent, const char *left, const char *right);
