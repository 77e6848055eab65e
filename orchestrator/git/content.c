/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/content.h"

#include <stdbool.h>
#include <stdlib.h>

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

static int prepare(git_tree_update *out, const struct commits *c, const git_tree *tree,
                   const struct content_edit *edit) {
    git_tree_entry *entry = NULL;
    int rc = 0;
    if (git_tree_entry_bypath(&entry, tree, edit->path) != 0 ||
        git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
        rc = err_set(ERR_NOTFOUND, "there is no file %s to be changed", edit->path);
    else if (edit->text &&
             git_odb_write(&out->id, c->odb, edit->text, edit->len, GIT_OBJECT_BLOB) != 0)
        rc = commits_fail(c, ERR_IO, "keeping a file");
    out->action = edit->text ? GIT_TREE_UPDATE_UPSERT : GIT_TREE_UPDATE_REMOVE;
    out->filemode = rc == 0 ? git_tree_entry_filemode(entry) : GIT_FILEMODE_BLOB;
    out->path = edit->path;
    git_tree_entry_free(entry);
    return rc;
}

int content_edit(const struct commits *c, const char *tree, const struct content_edit *edits,
                 size_t count, char out[REPO_HEX_SIZE]) {
    git_tree *t = NULL;
    git_oid made;
    git_tree_update *updates = xcalloc(count + 1, sizeof(*updates));
    int rc = commits_tree(c, tree, &t);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = prepare(&updates[i], c, t, &edits[i]);
    if (rc == 0 && git_tree_create_updated(&made, c->repo, t, count, updates) != 0)
        rc = commits_fail(c, ERR_IO, "making a tree");
    if (rc == 0)
        git_oid_tostr(out, REPO_HEX_SIZE, &made);
    git_tree_free(t);
    free(updates);
    return rc;
}
