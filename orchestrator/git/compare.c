/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/compare.h"

#include "engine/base/err.h"
#include "orchestrator/git/handle.h"

static bool is_blob(unsigned mode) {
    return mode == GIT_FILEMODE_LINK || (mode & 0170000) == 0100000;
}

static int find_blob(const struct commits *c, const git_diff_file *file, bool there,
                     git_blob **out) {
    if (!there || !is_blob(file->mode))
        return 0;
    return git_blob_lookup(out, c->repo, &file->id) == 0
               ? 0
               : commits_fail(c, ERR_IO, "reading a file");
}

int compare_trees(git_diff **out, const struct commits *c, const char *base, const char *tree,
                  uint32_t flags) {
    git_tree *from = NULL, *to = NULL;
    git_diff_options options;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.flags = GIT_DIFF_INCLUDE_TYPECHANGE | flags;
    int rc = commits_tree(c, base, &from);
    if (rc == 0)
        rc = commits_tree(c, tree, &to);
    if (rc == 0 && git_diff_tree_to_tree(out, c->repo, from, to, &options) != 0)
        rc = commits_fail(c, ERR_IO, "comparing two trees");
    git_tree_free(from);
    git_tree_free(to);
    return rc;
}

int compare_open(struct compare *out, const struct commits *c, const git_diff_delta *d) {
    *out = (struct compare){.old = NULL};
    int rc = find_blob(c, &d->old_file, d->status != GIT_DELTA_ADDED, &out->old);
    if (rc == 0)
        rc = find_blob(c, &d->new_file, d->status != GIT_DELTA_DELETED, &out->new);
    if (rc < 0)
        compare_done(out);
    return rc;
}

void compare_done(struct compare *p) {
    git_blob_free(p->old);
    git_blob_free(p->new);
    *p = (struct compare){.old = NULL};
}

bool compare_is_text(const git_blob *blob) {
    return blob && !git_blob_is_binary(blob);
}

bool compare_is_binary(const struct compare *p) {
    return (p->old && !compare_is_text(p->old)) || (p->new && !compare_is_text(p->new));
}

/* Without a path git looks for no attributes. */
int compare_lines(git_patch **out, const struct commits *c, const struct compare *p) {
    git_diff_options options;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.context_lines = 0;
    options.flags = GIT_DIFF_FORCE_TEXT;
    return git_patch_from_blobs(out, compare_is_text(p->old) ? p->old : NULL, NULL,
                                compare_is_text(p->new) ? p->new : NULL, NULL, &options) == 0
               ? 0
               : commits_fail(c, ERR_IO, "comparing a file");
}
