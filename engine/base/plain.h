/* SPDX-License-Identifier: Apache-2.0 */
/* plain: words of others as a terminal may be given them.
 *
 * A terminal takes orders from what is written to it: it can be told to hide lines, to put words
 * into the clipboard, to answer as if somebody had typed. ECMA-48, 5.2 and 5.3 (C0 and C1). */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* Each control byte but the end of a line (also with a return) and a tab becomes '?', and so does
 * the second byte of a control character of U+0080…U+009F. *before: the last byte of the part
 * before, which is kept there for the next; 0 at first. */
void plain_bytes(char *text, size_t len, unsigned char *before);
/* Writes text, to a terminal only once it is plain; elsewhere it stays what it was. */
void plain_print(FILE *to, char *text);
