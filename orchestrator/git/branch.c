/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/branch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/git/handle.h"
#include "orchestrator/git/identity.h"

enum { REF_MAX = 512, PATH_BYTES_MAX = 64 << 10, DROPPED_MAX = 10000 };

int branch_read(const struct commits *c, struct branch *out) {
    git_reference *head = NULL;
    git_oid id;
    int rc = 0;
    /* Without files the index is empty, and a commit of it would take all of them away. */
    if (git_repository_is_bare(c->repo))
        return err_set(ERR_NOTNOW, "%s is a bare repository, which has no files to work on",
                       c->folder);
    if (git_repository_head_unborn(c->repo) == 1)
        return err_set(ERR_NOTNOW, "there is no commit yet in %s; \"git commit\" makes the first",
                       c->folder);
    if (git_repository_head(&head, c->repo) != 0)
        return commits_fail(c, ERR_IO, "reading HEAD");
    if (!git_reference_is_branch(head))
        rc = err_set(ERR_NOTNOW, "HEAD is at no branch in %s; git switch to one first", c->folder);
    else if (git_reference_name_to_id(&id, c->repo, git_reference_name(head)) != 0)
        rc = commits_fail(c, ERR_IO, "reading the branch");
    if (rc == 0) {
        snprintf(out->name, sizeof(out->name), "%s", git_reference_shorthand(head));
        git_oid_tostr(out->id, sizeof(out->id), &id);
    }
    git_reference_free(head);
    return rc;
}

static void add_file(struct arena *arena, const char *path, enum branch_place place,
                     struct branch_files *out) {
    out->rows[out->len++] = (struct branch_file){arena_strdup(arena, path), place};
    out->tracked |= place != BRANCH_UNTRACKED;
}

int branch_files(const struct commits *c, struct arena *arena, struct branch_files *out) {
    git_status_options options;
    git_status_list *list = NULL;
    git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS |
                    GIT_STATUS_OPT_EXCLUDE_SUBMODULES;
    *out = (struct branch_files){.rows = NULL};
    if (git_repository_is_bare(c->repo))
        return 0;
    if (git_status_list_new(&list, c->repo, &options) != 0)
        return commits_fail(c, ERR_IO, "reading the status");
    out->rows = arena_array(arena, 2 * git_status_list_entrycount(list), sizeof(*out->rows));
    for (size_t i = 0; i < git_status_list_entrycount(list); i++) {
        const git_status_entry *e = git_status_byindex(list, i);
        const git_diff_delta *d = e->index_to_workdir ? e->index_to_workdir : e->head_to_index;
        const char *path = d ? d->new_file.path : "";
        if (e->status & GIT_STATUS_CONFLICTED)
            add_file(arena, path, BRANCH_CONFLICTED, out);
        if (e->status & (GIT_STATUS_INDEX_NEW | GIT_STATUS_INDEX_MODIFIED |
                         GIT_STATUS_INDEX_DELETED | GIT_STATUS_INDEX_TYPECHANGE))
            add_file(arena, path, BRANCH_STAGED, out);
        if (e->status & (GIT_STATUS_WT_MODIFIED | GIT_STATUS_WT_DELETED | GIT_STATUS_WT_TYPECHANGE))
            add_file(arena, path, BRANCH_CHANGED, out);
        else if (e->status & GIT_STATUS_WT_NEW)
            add_file(arena, path, BRANCH_UNTRACKED, out);
    }
    git_status_list_free(list);
    return 0;
}

const char *branch_operation(const struct commits *c) {
    switch (git_repository_state(c->repo)) {
    case GIT_REPOSITORY_STATE_NONE:
        return "";
    case GIT_REPOSITORY_STATE_MERGE:
        return "merge";
    case GIT_REPOSITORY_STATE_REVERT:
    case GIT_REPOSITORY_STATE_REVERT_SEQUENCE:
        return "revert";
    case GIT_REPOSITORY_STATE_CHERRYPICK:
    case GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE:
        return "cherry-pick";
    case GIT_REPOSITORY_STATE_BISECT:
        return "bisect";
    default:
        return "rebase";
    }
}

int branch_compare(const struct commits *c, const char *id, const char *other, size_t *ahead,
                   size_t *behind) {
    git_oid one, two;
    if (git_oid_fromstr(&one, id) != 0 || git_oid_fromstr(&two, other) != 0 ||
        git_graph_ahead_behind(ahead, behind, c->repo, &one, &two) != 0)
        return commits_fail(c, ERR_IO, "comparing two commits");
    return 0;
}

bool branch_descends(const struct commits *c, const char *id, const char *old) {
    git_oid one, two;
    return git_oid_fromstr(&one, id) == 0 && git_oid_fromstr(&two, old) == 0 &&
           (git_oid_equal(&one, &two) || git_graph_descendant_of(c->repo, &one, &two) == 1);
}

