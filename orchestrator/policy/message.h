/* SPDX-License-Identifier: Apache-2.0 */
/* message: a commit message taken apart: subject, body, trailers.
 *
 * What a trailer is, git says (find_trailer_start() of its trailer.c): a line "Token: value" of the
 * last paragraph, with or without blanks around the colon, where each line is one or goes on with
 * the one above; or where git wrote one itself and a quarter of the lines are trailers. Where
 * not all of them are plainly so, "Token: value" and nothing else, the paragraph is body as well.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct message_line {
    const char *text; /* [len] not NUL-terminated, without its newline */
    size_t len;
    size_t number; /* in the text it came from, counted from 1 */
};

struct message {
    const char *text; /* [size] all of it, NUL-terminated */
    size_t size;
    struct message_line *lines; /* [count] lines[0] is the subject, when there is one */
    size_t count;
    size_t body;     /* lines[body…trailers-1] between the blank lines around; */
    size_t trailers; /* lines[trailers…count-1]; == count when there are none */
    size_t block;    /* git's trailers are in lines[block…count-1]; < trailers when it is mixed */
};

enum message_flags {
    MESSAGE_DRAFT = 1 << 0, /* a file that git will clean: comments and the end of lines go */
    MESSAGE_KEPT = 1 << 1,  /* with DRAFT: comments stay, but for git's own hints at the end */
    MESSAGE_CUT = 1 << 2,   /* with KEPT: what is below git's scissors goes all the same */
};
/* A flag: what comments begin with, when it is no "#". */
#define MESSAGE_MARK(c) ((c) << 8)

/* Strings live in arena. Any bytes are fine. */
void message_parse(struct message *out, struct arena *arena, const char *text, size_t len,
                   int flags);
/* The token of a trailer line: its length, 0 when the line is none. */
size_t message_token(const struct message_line *l);
/* The value of the trailer in the line of that index, with the lines that it is folded into on one
 * line. In arena. */
const char *message_value(const struct message *m, size_t index, struct arena *arena);
/* Columns on a screen: characters, a tab to the next multiple of eight. */
size_t message_columns(const struct message_line *l);
bool message_is_blank(const struct message_line *l);
