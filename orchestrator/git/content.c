/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/content.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/git/handle.h"

/* As the kernel: links of one path that are followed; and bytes that one may lead to. */
enum { LINKS_MAX = 40, TARGET_MAX = 4096 };

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

/* On its way through a tree. */
struct walker {
    const struct commits *c;
    struct arena *arena;
    const git_tree *tree;
    const char *path; /* as it was asked for */
    int links;        /* so many were followed */
};

/* What has that name in the tree: *out stays NULL where nothing has. */
static int find_entry(const struct walker *w, const char *path, git_tree_entry **out) {
    int got = git_tree_entry_bypath(out, w->tree, path);
    return got == 0 || got == GIT_ENOTFOUND ? 0 : commits_fail(w->c, ERR_IO, "reading a tree");
}

static int walk(struct walker *w, const char **at, const char *path);

/* A link in the folder *at, which becomes where it leads to. */
static int walk_link(struct walker *w, const char **at, const git_tree_entry *link) {
    git_blob *blob = NULL;
    const char *target = "";
    size_t len = 0;
    if (++w->links > LINKS_MAX)
        return err_set(ERR_FORMAT, "%s is a link among too many", w->path);
    if (git_blob_lookup(&blob, w->c->repo, git_tree_entry_id(link)) != 0)
        return commits_fail(w->c, ERR_IO, "reading a link");
    int rc = take(w->arena, blob, w->path, TARGET_MAX, &target, &len);
    git_blob_free(blob);
    if (rc == 0 && *target == '/')
        rc = err_set(ERR_FORMAT, "%s leads out of the tree, to %s", w->path, target);
    if (rc == 0)
        rc = walk(w, at, target);
    return rc == ERR_NOTFOUND
               ? err_set(ERR_FORMAT, "%s leads to %s, which is not in the tree", w->path, target)
               : rc;
}

/* One name further; *at is "" at the top. */
static int walk_part(struct walker *w, const char **at, const char *part, size_t len) {
    git_tree_entry *entry = NULL;
    const char *slash = strrchr(*at, '/');
    if (len == 0 || (len == 1 && *part == '.'))
        return 0;
    if (len == 2 && strncmp(part, "..", 2) == 0) {
        if (!**at)
            return err_set(ERR_FORMAT, "%s leads out of the tree", w->path);
        *at = slash ? arena_strndup(w->arena, *at, (size_t)(slash - *at)) : "";
        return 0;
    }
    const char *next = arena_printf(w->arena, "%s%s%.*s", *at, **at ? "/" : "", (int)len, part);
    int rc = find_entry(w, next, &entry);
    if (rc == 0 && !entry)
        rc = err_set(ERR_NOTFOUND, "there is no %s in the tree", next);
    if (rc == 0 && git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK)
        rc = walk_link(w, at, entry);
    else if (rc == 0)
        *at = next;
    git_tree_entry_free(entry);
    return rc;
}

static int walk(struct walker *w, const char **at, const char *path) {
    int rc = 0;
    for (const char *part = path; rc == 0 && *part;) {
        size_t len = strcspn(part, "/");
        rc = walk_part(w, at, part, len);
        part += len + (part[len] == '/');
    }
    return rc;
}

/* What stands where the way ends. */
static int read_end(const struct walker *w, const char *at, size_t max, const char **text,
                    size_t *len) {
    git_tree_entry *entry = NULL;
    git_blob *blob = NULL;
    int rc = *at ? find_entry(w, at, &entry) : 0;
    if (rc == 0 && (!entry || git_tree_entry_type(entry) != GIT_OBJECT_BLOB))
        rc = err_set(ERR_FORMAT, "%s is no file, but a %s", w->path,
                     entry && git_tree_entry_type(entry) == GIT_OBJECT_COMMIT ? "submodule"
                                                                              : "folder");
    if (rc == 0 && git_blob_lookup(&blob, w->c->repo, git_tree_entry_id(entry)) != 0)
        rc = commits_fail(w->c, ERR_IO, "reading a file");
    if (rc == 0)
        rc = take(w->arena, blob, w->path, max, text, len);
    git_blob_free(blob);
    git_tree_entry_free(entry);
    return rc;
}

int content_follow(const struct commits *c, struct arena *arena, const char *tree, const char *path,
                   size_t max, const char **text, size_t *len) {
    git_tree *t = NULL;
    const char *at = "";
    int rc = commits_tree(c, tree, &t);
    struct walker w = {.c = c, .arena = arena, .tree = t, .path = path};
    if (rc == 0)
        rc = walk(&w, &at, path);
    if (rc == 0)
        rc = read_end(&w, at, max, text, len);
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
