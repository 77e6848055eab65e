/* SPDX-License-Identifier: Apache-2.0 */
/* pack: bytes as text that gets through any form and mail: zstd, then base64 (RFC 4648, section 4)
 * in lines of 76 digits. */
#pragma once

#include "engine/base/buf.h"

/* Appends lines, each with its newline. 0, ERR_NOMEM, ERR_IO. */
int pack_text(struct buf *out, const void *data, size_t size);
/* Appends what was packed; white space does not count. At most max bytes come of it, whatever it
 * claims. 0, ERR_FORMAT, ERR_LIMIT. */
int pack_read(struct buf *out, const char *text, size_t len, size_t max);
