/* SPDX-License-Identifier: Apache-2.0 */
/* lines: verbs as JSON lines, for programs.
 *
 *     {"id": 1, "verb": "push", "args": {"remote": "origin", "dry-run": true}}
 *     {"id":1,"verb":"push","ok":true,"result":{…}}
 *
 * ok is false when the answer is no, with a result, and when it failed, with "code" (the name of an
 * ERR_*) and "error". id is given back as it came. One answer a line, in order; a line that is no
 * request is answered too. SIGTERM ends it between two of them, or where one waits for another
 * machine (proc/halt.h). */
#pragma once

#include <stddef.h>
#include <stdio.h>

struct buf;
struct verb_desk;

enum { LINES_REQUEST_MAX = 8 << 20 };

/* To the end of `in`. 0 or ERR_IO. */
int lines_serve(struct verb_desk *d, FILE *in, FILE *out);
/* One request; *out becomes its answer, without a newline. */
void lines_answer(struct verb_desk *d, const char *line, size_t len, struct buf *out);
