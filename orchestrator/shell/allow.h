/* SPDX-License-Identifier: Apache-2.0 */
/* allow: which commands may be run, as rows: a program, its options, and what its operands are.
 *
 * What no row names is denied. Options are compared whole, never by what they begin with, and an
 * option that writes a file or starts a program has no row. `noctule hook --allowed` prints them.
 */
#pragma once

#include <stddef.h>

struct buf;
struct scope;

/* What a role may do; each level holds those below it. */
#define ALLOW_LEVEL_MAP(X)        \
    X(READ, "read", "looks")      \
    X(TEST, "test", "and builds") \
    X(EDIT, "edit", "and changes files")

enum allow_level {
#define X(name, word, text) ALLOW_##name,
    ALLOW_LEVEL_MAP(X)
#undef X
};

/* options: words. "-n" is a flag, and "-nr" stands for flags of one letter; "-A=number" takes a
 * value, in the same word or the next one; "--color[name]" may take one, in the same word;
 * "-#" is a number with a dash.
 * operands: kinds in order, each once, or with "?" at most once, "*" any number, "+" at least one.
 * Kinds: text (anything), number, name (a plain word), path (may be read), edit (may be written),
 * tree (may be read with all that lies below; "." when it is left out), deep (the same, and what
 * links there lead to), pick (a pattern of rg -g),
 * moved (taken away with all that lies in it), into (becomes the operand before it, or takes it
 * in), rev (a commit, or a path below the tree, as git takes them), lines ("3,9p" for sed), never
 * with a dash before it; "(a|b)" is one of these words. */
struct allow_row {
    const char *program; /* words: "git log" */
    enum allow_level level;
    const char *options, *operands;
};

/* Why a program is not among the rows, for the sentence. */
struct allow_refusal {
    const char *programs; /* "sh|bash" */
    const char *why;
};

extern const struct allow_row allow_rows[];         /* ended by a NULL program */
extern const struct allow_refusal allow_refusals[]; /* ended by NULL */

/* argv of one command. 0, or ERR_ARG with one sentence that says what is not allowed. */
int allow_command(enum allow_level level, const struct scope *scope, const char *const *argv,
                  size_t argc);
/* ERR_ARG naming the levels there are. */
int allow_level_parse(enum allow_level *out, const char *word);
const char *allow_level_name(enum allow_level level);
/* A line per row, for people. */
void allow_print(struct buf *out);
