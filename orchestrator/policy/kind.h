/* SPDX-License-Identifier: Apache-2.0 */
/* kind: what a kind of rule is, as data: its parameters, what it needs to see, and a pure function
 * from those to violations. One const row per file in kinds/; registration is the file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/policy/finder.h"
#include "orchestrator/policy/view.h"

struct pattern;

enum param_type {
    PARAM_END,
    PARAM_STR,      /* const char *, NULL when absent */
    PARAM_INT,      /* int64_t, 0…2^53; -1 when absent */
    PARAM_BOOL,     /* bool */
    PARAM_WORDS,    /* const char **, NULL-terminated; NULL when absent */
    PARAM_PATHS,    /* the same, each a path from where the rules stand */
    PARAM_GLOBS,    /* the same, glob.h; one without * and ? also means everything below it */
    PARAM_PATTERN,  /* struct pattern *, over lines (^ and $); NULL when absent */
    PARAM_PATTERNS, /* struct kind_patterns */
    PARAM_BANNED,   /* struct kind_patterns: words, caseless; "word*" = whatever it goes on with */
    PARAM_TRAILERS, /* struct kind_trailer *, ended by a NULL name; "Name" or "Name: PCRE2" */
    PARAM_COMMANDS, /* const char ***, argument lists; NULL-terminated */
};

struct param {
    const char *key;
    enum param_type type;
    size_t offset;        /* in the struct of parameters */
    const char *fallback; /* JSON for an absent key, "true"; NULL = as its type says */
};
#define PARAM_END_ROW \
    { NULL, PARAM_END, 0, NULL }

struct kind_patterns {
    struct pattern **items; /* [len] */
    const char **texts;     /* [len] as they were written */
    size_t len;
};

struct kind_trailer {
    const char *name;
    const char *text;      /* as it was written, "Name: PCRE2" */
    struct pattern *value; /* NULL = any */
};

struct kind {
    const char *name;
    const char *summary; /* one sentence, for `noctule check --kinds` */
    const char *mend;    /* how to mend what it finds; a row's own "mend" goes before it */
    unsigned needs;      /* enum view_part bits */
    const struct param *params;
    size_t size; /* bytes of the struct of parameters */
    /* 0, or ERR_ARG with what is wrong with the parameters. May be NULL. */
    int (*accept)(const void *params);
    /* Over one commit, or (the other is NULL) over the range. */
    void (*check)(const void *params, const struct view *v, struct finder *f);
    void (*check_range)(const void *params, const struct view_range *r, struct finder *f);
    /* Paths that must be among the files of a view; NULL-terminated. May be NULL. */
    const char *const *(*files)(const void *params);
};
