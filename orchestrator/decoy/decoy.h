/* SPDX-License-Identifier: Apache-2.0 */
/* decoy: trees that differ from one to be verified in nothing but what its cases are held against.
 *
 * A worker says itself which cases pass. In a decoy the right answer of some of them is that they
 * fail, for what they are compared with was spoiled, and of the others that they pass; which, is
 * decided anew each time by chance. Each case is spoiled in one of the decoys and left alone in the
 * other. Who computes and compares gives the right answers without knowing that he was asked.
 *
 * Decoys are made of the base: no byte of the change takes part in that. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "orchestrator/decoy/dice.h"
#include "orchestrator/git/repo.h"
#include "orchestrator/proc/sandbox.h"

struct commits;
struct config;
struct content_edit;

enum { DECOY_TREES = 2 };

enum decoy_answer { DECOY_UNKNOWN, DECOY_FAIL, DECOY_PASS };

struct decoy_case {
    const char *cell, *name;
};

struct decoy_spec {
    const struct config *config;
    const struct commits *commits; /* the trees are made in it */
    const char *prefix;            /* of the subject below the top of its repository */
    const char *base, *tree;  /* 40 digits: what they are made of, and what they are made for */
    const char *const *cells; /* NULL-terminated: those that will be swept in them */
    const struct decoy_case *cases; /* [case_count] of these cells */
    size_t case_count;
    enum sandbox_level least, only; /* as in struct sandbox_spec */
    const volatile bool *stop;
};

struct decoys {
    struct arena arena;
    struct dice dice;
    bool any; /* false: none of the cells has a decoy, and no tree is named */
    char trees[DECOY_TREES][REPO_HEX_SIZE];
    char blank[REPO_HEX_SIZE];               /* the tree without the files that a decoy changes */
    struct map folders;                      /* cell → number of its fixture */
    struct map answers[DECOY_TREES];         /* "NUMBER CASE" → enum decoy_answer */
    struct map others[DECOY_TREES];          /* "NUMBER" → what holds for its other cases */
    struct content_edit *edits[DECOY_TREES]; /* [edit_count] below the top */
    size_t edit_count[DECOY_TREES];
};

/* 0, also when there are none; ERR_FORMAT when what should make one does not or changes what a fix
 * may change, too; ERR_UNSUPPORTED without the sandbox; ERR_IO; ERR_STOPPED. */
int decoys_make(struct decoys *out, const struct decoy_spec *spec);
/* The same for another tree: what is spoiled stays. 0, ERR_NOTFOUND, ERR_IO. */
int decoys_aim(struct decoys *d, const struct decoy_spec *spec, const char *tree);
void decoys_done(struct decoys *d); /* copes with a zeroed struct */
/* What is right for the case in that tree. */
enum decoy_answer decoys_answer(const struct decoys *d, size_t which, const char *cell,
                                const char *name);

/* For those who make them. */
struct decoy_fixture {
    struct decoys *out;
    const struct decoy_spec *spec;
    const char *folder;         /* below the root of the subject */
    const char *const *command; /* NULL-terminated: what spoils it */
    const char **ids;           /* [id_count] of its cases */
    size_t id_count;
    unsigned number;
};
/* path is below the top; text is the arena's. */
void decoys_edit(struct decoys *d, size_t which, const char *path, const char *text, size_t len);
void decoys_tell(const struct decoy_fixture *f, size_t which, const char *name,
                 enum decoy_answer answer);
/* Of the cases of the fixture that nothing is told of. */
void decoys_tell_others(const struct decoy_fixture *f, size_t which, enum decoy_answer answer);
/* side[i] of n: which tree spoils the i-th; both have some when there are two. */
void decoys_share(struct decoys *d, unsigned char *side, size_t n);
