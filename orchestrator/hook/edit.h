/* SPDX-License-Identifier: Apache-2.0 */
/* edit: what is wrong with a file that was just written, by what kind of file it is. */
#pragma once

#include <stddef.h>

struct buf;
struct scope;

enum { EDIT_BYTES_MAX = 4 << 20, EDIT_FINDINGS_MAX = 20 };

/* Into `why`, a line each, "PATH:LINE: what"; nothing when all is well, and also when the file is
 * gone. 0, ERR_IO, ERR_LIMIT. */
int edit_check(const struct scope *scope, const char *path, struct buf *why);
/* The text of one file alone, without running anything. */
void edit_look(const char *path, const char *text, size_t size, struct buf *why);
