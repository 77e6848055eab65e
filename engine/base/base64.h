/* SPDX-License-Identifier: Apache-2.0 */
/* base64: bytes as text (RFC 4648, section 4). Decoding is strict: padded, no other characters,
 * nothing in the bits that are left over. */
#pragma once

#include <stddef.h>

#include "engine/base/buf.h"

/* Appends the text of the bytes. */
void base64_encode(struct buf *out, const void *bytes, size_t len);
/* Appends the bytes of the text. 0, ERR_FORMAT, ERR_LIMIT. */
int base64_decode(struct buf *out, const char *text, size_t len);
