/* SPDX-License-Identifier: Apache-2.0 */
/* opt: option rows → parser and --help. Both come from the same rows, so neither can lie. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

/* Exit codes of both programs, all of them: the foot of every --help is made of these rows, and
 * README.md has them too. */
#define EXIT_MAP(X)                                                                         \
    X(OK, 0, "all is well")                                                                 \
    X(FAILED, 1, "it ran, and the answer is no")                                            \
    X(ERROR, 2, "it could not run: bad input, missing file, nothing compared, wrong state") \
    X(USAGE, 64, "the command line is wrong")                                               \
    X(STOPPED, 130, "stopped on request")

enum exit_code {
#define X(name, code, meaning) EXIT_##name = (code),
    EXIT_MAP(X)
#undef X
};

enum opt_type {
    OPT_END,
    OPT_FLAG, /* bool */
    OPT_INT,  /* int64_t, within min…max */
    OPT_REAL, /* double, within min…max */
    OPT_STR,  /* const char *, borrowed from argv */
    OPT_LIST, /* struct opt_list: may be repeated */
    /* Rows that several commands share, of a struct that lies at offset. Where the table has a row
     * of the same name, that one counts, in its own place. A group holds no other group. */
    OPT_GROUP,
};

struct opt_list {
    const char **items; /* borrowed from argv; array freed by opt_list_done() */
    size_t len;
};
void opt_list_done(struct opt_list *l);

struct opt {
    enum opt_type type;
    const char *name;  /* "max-new-tokens", without dashes */
    char letter;       /* 't' for -t, or 0 */
    size_t offset;     /* of the field in the options struct */
    const void *value; /* what --help calls the value, "N"; NULL for a flag; of a group, its rows */
    double min, max;   /* OPT_INT and OPT_REAL; both 0 = unbounded */
    const char *help;  /* one sentence */
};
#define OPT_END_ROW \
    { OPT_END, NULL, 0, 0, NULL, 0, 0, NULL }

/* All rows in order, those of groups in place, with their offset in the whole struct:
 * for (struct opt_walk w = {.rows = rows}; opt_next(&w, &row);). rows may be NULL. */
struct opt_walk {
    const struct opt *rows;
    size_t next, inner; /* the row to come; of the group that it is, how many were given */
};
bool opt_next(struct opt_walk *w, struct opt *out);

/* Fills the struct at `into` (which holds the defaults), leaves the operands in argv[0…*argc-1]
 * in order. "--" ends options; --name=value and --name value are the same. 0, or ERR_ARG with a
 * sentence that names the option. ERR_STOPPED when --help or -h was asked for. */
int opt_parse(const struct opt *rows, void *into, int *argc, char **argv);
/* Frees the lists in that struct. */
void opt_done(const struct opt *rows, void *into);
/* "usage: PROGRAM NAME ARGS", summary, the rows in columns, exit codes. */
void opt_help(struct buf *out, const char *program, const char *name, const char *args,
              const char *summary, const struct opt *rows);
/* The foot of every --help. */
void opt_help_exit_codes(struct buf *out);
