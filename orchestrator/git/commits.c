/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/commits.h"

#include <errno.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/git/handle.h"
#include "orchestrator/git/repo_config.h"
#include "orchestrator/git/wording.h"

/* Asked before the backends of the disk, for writing too. */
enum { MEMORY_FIRST = 1000, WORD_MAX = 256, HEX_LEAST = 4, BACK_MAX = 1000000 };
enum { REMOTES_MAX = 1000 };

int commits_fail(const struct commits *c, int code, const char *doing) {
    const git_error *e = git_error_last();
    const char *said = e ? e->message : "git failed";
    if (e && e->klass == GIT_ERROR_ODB && git_repository_is_shallow(c->repo) == 1)
        return err_set(code,
                       "%s in %s: %s; it is a shallow clone, which lacks most of the history: "
                       "\"git fetch --unshallow\" brings it, \"git fetch --depth N\" more of it",
                       doing, c->folder, said);
    return err_set(code, "%s in %s: %s", doing, c->folder, said);
}

static const char remotes[] = "refs/remotes/";

/* What it writes lives in memory, asked before the disk, and dies with it. */
static int add_memory(const struct commits *c) {
    git_odb_backend *memory = NULL;
    if (git_mempack_new(&memory) != 0 || git_odb_add_backend(c->odb, memory, MEMORY_FIRST) != 0)
        return commits_fail(c, ERR_IO, "opening the history");
    return 0;
}

static int open_repo(struct commits **out, const char *folder, bool write) {
    struct commits *c = xcalloc(1, sizeof(*c));
    c->folder = xstrdup(folder);
    git_libgit2_init();
    git_error_clear();
    /* See repo.c: nothing in it is run by reading it. What is written to is the user's own. */
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, write);
    int opened = git_repository_open_ext(&c->repo, folder, 0, NULL);
    int rc = opened == 0 ? 0 : repo_refuse(opened, folder);
    if (rc == 0 && repo_config_adopt(c->repo) != 0)
        rc = commits_fail(c, ERR_IO, "reading the configuration");
    if (rc == 0 && git_repository_odb(&c->odb, c->repo) != 0)
        rc = commits_fail(c, ERR_IO, "opening the history");
    if (rc == 0 && !write)
        rc = add_memory(c);
    if (rc < 0)
        commits_close(c);
    else
        *out = c;
    return rc;
}

int commits_open(struct commits **out, const char *folder) {
    return open_repo(out, folder, false);
}

int commits_open_write(struct commits **out, const char *folder) {
    return open_repo(out, folder, true);
}

void commits_close(struct commits *c) {
    if (!c)
        return;
    git_odb_free(c->odb);
    git_repository_free(c->repo);
    git_libgit2_shutdown();
    free(c->folder);
    free(c);
}

int commits_prefix(const struct commits *c, struct arena *arena, const char *folder,
                   const char **out) {
    char here[PATH_MAX], top[PATH_MAX];
    const char *work = git_repository_workdir(c->repo);
    if (!work)
        return err_set(ERR_NOTFOUND, "%s is a bare repository", c->folder);
    if (!realpath(folder, here) || !realpath(work, top))
        return err_errno(ERR_IO, "cannot resolve %s", folder);
    size_t len = strlen(top);
    if (strncmp(here, top, len) != 0 || (here[len] && here[len] != '/'))
        return err_set(ERR_NOTFOUND, "%s is outside of %s", folder, top);
    *out = arena_strdup(arena, here + len + (here[len] == '/'));
    return 0;
}

const char *commits_own_folder(const struct commits *c, struct arena *arena) {
    return arena_printf(arena, "%snoctule", git_repository_commondir(c->repo));
}

