/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/gather.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/map.h"
#include "orchestrator/git/changes.h"
#include "orchestrator/git/handle.h"

enum { DEPTH_MAX = 64 };

struct walk {
    const struct commits *c;
    struct changes *out;
    const struct gather_rules *rules;
    git_index *index; /* base at first */
    struct map seen;  /* paths of the folder, in out->arena */
    int64_t entries;
    int64_t bytes; /* of files that base has not */
};

static int walk_folder(struct walk *w, int fd, const char *prefix, int depth);

/* Appends to what base has at path; true when base has just that. */
static bool is_in_base(const struct walk *w, const char *path, const git_oid *id, unsigned mode) {
    const git_index_entry *e = git_index_get_bypath(w->index, path, 0);
    return e && e->mode == mode && git_oid_equal(&e->id, id);
}

static bool is_dropped(const struct walk *w, const char *path) {
    int ignored = 0;
    if (git_index_get_bypath(w->index, path, 0))
        return false;
    return changes_has_prefix(w->rules->dropped, path) ||
           (git_ignore_path_is_ignored(&ignored, w->c->repo, path) == 0 && ignored);
}

static int put(struct walk *w, const char *path, unsigned mode, const void *bytes, size_t len) {
    git_oid id;
    if (git_odb_hash(&id, bytes, len, GIT_OBJECT_BLOB) != 0)
        return commits_fail(w->c, ERR_IO, "hashing a file");
    if (is_in_base(w, path, &id, mode))
        return 0;
    w->bytes += (int64_t)len;
    git_index_entry e = {.mode = mode, .path = path};
    if (git_odb_write(&e.id, w->c->odb, bytes, len, GIT_OBJECT_BLOB) != 0)
        return commits_fail(w->c, ERR_IO, "keeping a file");
    if (git_index_add(w->index, &e) != 0)
        changes_refuse(w->out, "name", path, "no tree holds a file of that name");
    return 0;
}

static int put_link(struct walk *w, int folder, const char *name, const char *path) {
    char target[PATH_MAX];
    ssize_t n = readlinkat(folder, name, target, sizeof(target));
    return n < 0 ? err_errno(ERR_IO, "cannot read %s", path)
                 : put(w, path, GIT_FILEMODE_LINK, target, (size_t)n);
}

static int read_all(int fd, char *into, size_t size, const char *path) {
    for (size_t done = 0; done < size;) {
        ssize_t n = read(fd, into + done, size - done);
        if (n == 0 || (n < 0 && errno != EINTR))
            return err_errno(ERR_IO, "cannot read %s", path);
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* Files with holes are long and lie in no space: what is refused anyway is not read to its end. */
static bool is_full(struct walk *w, const char *path) {
    int64_t most = w->rules->bytes;
    if (!most || w->bytes <= most)
        return false;
    if (w->bytes != INT64_MAX)
        changes_refuse(w->out, "bytes", path, "here the new files have more than %lld bytes",
                       (long long)most);
    w->bytes = INT64_MAX; /* said once */
    return true;
}

static int put_file(struct walk *w, int folder, const char *name, const char *path) {
    struct stat st;
    if (is_full(w, path))
        return 0;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == EACCES || errno == EPERM)) {
        changes_refuse(w->out, "unreadable", path, "it cannot be read");
        return 0;
    }
    if (fd < 0 || fstat(fd, &st) != 0) {
        int rc = err_errno(ERR_IO, "cannot read %s", path);
        if (fd >= 0)
            close(fd);
        return rc;
    }
    int rc = 0;
    if (!S_ISREG(st.st_mode)) {
        changes_refuse(w->out, "special", path, "it is neither a file nor a folder");
    } else if (st.st_nlink > 1) {
        changes_refuse(w->out, "hard_link", path, "it has another name somewhere");
    } else if (st.st_size > w->rules->file_bytes) {
        changes_refuse(w->out, "size", path, "it has %lld bytes, and may have %lld",
                       (long long)st.st_size, (long long)w->rules->file_bytes);
    } else {
        char *bytes = xcalloc(1, (size_t)st.st_size + 1);
        rc = read_all(fd, bytes, (size_t)st.st_size, path);
        if (rc == 0)
            rc = put(w, path,
                     st.st_mode & S_IXUSR ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB, bytes,
                     (size_t)st.st_size);
        free(bytes);
    }
    close(fd);
    return rc;
}

