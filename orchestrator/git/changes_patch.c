/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/git/changes.h"
#include "orchestrator/git/compare.h"
#include "orchestrator/git/handle.h"
#include "orchestrator/git/patch.h"

/* One file of it: as text from the one difference, or else from the other. */
static int put_patch(struct buf *out, const struct commits *c, git_diff *text, git_diff *binary,
                     size_t i) {
    struct compare sides;
    git_patch *patch = NULL;
    git_buf said = {0};
    int rc = compare_open(&sides, c, git_diff_get_delta(text, i));
    if (rc < 0)
        return rc;
    git_diff *diff = compare_is_binary(&sides) ? binary : text;
    if (git_patch_from_diff(&patch, diff, i) != 0 || git_patch_to_buf(&said, patch) != 0)
        rc = commits_fail(c, ERR_IO, "writing a patch");
    if (rc == 0)
        buf_add(out, said.ptr, said.size);
    git_buf_dispose(&said);
    git_patch_free(patch);
    compare_done(&sides);
    return rc;
}

int changes_patch(struct buf *out, const struct commits *c, const char *base, const char *tree) {
    git_diff *text = NULL, *binary = NULL;
    int rc = compare_trees(&text, c, base, tree, GIT_DIFF_FORCE_TEXT);
    if (rc == 0)
        rc = compare_trees(&binary, c, base, tree, GIT_DIFF_SHOW_BINARY);
    for (size_t i = 0; rc == 0 && i < git_diff_num_deltas(text); i++)
        rc = put_patch(out, c, text, binary, i);
    git_diff_free(text);
    git_diff_free(binary);
    return rc < 0 ? rc : buf_ok(out, "the patch");
}

int changes_apply(const struct commits *c, const char *base, const char *patch, size_t len,
                  char tree[REPO_HEX_SIZE]) {
    git_diff *diff = NULL;
    git_tree *from = NULL;
    git_index *index = NULL;
    struct buf whole;
    git_oid oid;
    buf_init(&whole, CHANGES_PATCH_MAX);
    patch_complete(&whole, patch, len);
    int rc = buf_ok(&whole, "the patch");
    if (rc == 0)
        rc = commits_tree(c, base, &from);
    if (rc == 0 && git_diff_from_buffer(&diff, whole.data, whole.len) != 0)
        rc = commits_fail(c, ERR_FORMAT, "reading the patch");
    if (rc == 0 && git_diff_num_deltas(diff) == 0)
        rc = err_set(ERR_FORMAT, "the patch holds no change");
    if (rc == 0 && git_apply_to_tree(&index, c->repo, from, diff, NULL) != 0)
        rc = commits_fail(c, ERR_UNSUPPORTED, "applying the patch");
    if (rc == 0 && git_index_write_tree_to(&oid, index, c->repo) != 0)
        rc = commits_fail(c, ERR_IO, "applying the patch");
    if (rc == 0)
        git_oid_tostr(tree, REPO_HEX_SIZE, &oid);
    git_index_free(index);
    git_tree_free(from);
    git_diff_free(diff);
    buf_done(&whole);
    return rc;
}