int branch_archive(const struct commits *c, const char *id) {
    git_reference *ref = NULL;
    git_oid oid;
    char name[REF_MAX];
    snprintf(name, sizeof(name), "refs/noctule/archive/%s", id);
    if (git_oid_fromstr(&oid, id) != 0)
        return err_set(ERR_ARG, "\"%s\" is no commit", id);
    int got = git_reference_create(&ref, c->repo, name, &oid, 1, "noctule: archive");
    git_reference_free(ref);
    return got == 0 ? 0 : commits_fail(c, ERR_IO, "archiving a commit");
}

/* Files first: when one stands in the way nothing has moved. */
static int check_out(const struct commits *c, const git_oid *to) {
    git_checkout_options options;
    git_object *commit = NULL;
    git_checkout_options_init(&options, GIT_CHECKOUT_OPTIONS_VERSION);
    options.checkout_strategy = GIT_CHECKOUT_SAFE;
    if (git_object_lookup(&commit, c->repo, to, GIT_OBJECT_COMMIT) != 0)
        return commits_fail(c, ERR_IO, "reading a commit");
    int got = git_checkout_tree(c->repo, commit, &options);
    git_object_free(commit);
    if (got == GIT_ECONFLICT)
        return commits_fail(c, ERR_BUSY, "writing files (one that is not committed is in the way)");
    return got == 0 ? 0 : commits_fail(c, ERR_IO, "writing files");
}

static int set_ref(const struct commits *c, const char *name, const git_oid *from,
                   const git_oid *to, const char *why) {
    git_reference *ref = NULL;
    char log[REF_MAX];
    snprintf(log, sizeof(log), "noctule: %s", why);
    int got = git_reference_create_matching(&ref, c->repo, name, to, 1, from, log);
    git_reference_free(ref);
    if (got == GIT_EMODIFIED)
        return commits_fail(c, ERR_BUSY, "moving the branch (another has moved it)");
    return got == 0 ? 0 : commits_fail(c, ERR_IO, "moving the branch");
}

int branch_move(const struct commits *c, const struct branch *from, const char *to,
                const char *why) {
    git_oid old, new;
    char name[REF_MAX];
    struct arena arena;
    struct branch_files files;
    if (git_oid_fromstr(&old, from->id) != 0 || git_oid_fromstr(&new, to) != 0)
        return err_set(ERR_ARG, "a commit is 40 digits");
    snprintf(name, sizeof(name), "refs/heads/%s", from->name);
    arena_init(&arena, 0);
    int rc = branch_files(c, &arena, &files);
    if (rc == 0 && *branch_operation(c))
        rc = err_set(ERR_BUSY, "a %s is going on in %s; end it first", branch_operation(c),
                     c->folder);
    if (rc == 0 && files.tracked)
        rc = err_set(ERR_BUSY, "%s is changed and not committed; commit or stash it first",
                     files.rows[0].path);
    if (rc == 0)
        rc = branch_archive(c, from->id);
    if (rc == 0)
        rc = check_out(c, &new);
    if (rc == 0) {
        rc = set_ref(c, name, &old, &new, why);
        if (rc < 0) {
            char *said = xstrdup(err_text());
            (void)check_out(c, &old);
            rc = err_set(rc, "%s", said);
            free(said);
        }
    }
    arena_done(&arena);
    return rc;
}

/* Below the top, and never git's own folder. */
static int check_path(const char *path) {
    for (const char *part = path; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
        size_t len = strcspn(part, "/");
        if (!file_is_plain_name(part, len) || (len == 4 && strncasecmp(part, ".git", 4) == 0))
            return err_set(ERR_ARG, "\"%s\" is no path of a file below the top of the checkout",
                           path);
    }
    return 0;
}

int branch_stage(const struct commits *c, const char *const *paths, size_t count) {
    git_index *index = NULL;
    struct buf full;
    int rc = 0;
    if (git_repository_index(&index, c->repo) != 0)
        return commits_fail(c, ERR_IO, "reading the index");
    buf_init(&full, PATH_BYTES_MAX);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = check_path(paths[i]);
        if (rc < 0)
            break;
        file_join(&full, git_repository_workdir(c->repo), paths[i]);
        bool there = file_exists(full.data);
        int got = there ? git_index_add_bypath(index, paths[i])
                        : git_index_remove_bypath(index, paths[i]);
        if (got != 0)
            rc = commits_fail(c, ERR_NOTNOW, "staging a file");
    }
    if (rc == 0 && git_index_write(index) != 0)
        rc = commits_fail(c, ERR_IO, "writing the index");
    buf_done(&full);
    git_index_free(index);
    return rc;
}

static int make_commit(const struct commits *c, git_tree *tree, const git_commit *parent,
                       const char *message, git_oid *out) {
    git_signature *author = NULL, *self = NULL;
    const git_commit *parents[] = {parent};
    int rc = identity_find(c, IDENTITY_AUTHOR, &author);
    if (rc == 0)
        rc = identity_find(c, IDENTITY_COMMITTER, &self);
    if (rc == 0 &&
        git_commit_create(out, c->repo, NULL, author, self, NULL, message, tree, 1, parents) != 0)
        rc = commits_fail(c, ERR_IO, "making a commit");
    git_signature_free(author);
    git_signature_free(self);
    return rc;
}

