/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/content.h"

#include <stdbool.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/git/handle.h"

static int take(struct arena *arena, const git_blob *blob, const char *path, size_t max,
                const char **text, size_t *len) {
    if (git_blob_rawsize(blob) > (git_object_size_t)max)
        return err_set(ERR_LIMIT, "%s has more than %zu bytes", path, max);
    *len = (size_t)git_blob_rawsize(blob);
    *text = arena_strndup(arena, git_blob_rawcontent(blob), *len);
    return 0;
}

int content_read(const struct commits *c, struct arena *arena, const char *tree, const char *path,
                 size_t max, const char **text, size_t *len) {
    git_tree *t = NULL;
    git_tree_entry *entry = NULL;
    git_blob *blob = NULL;
    git_oid oid;
    bool there = git_oid_fromstr(&oid, tree) == 0 && git_tree_lookup(&t, c->repo, &oid) == 0 &&
                 git_tree_entry_bypath(&entry, t, path) == 0 &&
                 git_tree_entry_type(entry) == GIT_OBJECT_BLOB &&
                 git_tree_entry_filemode(entry) != GIT_FILEMODE_LINK &&
                 git_blob_lookup(&blob, c->repo, git_tree_entry_id(entry)) == 0;
    int rc = there ? take(arena, blob, path, max, text, len)
                   : err_set(ERR_NOTFOUND, "there is no file %s in the tree %.12s", path, tree);
    git_blob_free(blob);
    git_tree_entry_free(entry);
    git_tree_free(t);
    return rc;
}
