/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/git/handle.h"
#include "orchestrator/git/identity.h"

static int find_base(const struct commits *c, const char *tip, const char *onto, git_oid *out) {
    git_oid one, two;
    if (git_oid_fromstr(&one, tip) != 0 || git_oid_fromstr(&two, onto) != 0)
        return err_set(ERR_ARG, "a commit is 40 digits");
    int got = git_merge_base(out, c->repo, &one, &two);
    if (got == GIT_ENOTFOUND)
        return err_set(ERR_UNSUPPORTED, "%.12s and %.12s have no history in common", tip, onto);
    return got == 0 ? 0 : commits_fail(c, ERR_IO, "looking for the merge base");
}

int replay_base(const struct commits *c, const char *tip, const char *onto,
                char out[REPO_HEX_SIZE]) {
    git_oid base;
    int rc = find_base(c, tip, onto, &base);
    if (rc == 0)
        git_oid_tostr(out, REPO_HEX_SIZE, &base);
    return rc;
}

static const char *blob_id(struct arena *arena, const git_index_entry *e) {
    char hex[REPO_HEX_SIZE];
    return e ? arena_strdup(arena, git_oid_tostr(hex, sizeof(hex), &e->id)) : "";
}

/* The text that git would leave in the file: both sides between marks. */
static void read_text(const struct commits *c, struct arena *arena, const git_index_entry *base,
                      const git_index_entry *ours, const git_index_entry *theirs,
                      struct replay_conflict *out) {
    git_merge_file_result result = {0};
    git_merge_file_options options;
    git_blob *blob = NULL;
    git_merge_file_options_init(&options, GIT_MERGE_FILE_OPTIONS_VERSION);
    options.flags = GIT_MERGE_FILE_STYLE_DIFF3;
    const git_index_entry *side = ours ? ours : theirs;
    out->binary =
        side && git_blob_lookup(&blob, c->repo, &side->id) == 0 && git_blob_is_binary(blob);
    git_blob_free(blob);
    if (!out->binary && ours && theirs &&
        git_merge_file_from_index(&result, c->repo, base, ours, theirs, &options) == 0 &&
        result.len <= REPLAY_TEXT_MAX)
        out->text = arena_strndup(arena, result.ptr, result.len);
    git_merge_file_result_free(&result);
}

static int read_conflicts(const struct commits *c, struct arena *arena, git_index *index,
                          struct replay *out) {
    git_index_conflict_iterator *it = NULL;
    const git_index_entry *base, *ours, *theirs;
    size_t room = 0;
    if (git_index_conflict_iterator_new(&it, index) != 0)
        return commits_fail(c, ERR_IO, "listing conflicts");
    while (git_index_conflict_next(&base, &ours, &theirs, it) == 0) {
        if (out->conflict_count == room) {
            struct replay_conflict *larger =
                arena_array(arena, room = room ? 2 * room : 8, sizeof(*larger));
            if (out->conflict_count)
                memcpy(larger, out->conflicts, out->conflict_count * sizeof(*larger));
            out->conflicts = larger;
        }
        const git_index_entry *any = ours ? ours : theirs ? theirs : base;
        struct replay_conflict *row = &out->conflicts[out->conflict_count++];
        *row = (struct replay_conflict){.path = arena_strdup(arena, any->path),
                                        .base = blob_id(arena, base),
                                        .ours = blob_id(arena, ours),
                                        .theirs = blob_id(arena, theirs)};
        read_text(c, arena, base, ours, theirs, row);
    }
    git_index_conflict_iterator_free(it);
    return 0;
}

static int make(const struct commits *c, git_index *index, git_commit *like, git_commit **tip,
                struct replay *out) {
    git_tree *tree = NULL;
    git_signature *self = NULL;
    git_commit *made = NULL;
    git_oid tree_id, id;
    const git_commit *parents[] = {*tip};
    int rc = 0;
    if (git_index_write_tree_to(&tree_id, index, c->repo) != 0)
        return commits_fail(c, ERR_IO, "writing a tree");
    if (git_oid_equal(&tree_id, git_commit_tree_id(*tip))) {
        out->dropped++;
        return 0;
    }
    rc = identity_find(c, IDENTITY_COMMITTER, &self);
    if (rc == 0 && (git_tree_lookup(&tree, c->repo, &tree_id) != 0 ||
                    git_commit_create(&id, c->repo, NULL, git_commit_author(like), self,
                                      git_commit_message_encoding(like),
                                      git_commit_message_raw(like), tree, 1, parents) != 0 ||
                    git_commit_lookup(&made, c->repo, &id) != 0))
        rc = commits_fail(c, ERR_IO, "making a commit anew");
    if (rc == 0) {
        git_commit_free(*tip);
        *tip = made;
        out->picked++;
    }
    git_signature_free(self);
    git_tree_free(tree);
    return rc;
}