/* The commit that word (len bytes, without ~N) names. */
static int find_name(const struct commits *c, const char *word, size_t len, git_commit **out) {
    git_reference *ref = NULL;
    git_object *object = NULL;
    git_oid oid;
    char name[WORD_MAX];
    snprintf(name, sizeof(name), "%.*s", (int)len, word);
    bool hex =
        len >= HEX_LEAST && len <= GIT_OID_HEXSZ && strspn(name, "0123456789abcdefABCDEF") == len;
    int got = GIT_ENOTFOUND;
    if (strcmp(name, "HEAD") == 0)
        got = git_repository_head(&ref, c->repo);
    else
        got = git_reference_dwim(&ref, c->repo, name);
    if (got == 0)
        got = git_reference_peel(&object, ref, GIT_OBJECT_COMMIT);
    else if (hex && git_oid_fromstrn(&oid, name, len) == 0)
        got = git_object_lookup_prefix(&object, c->repo, &oid, len, GIT_OBJECT_COMMIT);
    git_reference_free(ref);
    if (got == GIT_EAMBIGUOUS)
        return err_set(ERR_NOTNOW, "more than one commit begins with \"%s\"", name);
    if (got != 0)
        return err_set(ERR_NOTFOUND, "there is no commit \"%s\" in %s", name, c->folder);
    *out = (git_commit *)(void *)object;
    return 0;
}

int commits_find(const struct commits *c, const char *word, char out[REPO_HEX_SIZE]) {
    size_t len = strcspn(word, "~");
    git_commit *commit = NULL, *older = NULL;
    long back = 0;
    if (word[len]) {
        char *end;
        errno = 0;
        back = strtol(word + len + 1, &end, 10);
        if (word[len + 1] < '0' || word[len + 1] > '9' || *end || errno || back > BACK_MAX)
            return err_set(ERR_ARG, "\"%s\" names no commit: NAME or NAME~N is wanted", word);
    }
    if (len == 0 || len >= WORD_MAX)
        return err_set(ERR_ARG, "\"%s\" names no commit", word);
    int rc = find_name(c, word, len, &commit);
    if (rc < 0)
        return rc;
    if (git_commit_nth_gen_ancestor(&older, commit, (unsigned)back) != 0)
        rc = err_set(ERR_NOTFOUND, "\"%s\": the history is shorter than that%s", word,
                     git_repository_is_shallow(c->repo) == 1
                         ? " in this shallow clone; \"git fetch --unshallow\" brings the rest"
                         : "");
    else
        git_oid_tostr(out, REPO_HEX_SIZE, git_commit_id(older));
    git_commit_free(older);
    git_commit_free(commit);
    return rc;
}

/* The commit that the reference is at, or nothing: a tag of a blob, a branch that is gone. */
static const char *tip_of(const struct commits *c, struct arena *arena, const char *name) {
    git_reference *ref = NULL;
    git_object *object = NULL;
    char hex[REPO_HEX_SIZE] = "";
    if (git_reference_lookup(&ref, c->repo, name) == 0 &&
        git_reference_peel(&object, ref, GIT_OBJECT_COMMIT) == 0)
        git_oid_tostr(hex, sizeof(hex), git_object_id(object));
    git_object_free(object);
    git_reference_free(ref);
    return *hex ? arena_strdup(arena, hex) : NULL;
}

int commits_find_remote(const struct commits *c, const char *name, char out[REPO_HEX_SIZE]) {
    struct arena arena;
    arena_init(&arena, 0);
    const char *tip = tip_of(c, &arena, arena_printf(&arena, "%s%s", remotes, name));
    if (tip)
        memcpy(out, tip, REPO_HEX_SIZE);
    arena_done(&arena);
    return tip ? 0
               : err_set(ERR_NOTFOUND, "there is no branch \"%s\" of a remote in %s", name,
                         c->folder);
}

/* NULL where it names no branch: one that is called x/HEAD is a branch itself. */
static const char *head_of(const struct commits *c, struct arena *arena, const char *name) {
    git_reference *ref = NULL;
    const char *out = NULL;
    if (git_reference_lookup(&ref, c->repo, name) == 0) {
        const char *target = git_reference_symbolic_target(ref);
        if (target && strncmp(target, remotes, sizeof(remotes) - 1) == 0)
            out = arena_strdup(arena, target + sizeof(remotes) - 1);
    }
    git_reference_free(ref);
    return out;
}

int commits_remote_heads(const struct commits *c, struct arena *arena, const char *const **out) {
    git_reference_iterator *it = NULL;
    const char *name, **names = arena_array(arena, REMOTES_MAX + 1, sizeof(*names));
    size_t len = 0;
    if (git_reference_iterator_glob_new(&it, c->repo, "refs/remotes/*/HEAD") != 0)
        return commits_fail(c, ERR_IO, "listing references");
    while (len < REMOTES_MAX && git_reference_next_name(&name, it) == 0) {
        names[len] = head_of(c, arena, name);
        len += names[len] != NULL;
    }
    git_reference_iterator_free(it);
    *out = names;
    return 0;
}

