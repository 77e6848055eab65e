/* SPDX-License-Identifier: Apache-2.0 */
/* rerun: a tree of the subject built in a throw-away folder and swept there, in a sandbox, some
 * times, with each case's verdicts counted.
 *
 * Nothing of the tree is trusted: its journals are copied out when nothing of it lives any more,
 * and read as anybody's bytes. What judges the tree is the tree's own, so the caller sees to it
 * that both trees judge alike. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "orchestrator/proc/sandbox.h"
#include "orchestrator/triage/signature.h"

struct commits;
struct config;
struct decoy_case;
struct decoys;

struct rerun_spec {
    const struct config *config; /* says how the tree is built and in what bounds */
    const struct commits *commits;
    const char *prefix;       /* of the subject below the top of its checkout, "" = that */
    const char *tree;         /* 40 digits of a git tree */
    const char *folder;       /* journals, the log of the build and an index are kept there */
    const char *const *cells; /* NULL-terminated */
    bool everything;          /* the first run sweeps the whole plan; the others these cells */
    int64_t runs;
    const char *built; /* the folder of an earlier call for the same tree, whose build is taken
                        * where bisect.keep says what of it runs the cases; NULL = build it */
    /* Swept among the others, in an order that nobody can foretell, each once and its cells alone;
     * what they did is kept as rerun_decoy_folder() says. NULL = none. */
    const struct decoys *decoys;
    enum sandbox_level least; /* 0 = namespaces */
    enum sandbox_level only;
    const volatile bool *stop;
};

/* One case of one cell through the runs. Strings live in rerun.arena. */
struct rerun_case {
    const char *cell, *name;
    int64_t runs;                   /* in which it was planned */
    int64_t passed;                 /* also where it was expected to fail */
    int64_t plain;                  /* passed, and nobody expected anything else */
    int64_t red;                    /* see verdict_is_red(); and flaky */
    int64_t na;                     /* what is left is missing, infra …: nobody knows */
    char signature[SIGNATURE_SIZE]; /* of its first failure, "" without one */
    int64_t same;                   /* of the red: with that signature */
    const char *message;            /* of its first failure */
};

struct rerun {
    struct arena arena;
    bool built;               /* false: see why */
    const char *why;          /* one line: why it could not be built or swept, "" = it was both */
    struct rerun_case *cases; /* [len] by cell and name */
    size_t len;
    int64_t runs;                  /* that were swept */
    struct sandbox_report sandbox; /* of the last command in it */
    double build_ms, sweep_ms;
};

/* 0 also when the tree does not build; ERR_STOPPED; ERR_UNSUPPORTED when the sandbox's least level
 * is not there; ERR_IO; ERR_FORMAT. folder is emptied first. */
int rerun_run(struct rerun *out, const struct rerun_spec *spec);
/* What an earlier call left in folder: the cases alone. 0, ERR_NOTFOUND, ERR_IO, ERR_FORMAT. */
int rerun_load(struct rerun *out, const char *folder);
/* The hash of the cause that the sweeps kept in folder gave to the case, "" when it has none. */
int rerun_cause(struct arena *arena, const char *folder, const char *cell, const char *name,
                const char **out);
/* "FOLDER.decoy-0": for rerun_load(). */
const char *rerun_decoy_folder(struct arena *arena, const char *folder, size_t which);
void rerun_done(struct rerun *r); /* copes with a zeroed struct */
/* NULL when there is none. */
const struct rerun_case *rerun_find(const struct rerun *r, const char *cell, const char *name);
/* All its cases, in the arena, with the strings of r. */
const struct decoy_case *rerun_names(const struct rerun *r, struct arena *arena);
