/* SPDX-License-Identifier: Apache-2.0 */
/* changes: what one tree has that another lacks, judged by what may be changed.
 *
 * Judged is the tree and nothing else: who made it, how, and what was said about it do not matter.
 * A refusal has a name of one word, by which it is counted, and a sentence. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "orchestrator/git/repo.h"

struct buf;
struct commits;

enum { CHANGES_REFUSALS_MAX = 64, CHANGES_PATCH_MAX = 64 << 20 };

/* Paths that nobody may change whatever else is allowed, and what a change of them is called. */
struct changes_named {
    const char *name;            /* "edits_test" */
    const char *text;            /* "it is a test …" */
    const char *const *prefixes; /* NULL-terminated */
};

/* Paths are prefixes by whole names: "engine" and "engine/" are the folder and all below. */
struct changes_rules {
    const char *const *allowed;   /* NULL-terminated; what is outside is refused */
    const char *const *read_only; /* NULL-terminated, or NULL; refused though allowed */
    bool may_delete; /* what was renamed, as git sees it, is not deleted: it changed both paths */
    /* Caps of the diff: files (a rename has two), lines added and removed, bytes; of what was
     * renamed only the lines that differ. */
    int64_t files, lines, bytes;
    const struct changes_named *named; /* ended by a NULL name, or NULL; asked before all others */
};

struct changes_refusal {
    const char *name; /* "outside", "read_only", "symlink" … */
    const char *path; /* as printed: \n, \x01; "" when it is about all of them */
    const char *text;
};

/* Zeroed before first use; judging and gathering add to it. */
struct changes {
    struct arena arena;
    struct changes_refusal refusals[CHANGES_REFUSALS_MAX];
    size_t refused;                       /* may be more than are kept */
    int64_t files, added, removed, bytes; /* of the patch that changes_patch() makes */
    const char **paths; /* [files] what changed; one that is refused as a name as it is printed */
    char tree[REPO_HEX_SIZE];
};

void changes_done(struct changes *c); /* copes with a zeroed struct */
/* name and path are copied, and what of the path cannot be printed is escaped. */
void changes_refuse(struct changes *c, const char *name, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
bool changes_has_prefix(const char *const *prefixes, const char *path);
/* Why nothing may be called that, whatever the rules: controls, no UTF-8, a backslash, .git. NULL
 * when it may. What of a path had to be escaped may not. */
const char *changes_misnamed(const char *path);
/* What a change of that path is refused as, and why; NULL when it is not. */
const char *changes_name(const struct changes_rules *rules, const char *path, const char **text);

/* Compares tree with base; out->tree is tree then. 0 (look at out->refused), ERR_IO, ERR_LIMIT. */
int changes_judge(struct changes *out, const struct commits *c, const char *base, const char *tree,
                  const struct changes_rules *rules);
/* Appends the difference as a patch that git apply takes. 0, ERR_IO, ERR_LIMIT. */
int changes_patch(struct buf *out, const struct commits *c, const char *base, const char *tree);
/* The tree of base with a patch applied, in memory; one without "diff --git" lines will do. 0;
 * ERR_FORMAT when it is no patch; ERR_UNSUPPORTED when it does not apply; ERR_IO. */
int changes_apply(const struct commits *c, const char *base, const char *patch, size_t len,
                  char tree[REPO_HEX_SIZE]);
/* base with those changes of tree that rules allow: a revert, held to the allowed paths. left: how
 * many files were not taken. 0 or ERR_IO. */
int changes_limit(const struct commits *c, const char *base, const char *tree,
                  const struct changes_rules *rules, char limited[REPO_HEX_SIZE], int64_t *left);