int branch_commit(const struct commits *c, const struct branch *on, const char *message,
                  char out[REPO_HEX_SIZE]) {
    git_index *index = NULL;
    git_tree *tree = NULL;
    git_commit *parent = NULL;
    git_oid parent_id, tree_id, id;
    char name[REF_MAX];
    int rc = 0;
    snprintf(name, sizeof(name), "refs/heads/%s", on->name);
    if (git_oid_fromstr(&parent_id, on->id) != 0 ||
        git_commit_lookup(&parent, c->repo, &parent_id) != 0 ||
        git_repository_index(&index, c->repo) != 0)
        rc = commits_fail(c, ERR_IO, "reading the index");
    if (rc == 0 && git_index_has_conflicts(index))
        rc = err_set(ERR_BUSY, "the index holds conflicts; resolve them first");
    if (rc == 0 && (git_index_write_tree(&tree_id, index) != 0 ||
                    git_tree_lookup(&tree, c->repo, &tree_id) != 0))
        rc = commits_fail(c, ERR_IO, "writing a tree");
    if (rc == 0 && git_oid_equal(&tree_id, git_commit_tree_id(parent)))
        rc = err_set(ERR_NOTNOW, "nothing is staged, so there is nothing to commit");
    if (rc == 0)
        rc = make_commit(c, tree, parent, message, &id);
    if (rc == 0)
        rc = set_ref(c, name, &parent_id, &id, "commit");
    if (rc == 0)
        git_oid_tostr(out, REPO_HEX_SIZE, &id);
    git_tree_free(tree);
    git_commit_free(parent);
    git_index_free(index);
    return rc;
}

int branch_check_identity(const struct commits *c) {
    int rc = 0;
    for (int role = IDENTITY_AUTHOR; rc == 0 && role <= IDENTITY_COMMITTER; role++) {
        git_signature *self = NULL;
        rc = identity_find(c, (enum identity_role)role, &self);
        git_signature_free(self);
    }
    return rc == ERR_NOTNOW ? err_while(ERR_UNSUPPORTED, "%s", c->folder) : rc;
}

int branch_others(const struct commits *c, struct arena *arena, const char *tip, const char *kept,
                  const char **who) {
    git_signature *self = NULL;
    git_oid *ids = NULL;
    size_t count = 0;
    *who = "";
    int rc = commits_walk(c, tip, &kept, 1, DROPPED_MAX, &ids, &count);
    bool known = identity_find(c, IDENTITY_COMMITTER, &self) == 0;
    for (size_t i = 0; rc == 0 && i < count && !**who; i++) {
        git_commit *commit = NULL;
        if (git_commit_lookup(&commit, c->repo, &ids[i]) != 0)
            rc = commits_fail(c, ERR_IO, "reading a commit");
        else if (!known || strcmp(git_commit_committer(commit)->email, self->email) != 0)
            *who = arena_printf(arena, "%.12s by %s", git_oid_tostr_s(&ids[i]),
                                git_commit_committer(commit)->name);
        git_commit_free(commit);
    }
    git_signature_free(self);
    free(ids);
    return rc;
}

/* Fine when there is no such branch yet. */
static int archive_tip(const struct commits *c, const char *ref) {
    git_reference *old = NULL;
    git_oid id;
    char hex[REPO_HEX_SIZE];
    int rc = 0;
    if (git_reference_name_to_id(&id, c->repo, ref) != 0)
        return 0;
    if (git_reference_lookup(&old, c->repo, ref) != 0)
        return commits_fail(c, ERR_IO, "reading a branch");
    if (git_branch_is_checked_out(old) == 1)
        rc = err_set(ERR_BUSY, "a checkout is at %s", ref);
    if (rc == 0)
        rc = branch_archive(c, git_oid_tostr(hex, sizeof(hex), &id));
    git_reference_free(old);
    return rc;
}

int branch_start(const struct commits *c, const char *name, const char *tree, const char *parent,
                 const char *message, char out[REPO_HEX_SIZE]) {
    git_tree *files = NULL;
    git_commit *base = NULL;
    git_reference *ref = NULL;
    git_oid parent_id, id;
    char full[REF_MAX];
    snprintf(full, sizeof(full), "refs/heads/%s", name);
    int rc = commits_tree(c, tree, &files);
    if (rc == 0 && (git_oid_fromstr(&parent_id, parent) != 0 ||
                    git_commit_lookup(&base, c->repo, &parent_id) != 0))
        rc = commits_fail(c, ERR_IO, "reading a commit");
    if (rc == 0)
        rc = archive_tip(c, full);
    if (rc == 0)
        rc = make_commit(c, files, base, message, &id);
    if (rc == 0 && git_reference_create(&ref, c->repo, full, &id, 1, "noctule: start") != 0)
        rc = commits_fail(c, ERR_IO, "making a branch");
    if (rc == 0)
        git_oid_tostr(out, REPO_HEX_SIZE, &id);
    git_reference_free(ref);
    git_commit_free(base);
    git_tree_free(files);
    return rc;
}
