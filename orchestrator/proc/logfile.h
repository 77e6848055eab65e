/* SPDX-License-Identifier: Apache-2.0 */
/* logfile: the log of a cell after its run: compressed, and read by place.
 *
 * PATH becomes PATH.zst; places are those of the plain text. One that was not compressed yet is
 * read as it is. */
#pragma once

#include <stdint.h>

#include "engine/base/buf.h"

/* Replaces path by path.zst; an empty log is removed, one that is not there is fine. 0 or ERR_IO,
 * and then the plain log stands. */
int logfile_compress(const char *path);
/* Appends bytes begin…end of the log (end -1 = to its end). 0, ERR_NOTFOUND, ERR_IO, ERR_FORMAT. */
int logfile_read(struct buf *out, const char *path, int64_t begin, int64_t end);
