/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/remerge.h"

#include <stdbool.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "orchestrator/git/handle.h"

/* One path that neither side's change can be put to: as the first has it, or not there. */
static bool settle_one(git_index *index) {
    git_index_conflict_iterator *it = NULL;
    const git_index_entry *base = NULL, *ours = NULL, *theirs = NULL;
    bool good = git_index_conflict_iterator_new(&it, index) == 0 &&
                git_index_conflict_next(&base, &ours, &theirs, it) == 0;
    git_index_conflict_iterator_free(it);
    if (!good)
        return false;
    char *path = xstrdup(ours ? ours->path : theirs ? theirs->path : base->path);
    git_index_entry kept = {.mode = ours ? ours->mode : 0, .path = path};
    if (ours)
        kept.id = ours->id;
    good = git_index_conflict_remove(index, path) == 0 &&
           (!kept.mode || git_index_add(index, &kept) == 0);
    free(path);
    return good;
}

static int take(git_tree **out, const struct commits *c, git_index *index) {
    git_oid id;
    while (git_index_has_conflicts(index))
        if (!settle_one(index))
            return commits_fail(c, ERR_IO, "settling a merge");
    git_tree_free(*out);
    *out = NULL;
    if (git_index_write_tree_to(&id, index, c->repo) != 0 ||
        git_tree_lookup(out, c->repo, &id) != 0)
        return commits_fail(c, ERR_IO, "merging anew");
    return 0;
}

static void set_options(git_merge_options *options) {
    git_merge_options_init(options, GIT_MERGE_OPTIONS_VERSION);
    options->file_favor = GIT_MERGE_FILE_FAVOR_OURS;
}

/* A further parent of an octopus, into what those before it came to. */
static int add_parent(git_tree **tree, const struct commits *c, const git_commit *first,
                      const git_commit *other) {
    git_merge_options options;
    git_commit *base = NULL;
    git_tree *before = NULL, *theirs = NULL;
    git_index *index = NULL;
    git_oid id;
    int rc = 0;
    set_options(&options);
    bool related = git_merge_base(&id, c->repo, git_commit_id(first), git_commit_id(other)) == 0;
    if ((related &&
         (git_commit_lookup(&base, c->repo, &id) != 0 || git_commit_tree(&before, base) != 0)) ||
        git_commit_tree(&theirs, other) != 0 ||
        git_merge_trees(&index, c->repo, before, *tree, theirs, &options) != 0)
        rc = commits_fail(c, ERR_IO, "merging anew");
    if (rc == 0)
        rc = take(tree, c, index);
    git_index_free(index);
    git_tree_free(theirs);
    git_tree_free(before);
    git_commit_free(base);
    return rc;
}

static int merge_two(git_tree **tree, const struct commits *c, const git_commit *first,
                     const git_commit *second) {
    git_merge_options options;
    git_index *index = NULL;
    set_options(&options);
    int rc = git_merge_commits(&index, c->repo, first, second, &options) == 0
                 ? take(tree, c, index)
                 : commits_fail(c, ERR_IO, "merging anew");
    git_index_free(index);
    return rc;
}

int remerge_tree(git_tree **out, const struct commits *c, const git_commit *merge) {
    git_commit *first = NULL;
    git_tree *tree = NULL;
    int rc = git_commit_parent(&first, merge, 0) == 0
                 ? 0
                 : commits_fail(c, ERR_IO, "reading a parent (is this a shallow clone?)");
    for (unsigned i = 1; rc == 0 && i < git_commit_parentcount(merge); i++) {
        git_commit *other = NULL;
        if (git_commit_parent(&other, merge, i) != 0)
            rc = commits_fail(c, ERR_IO, "reading a parent (is this a shallow clone?)");
        else
            rc = i == 1 ? merge_two(&tree, c, first, other) : add_parent(&tree, c, first, other);
        git_commit_free(other);
    }
    git_commit_free(first);
    if (rc < 0)
        git_tree_free(tree);
    else
        *out = tree;
    return rc;
}
