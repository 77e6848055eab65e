/* SPDX-License-Identifier: Apache-2.0 */
/* base64: the value of a header that plain ASCII could not carry: "=?base64?…?=". */
#pragma once

#include <stddef.h>

/* What the header says: itself, or what it encodes, in out[size]. NULL when it is malformed, too
 * long, or holds a NUL. */
const char *base64_header(char *out, size_t size, const char *header);
