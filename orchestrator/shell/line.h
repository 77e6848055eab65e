/* SPDX-License-Identifier: Apache-2.0 */
/* line: a command line of a shell, taken apart without one.
 *
 * Only what means the same in every shell is read: words, 'single' and "double" quotes, && || ; |,
 * the end of a line, and redirections from and to a named file. Whatever a shell would expand,
 * substitute or run in the background is refused, and so is what is not understood: a reader that
 * guesses can be made to guess wrong. IEEE Std 1003.1-2017, Shell & Utilities, 2.2–2.9. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { LINE_BYTES_MAX = 64 << 10, LINE_WORDS_MAX = 4096, LINE_COMMANDS_MAX = 32 };

enum line_join { LINE_LAST, LINE_THEN, LINE_AND, LINE_OR, LINE_PIPE }; /* what stands behind it */

struct line_redirect {
    bool write;       /* else read */
    const char *path; /* as it will be opened */
};

/* One simple command. */
struct line_command {
    const char **argv; /* [argc] and a NULL, without quotes; at least one word */
    size_t argc;
    struct line_redirect *redirects; /* [redirect_count] */
    size_t redirect_count;
    enum line_join join;
};

struct line {
    struct line_command *commands; /* [len], at least one */
    size_t len;
};

/* Everything is in arena. 0; ERR_FORMAT with a sentence that names the byte and what to write
 * instead; ERR_LIMIT. */
int line_parse(struct line *out, struct arena *arena, const char *text, size_t size);