int commits_tips(const struct commits *c, struct arena *arena, const char *glob,
                 const char *const **out, size_t *count) {
    git_reference_iterator *it = NULL;
    const char *name, **tips = NULL;
    size_t room = 0;
    *count = 0;
    if (git_reference_iterator_glob_new(&it, c->repo, glob) != 0)
        return commits_fail(c, ERR_IO, "listing references");
    while (git_reference_next_name(&name, it) == 0) {
        const char *tip = tip_of(c, arena, name);
        if (*count == room) {
            const char **larger = arena_array(arena, room = room ? 2 * room : 64, sizeof(*tips));
            if (*count)
                memcpy(larger, tips, *count * sizeof(*tips));
            tips = larger;
        }
        if (tip)
            tips[(*count)++] = tip;
    }
    git_reference_iterator_free(it);
    *out = tips;
    return 0;
}

int commits_lookup(const struct commits *c, const char *hex, git_commit **out) {
    git_oid oid;
    if (git_oid_fromstr(&oid, hex) != 0 || git_commit_lookup(out, c->repo, &oid) != 0)
        return commits_fail(c, ERR_IO, "reading a commit");
    return 0;
}

void commits_describe(struct commits_entry *e, struct arena *arena, const git_commit *commit) {
    git_oid_tostr(e->id, sizeof(e->id), git_commit_id(commit));
    git_oid_tostr(e->tree, sizeof(e->tree), git_commit_tree_id(commit));
    const char *subject = git_commit_summary((git_commit *)(uintptr_t)commit);
    e->subject = arena_strdup(arena, subject ? subject : "");
    e->author = arena_strdup(arena, git_commit_author(commit)->name);
    e->time_ms = git_commit_time(commit) * 1000;
}

int commits_message(const struct commits *c, struct arena *arena, const char *id,
                    const char **out) {
    git_commit *commit = NULL;
    int rc = commits_lookup(c, id, &commit);
    if (rc < 0)
        return rc;
    size_t len;
    rc = wording_read(c, arena, commit, out, &len);
    git_commit_free(commit);
    return rc;
}

int commits_entry(const struct commits *c, struct arena *arena, const char *id,
                  struct commits_entry *out) {
    git_commit *commit = NULL;
    int rc = commits_lookup(c, id, &commit);
    if (rc < 0)
        return rc;
    *out = (struct commits_entry){.parents = NULL};
    commits_describe(out, arena, commit);
    git_commit_free(commit);
    return 0;
}

int commits_walk(const struct commits *c, const char *tip, const char *const *hidden, size_t count,
                 size_t max, git_oid **out, size_t *len) {
    git_revwalk *walk = NULL;
    git_oid oid;
    size_t n = 0, cap = 64;
    git_oid *list = xcalloc(cap, sizeof(*list));
    bool sound =
        git_oid_fromstr(&oid, tip) == 0 && git_revwalk_new(&walk, c->repo) == 0 &&
        git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME | GIT_SORT_REVERSE) == 0 &&
        git_revwalk_push(walk, &oid) == 0;
    for (size_t i = 0; sound && i < count; i++)
        sound = git_oid_fromstr(&oid, hidden[i]) == 0 && git_revwalk_hide(walk, &oid) == 0;
    int rc = sound ? 0 : commits_fail(c, ERR_IO, "walking the history"), got = 0;
    while (rc == 0 && (got = git_revwalk_next(&oid, walk)) == 0) {
        if (n == max)
            rc = err_set(ERR_LIMIT, "more than %zu commits lead to %.12s", max, tip);
        if (n == cap)
            list = xrealloc(list, (cap *= 2) * sizeof(*list));
        list[n++] = oid;
    }
    if (rc == 0 && got != GIT_ITEROVER) /* a history that was cut off has no end to come to */
        rc = commits_fail(c, ERR_IO, "walking the history");
    git_revwalk_free(walk);
    if (rc < 0)
        free(list);
    else
        *out = list;
    *len = n;
    return rc;
}

