/* SPDX-License-Identifier: Apache-2.0 */
/* verb: what can be done with git here, and nothing else can. A const row per file in verbs/.
 *
 * There is no verb that resets, amends, deletes a branch, resolves a conflict or pushes without a
 * lease, so none has to be forbidden. A verb takes options and answers with one JSON object; the
 * command line, JSON lines and whoever else calls are faces of the same function. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/json.h"
#include "engine/base/opt.h"
#include "orchestrator/git/repo.h"
#include "orchestrator/guard/guard.h"

struct db;

/* Where verbs work. */
struct verb_desk {
    struct guard guard;      /* settings, rules, and the history, read only */
    struct arena *arena;     /* of a request; NULL: the guard's, for a desk that serves but one */
    struct commits *commits; /* opened to write */
    struct db *published;    /* store/published.h; NULL for who reads where nothing was noted */
    bool notes;              /* it is open to be written */
    bool unread;             /* something was noted, and cannot be read */
};
/* The checkout that holds the current folder. 0, ERR_NOTFOUND, ERR_FORMAT, ERR_IO, ERR_BUSY. */
int verb_open(struct verb_desk *out);
void verb_close(struct verb_desk *d); /* copes with a zeroed struct */

struct verb {
    const char *name; /* "push" */
    const char *summary;
    bool writes; /* it changes the repository or a remote */
    bool remote; /* it talks to a remote or a forge */
    const struct opt *opts;
    size_t opts_size;
    const void *defaults; /* or NULL for zeroes */
    /* Puts members into the open object. 0; EXIT_FAILED when it ran and the answer is no; or a
     * negative ERR_*. */
    int (*run)(struct verb_desk *d, const void *opts, struct json_writer *w);
};

/* Ended by NULL. */
extern const struct verb *const verb_table[];
const struct verb *verb_find(const char *name); /* NULL when there is none */

/* Runs it on words, "--remote" "origin" …; *out becomes one JSON object. As run(), or ERR_ARG, or
 * ERR_STOPPED for --help. */
int verb_run(struct verb_desk *d, const struct verb *v, int argc, char **argv, struct buf *out);
/* The same with arguments as an object: {"remote": "origin", "path": ["a", "b"]}. */
int verb_run_json(struct verb_desk *d, const struct verb *v, struct json args, struct buf *out);

/* For verbs: the branch checked out, and what a word names, or the upstream when it is NULL. */
struct branch;
int verb_upstream(struct verb_desk *d, const char *word, char id[REPO_HEX_SIZE]);
/* The rules over upstream…HEAD, as "rules" in the open object; *sum (may be NULL) says in a line
 * what they found. 0, EXIT_FAILED, negative. */
int verb_check(struct verb_desk *d, struct json_writer *w, const char **sum);
/* The conflicts of a replay, as "conflicts". */
struct replay;
void verb_put_conflicts(struct json_writer *w, const struct replay *r);
