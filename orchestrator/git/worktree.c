/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/worktree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/folder.h"
#include "orchestrator/git/handle.h"
#include "orchestrator/git/repo.h"

enum { PATH_BYTES_MAX = 64 << 10 };

/* "FOLDER.tree" */
static const char *note_path(struct buf *b, const char *folder) {
    buf_init(b, PATH_BYTES_MAX);
    buf_printf(b, "%s.tree", folder);
    return b->data;
}

int worktree_remove(const char *folder) {
    struct buf note;
    (void)unlink(note_path(&note, folder));
    buf_done(&note);
    return folder_remove(folder);
}

/* Whoever wrote the history is not trusted to write outside of the folder. */
static int check_path(const char *path) {
    for (const char *part = path; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
        size_t len = strcspn(part, "/");
        if (!file_is_plain_name(part, len) || (len == 4 && strncasecmp(part, ".git", 4) == 0))
            return err_set(ERR_FORMAT, "the tree holds \"%s\", which is not written", path);
    }
    return 0;
}

/* An empty folder goes with its last file. */
static void remove_file(const char *folder, const char *path) {
    struct buf full;
    buf_init(&full, PATH_BYTES_MAX);
    file_join(&full, folder, path);
    (void)unlink(full.data);
    for (char *slash; (slash = strrchr(full.data, '/')) && slash > full.data + strlen(folder);) {
        *slash = '\0';
        if (rmdir(full.data) != 0)
            break;
    }
    buf_done(&full);
}

/* Not synced: after a power cut the note does not stand, and the folder is emptied. */
static int write_regular(const char *path, const git_blob *blob, bool executable) {
    const char *data = git_blob_rawcontent(blob);
    size_t len = (size_t)git_blob_rawsize(blob);
    int rc = 0, fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                          executable ? 0755 : 0644);
    if (fd < 0)
        return err_errno(ERR_IO, "cannot write %s", path);
    for (size_t done = 0; done < len && rc == 0;) {
        ssize_t n = write(fd, data + done, len - done);
        if (n > 0)
            done += (size_t)n;
        else if (n < 0 && errno != EINTR)
            rc = err_errno(ERR_IO, "cannot write %s", path);
    }
    if (rc == 0 && fchmod(fd, executable ? 0755 : 0644) != 0)
        rc = err_errno(ERR_IO, "cannot set the mode of %s", path);
    close(fd);
    return rc;
}

static int write_link(const char *path, const git_blob *blob) {
    char *target = xstrndup(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
    int rc = symlink(target, path) == 0 ? 0 : err_errno(ERR_IO, "cannot write the link %s", path);
    free(target);
    return rc;
}

static int write_file(const struct commits *c, const char *folder, const git_diff_file *f) {
    struct buf full, parent;
    git_blob *blob = NULL;
    int rc = 0;
    if (f->mode == GIT_FILEMODE_COMMIT)
        return 0; /* of a submodule there is nothing here */
    buf_init(&full, PATH_BYTES_MAX);
    buf_init(&parent, PATH_BYTES_MAX);
    file_join(&full, folder, f->path);
    buf_add(&parent, full.data, (size_t)(file_base_name(full.data) - full.data));
    rc = file_make_dirs(parent.data);
    if (rc == 0 && git_blob_lookup(&blob, c->repo, &f->id) != 0)
        rc = commits_fail(c, ERR_IO, "reading a file");
    if (rc == 0 && (f->mode == GIT_FILEMODE_LINK || file_is_dir(full.data)))
        rc = folder_remove(full.data);
    if (rc == 0)
        rc = f->mode == GIT_FILEMODE_LINK
                 ? write_link(full.data, blob)
                 : write_regular(full.data, blob, f->mode == GIT_FILEMODE_BLOB_EXECUTABLE);
    git_blob_free(blob);
    buf_done(&full);
    buf_done(&parent);
    return rc;
}

/* Old files first, so that a folder may take the place of a file or a link. */
static int apply(const struct commits *c, const char *folder, git_diff *diff) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < git_diff_num_deltas(diff); i++) {
        const git_diff_delta *d = git_diff_get_delta(diff, i);
        rc = check_path(d->status == GIT_DELTA_ADDED ? d->new_file.path : d->old_file.path);
        if (rc == 0 && d->status != GIT_DELTA_ADDED)
            remove_file(folder, d->old_file.path);
    }
    for (size_t i = 0; rc == 0 && i < git_diff_num_deltas(diff); i++) {
        const git_diff_delta *d = git_diff_get_delta(diff, i);
        if (d->status != GIT_DELTA_DELETED)
            rc = write_file(c, folder, &d->new_file);
    }
    return rc;
}

/* What the folder holds, by its note; false when there is none that can be believed. */
static bool read_note(const struct commits *c, const char *folder, git_tree **out) {
    struct buf path;
    struct file note;
    char hex[REPO_HEX_SIZE];
    bool known = file_read(&note, note_path(&path, folder), REPO_HEX_SIZE) == 0;
    buf_done(&path);
    if (!known)
        return false;
    snprintf(hex, sizeof(hex), "%.*s", (int)note.size, (const char *)note.data);
    file_done(&note);
    return file_is_dir(folder) && commits_tree(c, hex, out) == 0;
}

int worktree_fill(const struct commits *c, const char *folder, const char *tree) {
    git_tree *from = NULL, *to = NULL;
    git_diff *diff = NULL;
    struct buf note;
    git_diff_options options;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.flags = GIT_DIFF_INCLUDE_TYPECHANGE;
    int rc = commits_tree(c, tree, &to);
    if (rc == 0 && !read_note(c, folder, &from))
        rc = worktree_remove(folder);
    if (rc == 0 && git_diff_tree_to_tree(&diff, c->repo, from, to, &options) != 0)
        rc = commits_fail(c, ERR_IO, "comparing two trees");
    note_path(&note, folder);
    if (rc == 0 && git_diff_num_deltas(diff) > 0)
        (void)unlink(note.data); /* until it is true again */
    if (rc == 0)
        rc = file_make_dirs(folder);
    if (rc == 0)
        rc = apply(c, folder, diff);
    if (rc == 0 && (!from || git_diff_num_deltas(diff) > 0))
        rc = file_replace(note.data, tree, strlen(tree));
    buf_done(&note);
    git_diff_free(diff);
    git_tree_free(from);
    git_tree_free(to);
    return rc < 0 ? err_while(rc, "filling %s", folder) : 0;
}