int commits_fork(const struct commits *c, const char *tip, const char *const *others, size_t count,
                 char out[REPO_HEX_SIZE]) {
    git_oid *ids = xcalloc(count + 1, sizeof(*ids)), base;
    int got = git_oid_fromstr(&ids[0], tip);
    for (size_t i = 0; got == 0 && i < count; i++)
        got = git_oid_fromstr(&ids[i + 1], others[i]);
    *out = '\0';
    if (got == 0)
        got = count ? git_merge_base_many(&base, c->repo, count + 1, ids) : GIT_ENOTFOUND;
    free(ids);
    if (got == 0)
        git_oid_tostr(out, REPO_HEX_SIZE, &base);
    return got == 0 || got == GIT_ENOTFOUND ? 0 : commits_fail(c, ERR_IO, "looking for the base");
}

int commits_tree(const struct commits *c, const char *hex, git_tree **out) {
    git_oid oid;
    if (git_oid_fromstr(&oid, hex) != 0 || git_tree_lookup(out, c->repo, &oid) != 0)
        return commits_fail(c, ERR_IO, "reading a tree");
    return 0;
}

/* The tree or blob at path below prefix, "" for the tree itself. */
static bool find_below(const git_tree *tree, const char *prefix, const char *path, git_oid *out) {
    git_tree_entry *entry = NULL;
    struct buf full;
    buf_init(&full, 64 << 10);
    buf_printf(&full, "%s%s%s", prefix, *prefix && *path ? "/" : "", path);
    while (full.len && full.data[full.len - 1] == '/')
        full.data[--full.len] = '\0';
    bool found = full.len == 0 || git_tree_entry_bypath(&entry, tree, full.data) == 0;
    if (found)
        git_oid_cpy(out, full.len ? git_tree_entry_id(entry) : git_tree_id(tree));
    git_tree_entry_free(entry);
    buf_done(&full);
    return found;
}

static void add_path(struct hash *hash, const git_tree *tree, const char *prefix,
                     const char *path) {
    git_oid id;
    char hex[REPO_HEX_SIZE] = "absent";
    if (find_below(tree, prefix, path, &id))
        git_oid_tostr(hex, sizeof(hex), &id);
    hash_add(hash, path, strlen(path) + 1);
    hash_add(hash, hex, strlen(hex) + 1);
}

bool commits_has_path(const struct commits *c, const char *tree, const char *prefix,
                      const char *path) {
    git_tree *t = NULL;
    git_oid id;
    bool found = commits_tree(c, tree, &t) == 0 && find_below(t, prefix, path, &id);
    git_tree_free(t);
    return found;
}

int commits_hash_paths(const struct commits *c, const char *tree, const char *prefix,
                       const char *const *paths, size_t count, char out[HASH_HEX_SIZE]) {
    git_tree *t = NULL;
    int rc = commits_tree(c, tree, &t);
    if (rc < 0)
        return rc;
    struct hash *hash = hash_new();
    for (size_t i = 0; i < count; i++)
        add_path(hash, t, prefix, paths[i]);
    if (count == 0)
        add_path(hash, t, "", "");
    hash_finish(hash, out);
    git_tree_free(t);
    return 0;
}

static int write_index(const struct commits *c, git_index *index, char tree[REPO_HEX_SIZE]) {
    git_oid oid;
    if (git_index_has_conflicts(index))
        return err_set(ERR_UNSUPPORTED, "it conflicts with later commits");
    if (git_index_write_tree_to(&oid, index, c->repo) != 0)
        return commits_fail(c, ERR_IO, "reverting a commit");
    git_oid_tostr(tree, REPO_HEX_SIZE, &oid);
    return 0;
}

int commits_revert(const struct commits *c, const char *commit, const char *onto,
                   char tree[REPO_HEX_SIZE]) {
    git_commit *culprit = NULL, *tip = NULL;
    git_index *index = NULL;
    int rc = commits_lookup(c, commit, &culprit);
    if (rc == 0)
        rc = commits_lookup(c, onto, &tip);
    unsigned mainline = rc == 0 && git_commit_parentcount(culprit) > 1;
    if (rc == 0 && git_commit_parentcount(culprit) == 0)
        rc = err_set(ERR_UNSUPPORTED, "the first commit of all cannot be reverted");
    if (rc == 0 && git_revert_commit(&index, c->repo, culprit, tip, mainline, NULL) != 0)
        rc = commits_fail(c, ERR_IO, "reverting a commit");
    if (rc == 0)
        rc = write_index(c, index, tree);
    git_index_free(index);
    git_commit_free(tip);
    git_commit_free(culprit);
    return rc;
}
