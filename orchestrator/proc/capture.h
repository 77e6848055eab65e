/* SPDX-License-Identifier: Apache-2.0 */
/* capture: what the workers of one cell write to stderr, case by case, into the cell's log.
 *
 * Of each section (a case, or the time between two) at most CAPTURE_HEAD bytes of its beginning
 * and CAPTURE_TAIL of its end are kept; the line between them says how many are left out. The
 * beginning is on disk at once, the end when the section ends. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { CAPTURE_HEAD = 128 << 10, CAPTURE_TAIL = 128 << 10 };

struct capture;

/* Appends to path, which is made with its folder. 0 or ERR_IO. */
int capture_open(struct capture **out, const char *path);
void capture_close(struct capture *c); /* NULL is fine; ends the section first */

/* 0 or ERR_IO (a full disk); after one the rest is dropped. */
int capture_add(struct capture *c, const void *bytes, size_t len);
/* Ends the section and begins the next. Its place in the file, in bytes. */
int capture_end(struct capture *c, int64_t *begin, int64_t *end);
/* What of the current section is kept, NUL-terminated, valid until the next call. */
const char *capture_text(struct capture *c, size_t *len);