static int walk_entry(struct walk *w, int folder, const char *name, const char *path, int depth) {
    struct stat st;
    if (strcasecmp(name, ".git") == 0) {
        changes_refuse(w->out, "name", path, "nothing may be called that");
        return 0;
    }
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : err_errno(ERR_IO, "cannot look at %s", path);
    if (is_dropped(w, path))
        return 0;
    if (S_ISDIR(st.st_mode)) {
        int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || depth == DEPTH_MAX) {
            changes_refuse(w->out, "unreadable", path, "the folder cannot be read");
            if (fd >= 0)
                close(fd);
            return 0;
        }
        return walk_folder(w, fd, path, depth + 1);
    }
    map_set(&w->seen, path, strlen(path), 1);
    if (S_ISLNK(st.st_mode))
        return put_link(w, folder, name, path);
    if (!S_ISREG(st.st_mode)) {
        changes_refuse(w->out, "special", path, "it is neither a file nor a folder");
        return 0;
    }
    return put_file(w, folder, name, path);
}

/* fd is closed. */
static int walk_folder(struct walk *w, int fd, const char *prefix, int depth) {
    DIR *dir = fdopendir(fd);
    int rc = 0;
    if (!dir) {
        close(fd);
        return err_errno(ERR_IO, "cannot read %s", prefix);
    }
    for (struct dirent *e; rc == 0 && (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        const char *path =
            arena_printf(&w->out->arena, "%s%s%s", prefix, *prefix ? "/" : "", e->d_name);
        rc = ++w->entries > w->rules->entries
                 ? err_set(ERR_LIMIT, "the folder has more than %lld entries",
                           (long long)w->rules->entries)
                 : walk_entry(w, dirfd(dir), e->d_name, path, depth);
    }
    closedir(dir);
    return rc;
}

/* What base has and the folder has not. */
static int drop_missing(struct walk *w) {
    size_t len = git_index_entrycount(w->index);
    const char **gone = arena_array(&w->out->arena, len, sizeof(*gone));
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        const git_index_entry *e = git_index_get_byindex(w->index, i);
        uint32_t at;
        if (e->mode != GIT_FILEMODE_COMMIT && !map_find_str(&w->seen, e->path, &at))
            gone[count++] = arena_strdup(&w->out->arena, e->path);
    }
    for (size_t i = 0; i < count; i++)
        if (git_index_remove(w->index, gone[i], 0) != 0)
            return commits_fail(w->c, ERR_IO, "leaving a file out");
    return 0;
}

int gather_tree(struct changes *out, const struct commits *c, const char *base, const char *folder,
                const struct gather_rules *rules) {
    struct walk w = {.c = c, .out = out, .rules = rules};
    git_tree *tree = NULL;
    git_oid oid;
    int rc = commits_tree(c, base, &tree);
    if (rc == 0 && (git_index_new(&w.index) != 0 || git_index_read_tree(w.index, tree) != 0))
        rc = commits_fail(c, ERR_IO, "reading a tree");
    map_init(&w.seen, rc == 0 ? git_index_entrycount(w.index) : 0);
    int fd = rc == 0 ? open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (rc == 0 && fd < 0)
        rc = err_errno(ERR_IO, "cannot read %s", folder);
    if (rc == 0)
        rc = walk_folder(&w, fd, "", 0);
    if (rc == 0)
        rc = drop_missing(&w);
    if (rc == 0 && git_index_write_tree_to(&oid, w.index, c->repo) != 0)
        rc = commits_fail(c, ERR_IO, "making a tree");
    if (rc == 0)
        git_oid_tostr(out->tree, sizeof(out->tree), &oid);
    map_done(&w.seen);
    git_index_free(w.index);
    git_tree_free(tree);
    return rc < 0 ? err_while(rc, "gathering %s", folder) : 0;
}
