/* SPDX-License-Identifier: Apache-2.0 */
/* scan: is this text strict JSON? Runs before cJSON, which is lax, and finds out what cJSON
 * does not keep: how each number was written. */
#pragma once

#include <stddef.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"

/* A longer number is refused: cJSON copies each into a buffer of 64 bytes. */
enum { JSON_NUMBER_MAX = 63 };

enum json_number_flags {
    JSON_NUMBER_PLAIN = 1 << 0, /* written as an integer: no point, no exponent, no -0 */
    JSON_NUMBER_EXACT = 1 << 1, /* and within ±2^53, so that a double holds it */
};

/* Adds one byte of json_number_flags per number to numbers, in document order. lines: messages
 * name the line too. 0, or ERR_FORMAT or ERR_LIMIT naming the document and the offset. */
int json_scan(const char *text, size_t len, const char *name, bool lines, struct buf *numbers);

/* Overwrites comments and trailing commas with spaces, so that offsets and lines stay what they
 * are. 0, or ERR_FORMAT. Text that is no JSON either way is left to json_scan(). */
int json_blank_comments(char *text, size_t len, const char *name);
