/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/annex.h"

#include <stdio.h>

#include "engine/base/err.h"
#include "orchestrator/git/handle.h"
#include "orchestrator/git/worktree.h"

enum { REF_MAX = 512 };

int annex_remove(const struct commits *c, const char *name, const char *folder) {
    git_worktree_prune_options options;
    git_worktree *tree = NULL;
    int rc = worktree_remove(folder);
    git_worktree_prune_options_init(&options, GIT_WORKTREE_PRUNE_OPTIONS_VERSION);
    options.flags = GIT_WORKTREE_PRUNE_VALID | GIT_WORKTREE_PRUNE_LOCKED;
    if (rc == 0 && git_worktree_lookup(&tree, c->repo, name) == 0 &&
        git_worktree_prune(tree, &options) != 0)
        rc = commits_fail(c, ERR_IO, "removing a checkout");
    git_worktree_free(tree);
    return rc;
}

int annex_open(const struct commits *c, const char *name, const char *branch, const char *folder) {
    git_worktree_add_options options;
    git_worktree *tree = NULL;
    git_reference *ref = NULL;
    char full[REF_MAX];
    int rc = annex_remove(c, name, folder);
    snprintf(full, sizeof(full), "refs/heads/%s", branch);
    git_worktree_add_options_init(&options, GIT_WORKTREE_ADD_OPTIONS_VERSION);
    if (rc == 0 && git_reference_lookup(&ref, c->repo, full) != 0)
        rc = commits_fail(c, ERR_IO, "reading a branch");
    options.ref = ref;
    if (rc == 0 && git_worktree_add(&tree, c->repo, name, folder, &options) != 0)
        rc = commits_fail(c, ERR_IO, "making a checkout");
    git_worktree_free(tree);
    git_reference_free(ref);
    return rc;
}