/* One that stands on the new base already stays as it is. */
static int pick(const struct commits *c, struct arena *arena, const git_oid *id, git_commit **tip,
                struct replay *out) {
    git_commit *commit = NULL;
    git_index *index = NULL;
    int rc = 0;
    if (git_commit_lookup(&commit, c->repo, id) != 0)
        return commits_fail(c, ERR_IO, "reading a commit");
    if (git_commit_parentcount(commit) == 1 &&
        git_oid_equal(git_commit_parent_id(commit, 0), git_commit_id(*tip))) {
        git_commit_free(*tip);
        *tip = commit;
        return 0;
    }
    if (git_commit_parentcount(commit) > 1)
        rc = err_set(ERR_UNSUPPORTED,
                     "%s is a merge, which a rebase would lose; squash first, then rebase",
                     git_oid_tostr(out->at, sizeof(out->at), id));
    else if (git_cherrypick_commit(&index, c->repo, commit, *tip, 0, NULL) != 0)
        rc = commits_fail(c, ERR_IO, "applying a commit");
    if (rc == 0 && git_index_has_conflicts(index)) {
        git_oid_tostr(out->at, sizeof(out->at), id);
        rc = read_conflicts(c, arena, index, out);
    } else if (rc == 0) {
        rc = make(c, index, commit, tip, out);
    }
    git_index_free(index);
    git_commit_free(commit);
    return rc;
}

int replay_onto(const struct commits *c, struct arena *arena, const char *tip, const char *onto,
                struct replay *out) {
    git_oid base, onto_id, *ids = NULL;
    git_commit *at = NULL;
    size_t count = 0;
    *out = (struct replay){.conflicts = NULL};
    int rc = find_base(c, tip, onto, &base);
    if (rc == 0)
        rc = commits_walk(c, tip, &onto, 1, REPLAY_COMMITS_MAX, &ids, &count);
    if (rc < 0)
        return rc;
    if (git_oid_fromstr(&onto_id, onto) != 0 || git_commit_lookup(&at, c->repo, &onto_id) != 0)
        rc = commits_fail(c, ERR_IO, "reading the new base");
    for (size_t i = 0; rc == 0 && i < count && out->conflict_count == 0; i++)
        rc = pick(c, arena, &ids[i], &at, out);
    if (rc == 0 && out->conflict_count == 0)
        git_oid_tostr(out->tip, sizeof(out->tip), git_commit_id(at));
    git_commit_free(at);
    free(ids);
    return rc;
}

/* Whether the commit has the files of another. */
static int compare_trees(const struct commits *c, const git_oid *one, const git_oid *two,
                         bool *same) {
    git_commit *first = NULL, *second = NULL;
    int rc = 0;
    if (git_commit_lookup(&first, c->repo, one) != 0 ||
        git_commit_lookup(&second, c->repo, two) != 0)
        rc = commits_fail(c, ERR_IO, "reading a commit");
    *same = rc == 0 && git_oid_equal(git_commit_tree_id(first), git_commit_tree_id(second));
    git_commit_free(first);
    git_commit_free(second);
    return rc;
}

int replay_want_change(const struct commits *c, const char *tip, const char *onto) {
    git_oid base, id;
    bool same = false;
    int rc = find_base(c, tip, onto, &base);
    if (rc == 0 && git_oid_fromstr(&id, tip) == 0)
        rc = compare_trees(c, &id, &base, &same);
    return same ? err_set(ERR_NOTNOW,
                          "%.12s changes no file against %.12s, its base: there is nothing to "
                          "publish",
                          tip, git_oid_tostr_s(&base))
                : rc;
}

/* NULL message: that of the oldest, and a single commit that stands on base already is kept. */
static int make_one(const struct commits *c, const git_oid *base, const git_oid *oldest,
                    const char *tip, const char *message, char out[REPO_HEX_SIZE]) {
    git_commit *first = NULL, *last = NULL, *parent = NULL;
    git_tree *tree = NULL;
    git_signature *self = NULL;
    git_oid tip_id = {{0}}, id;
    int rc = identity_find(c, IDENTITY_COMMITTER, &self);
    if (rc == 0 &&
        (git_oid_fromstr(&tip_id, tip) != 0 || git_commit_lookup(&first, c->repo, oldest) != 0 ||
         git_commit_lookup(&last, c->repo, &tip_id) != 0 || git_commit_tree(&tree, last) != 0 ||
         git_commit_lookup(&parent, c->repo, base) != 0))
        rc = commits_fail(c, ERR_IO, "reading what is squashed");
    bool one = rc == 0 && !message && git_commit_parentcount(last) == 1 &&
               git_oid_equal(git_commit_parent_id(last, 0), base);
    const git_commit *parents[] = {parent};
    id = tip_id;
    if (rc == 0 && !one &&
        git_commit_create(&id, c->repo, NULL, git_commit_author(first), self,
                          message ? NULL : git_commit_message_encoding(first),
                          message ? message : git_commit_message_raw(first), tree, 1, parents) != 0)
        rc = commits_fail(c, ERR_IO, "making one commit");
    if (rc == 0)
        git_oid_tostr(out, REPO_HEX_SIZE, &id);
    git_signature_free(self);
    git_tree_free(tree);
    git_commit_free(parent);
    git_commit_free(last);
    git_commit_free(first);
    return rc;
}

int replay_squash(const struct commits *c, const char *tip, const char *onto, const char *message,
                  char out[REPO_HEX_SIZE], size_t *count) {
    git_oid base, *ids = NULL;
    int rc = find_base(c, tip, onto, &base);
    if (rc == 0)
        rc = commits_walk(c, tip, &onto, 1, REPLAY_COMMITS_MAX, &ids, count);
    if (rc < 0)
        return rc;
    if (*count == 0)
        rc = err_set(ERR_NOTNOW,
                     "%.12s has no commit that %.12s, the base, lacks: there is nothing to squash",
                     tip, onto);
    else
        rc = make_one(c, &base, &ids[0], tip, message, out);
    free(ids);
    return rc;
}
