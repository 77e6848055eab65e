/* SPDX-License-Identifier: Apache-2.0 */
/* fold: one line of a journal, as changes to the index. Depends on the line and on what was
 * folded before it, and on nothing else. */
#pragma once

#include <stddef.h>

struct index;

/* 0, ERR_IO, or ERR_FORMAT when the line is no event of a journal. */
int fold_line(struct index *ix, const char *line, size_t len);
