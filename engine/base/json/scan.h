/* SPDX-License-Identifier: Apache-2.0 */
/* scan: strict JSON text → nodes, in one pass. */
#pragma once

#include <stddef.h>

#include "engine/base/json/node.h"

enum { JSON_NUMBER_MAX = 63 }; /* characters; a longer number is refused */

/* Fills doc->nodes from doc->text, which is edited, as node.h says; FILE_PADDING zero bytes must
 * follow it. source, where it is given, is
 * the text before any edit, and messages count lines in it. 0, ERR_FORMAT or ERR_LIMIT naming the
 * document and the offset, or ERR_NOMEM. doc keeps what it got so far. */
int json_scan(struct json_doc *doc, size_t len, const char *source);

/* Overwrites comments and trailing commas with spaces, so that offsets and lines stay what they
 * are. 0, or ERR_FORMAT. Text that is no JSON either way is left to json_scan(). */
int json_blank_comments(char *text, size_t len, const char *name);
