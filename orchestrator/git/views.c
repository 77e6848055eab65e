/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/views.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/map.h"
#include "orchestrator/git/changes.h"
#include "orchestrator/git/compare.h"
#include "orchestrator/git/handle.h"
#include "orchestrator/git/remerge.h"
#include "orchestrator/git/repo.h"
#include "orchestrator/git/repo_config.h"
#include "orchestrator/git/wording.h"

enum { TARGET_MAX = 4096, FILES_MAX = 100000 };

/* One commit, or the index, being read. */
struct reader {
    const struct commits *c;
    struct arena *arena;
    const struct views_ask *ask;
};

static int read_lines(const struct reader *r, git_patch *patch, struct view_change *out) {
    size_t context;
    if (git_patch_line_stats(&context, &out->added, &out->removed, patch) != 0)
        return commits_fail(r->c, ERR_IO, "reading a change");
    out->lines = arena_array(r->arena, out->added, sizeof(*out->lines));
    for (size_t h = 0; h < git_patch_num_hunks(patch); h++)
        for (int i = 0; i < git_patch_num_lines_in_hunk(patch, h); i++) {
            const git_diff_line *l;
            if (git_patch_get_line_in_hunk(&l, patch, h, (size_t)i) != 0)
                return commits_fail(r->c, ERR_IO, "reading a line");
            if (l->origin != GIT_DIFF_LINE_ADDITION || out->line_count == out->added)
                continue;
            size_t len = l->content_len;
            while (len && (l->content[len - 1] == '\n' || l->content[len - 1] == '\r'))
                len--;
            out->lines[out->line_count++] = (struct view_line){
                (size_t)l->new_lineno, arena_strndup(r->arena, l->content, len), len};
        }
    return 0;
}

/* The new file: its size, and its text when rules may read it. */
static void read_text(const struct reader *r, const git_blob *blob, struct view_change *out) {
    out->size = (int64_t)git_blob_rawsize(blob);
    out->binary = !compare_is_text(blob);
    if (!out->binary && out->size <= VIEW_TEXT_MAX) {
        out->len = (size_t)out->size;
        out->text = arena_strndup(r->arena, git_blob_rawcontent(blob), out->len);
    }
}

static size_t count_lines(const git_blob *blob) {
    const char *text = compare_is_text(blob) ? git_blob_rawcontent(blob) : NULL;
    size_t size = text ? (size_t)git_blob_rawsize(blob) : 0, lines = 0;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n' || i + 1 == size;
    return lines;
}

static bool is_long(const git_blob *blob) {
    return blob && git_blob_rawsize(blob) > VIEW_TEXT_MAX;
}

/* What is too long to be compared is all gone and all new. */
static int count(const struct reader *r, const struct compare *sides, struct view_change *out) {
    git_patch *patch = NULL;
    if (is_long(sides->old) || is_long(sides->new)) {
        out->added = count_lines(sides->new);
        out->removed = count_lines(sides->old);
        return 0;
    }
    int rc = compare_lines(&patch, r->c, sides);
    if (rc == 0 && patch)
        rc = read_lines(r, patch, out);
    git_patch_free(patch);
    return rc;
}

static const char *path_of(const git_diff_delta *d) {
    return d->status == GIT_DELTA_DELETED ? d->old_file.path : d->new_file.path;
}

static int read_change(const struct reader *r, git_diff *diff, size_t i, struct view_change *out) {
    const git_diff_delta *d = git_diff_get_delta(diff, i);
    struct compare sides;
    bool gone = d->status == GIT_DELTA_DELETED, added = d->status == GIT_DELTA_ADDED;
    *out = (struct view_change){.path = arena_strdup(r->arena, path_of(d)),
                                .misnamed = changes_misnamed(path_of(d)),
                                .old_mode = added ? 0 : d->old_file.mode,
                                .mode = gone ? 0 : d->new_file.mode};
    int rc = compare_open(&sides, r->c, d);
    if (rc < 0)
        return rc;
    if (sides.new)
        read_text(r, sides.new, out);
    rc = count(r, &sides, out);
    compare_done(&sides);
    return rc;
}

/* Beside those that are known, by their paths. */
static int read_changes(const struct reader *r, git_diff *diff, struct view *out) {
    size_t count = git_diff_num_deltas(diff), before = out->change_count;
    struct view_change *all;
    struct map known;
    int rc = 0;
    if (count > FILES_MAX)
        return err_set(ERR_LIMIT, "a commit changes %zu files; at most %d are looked at", count,
                       FILES_MAX);
    all = arena_array(r->arena, before + count, sizeof(*all));
    map_init(&known, before);
    for (size_t i = 0; i < before; i++) {
        all[i] = out->changes[i];
        map_set(&known, all[i].path, strlen(all[i].path), 1);
    }
    out->changes = all;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        uint32_t one;
        if (!map_find_str(&known, path_of(git_diff_get_delta(diff, i)), &one))
            rc = read_change(r, diff, i, &all[out->change_count++]);
    }
    map_done(&known);
    return rc;
}

static const git_diff_options *diff_options(git_diff_options *options) {
    git_diff_options_init(options, GIT_DIFF_OPTIONS_VERSION);
    options->flags = GIT_DIFF_INCLUDE_TYPECHANGE;
    return options;
}

static int add_file(const struct reader *r, const char *path, unsigned mode, const git_oid *id,
                    struct view *out) {
    git_blob *blob = NULL;
    struct view_file *file = &out->files[out->file_count++];
    *file = (struct view_file){path, mode, ""};
    if (mode != GIT_FILEMODE_LINK)
        return 0;
    if (git_blob_lookup(&blob, r->c->repo, id) != 0)
        return commits_fail(r->c, ERR_IO, "reading a link");
    size_t size = (size_t)git_blob_rawsize(blob);
    file->target =
        arena_strndup(r->arena, git_blob_rawcontent(blob), size < TARGET_MAX ? size : TARGET_MAX);
    git_blob_free(blob);
    return 0;
}

static int read_files(const struct reader *r, const git_tree *tree, git_index *index,
                      struct view *out) {
    int rc = 0;
    out->files = arena_array(r->arena, r->ask->file_count, sizeof(*out->files));
    for (size_t i = 0; rc == 0 && i < r->ask->file_count; i++) {
        const char *path = r->ask->files[i];
        git_tree_entry *entry = NULL;
        const git_index_entry *row = index ? git_index_get_bypath(index, path, 0) : NULL;
        if (row)
            rc = add_file(r, path, row->mode, &row->id, out);
        else if (tree && git_tree_entry_bypath(&entry, tree, path) == 0)
            rc = add_file(r, path, git_tree_entry_filemode(entry), git_tree_entry_id(entry), out);
        git_tree_entry_free(entry);
    }
    return rc;
}

static int read_message(const struct reader *r, const git_commit *commit, struct view *out) {
    const char *text = "";
    size_t len = 0;
    int rc = wording_read(r->c, r->arena, commit, &text, &len);
    const git_signature *author = git_commit_author(commit);
    message_parse(&out->message, r->arena, text, len, 0);
    out->author = arena_strdup(r->arena, author->name);
    out->author_email = arena_strdup(r->arena, author->email);
    out->committer_email = arena_strdup(r->arena, git_commit_committer(commit)->email);
    return rc;
}

/* What the author of a merge did to it: neither parent need have it so. */
static int read_merged(const struct reader *r, const git_commit *commit, git_tree *tree,
                       struct view *out) {
    git_tree *merged = NULL;
    git_diff *diff = NULL;
    git_diff_options options;
    int rc = remerge_tree(&merged, r->c, commit);
    if (rc == 0 &&
        git_diff_tree_to_tree(&diff, r->c->repo, merged, tree, diff_options(&options)) != 0)
        rc = commits_fail(r->c, ERR_IO, "comparing a merge with its parents");
    if (rc == 0)
        rc = read_changes(r, diff, out);
    git_diff_free(diff);
    git_tree_free(merged);
    return rc;
}

static int read_commit(const struct reader *r, const git_oid *id, struct view *out) {
    git_commit *commit = NULL, *parent = NULL;
    git_tree *tree = NULL, *before = NULL;
    git_diff *diff = NULL;
    git_diff_options options;
    char hex[REPO_HEX_SIZE];
    int rc = 0;
    *out = (struct view){.parts =
                             VIEW_MESSAGE | VIEW_AUTHOR | VIEW_CHANGES | VIEW_FILES | VIEW_HISTORY,
                         .id = arena_strdup(r->arena, git_oid_tostr(hex, sizeof(hex), id))};
    if (git_commit_lookup(&commit, r->c->repo, id) != 0 || git_commit_tree(&tree, commit) != 0)
        rc = commits_fail(r->c, ERR_IO, "reading a commit");
    if (rc == 0 && git_commit_parentcount(commit) > 0 &&
        (git_commit_parent(&parent, commit, 0) != 0 || git_commit_tree(&before, parent) != 0))
        rc = commits_fail(r->c, ERR_IO, "reading a parent (is this a shallow clone?)");
    if (rc == 0 &&
        git_diff_tree_to_tree(&diff, r->c->repo, before, tree, diff_options(&options)) != 0)
        rc = commits_fail(r->c, ERR_IO, "comparing a commit with its parent");
    if (rc == 0) {
        out->merge = git_commit_parentcount(commit) > 1;
        rc = read_message(r, commit, out);
    }
    if (rc == 0)
        rc = read_changes(r, diff, out);
    if (rc == 0 && out->merge)
        rc = read_merged(r, commit, tree, out);
    if (rc == 0)
        rc = read_files(r, tree, NULL, out);
    git_diff_free(diff);
    git_tree_free(before);
    git_tree_free(tree);
    git_commit_free(parent);
    git_commit_free(commit);
    return rc;
}

static int read_behind(const struct reader *r, struct view_range *out) {
    git_oid tip, upstream;
    size_t ahead;
    out->upstream = r->ask->upstream_id && *r->ask->upstream_id ? r->ask->upstream : "";
    if (!*out->upstream)
        return 0;
    if (git_oid_fromstr(&tip, r->ask->tip) != 0 ||
        git_oid_fromstr(&upstream, r->ask->upstream_id) != 0 ||
        git_graph_ahead_behind(&ahead, &out->behind, r->c->repo, &tip, &upstream) != 0)
        return commits_fail(r->c, ERR_IO, "comparing with the upstream");
    return 0;
}

int views_read(const struct commits *c, struct arena *arena, const struct views_ask *ask,
               struct view_range *out) {
    const struct reader r = {c, arena, ask};
    git_oid *ids = NULL;
    size_t count = 0;
    *out = (struct view_range){.upstream = ""};
    int rc = commits_walk(c, ask->tip, ask->hidden, ask->hidden_count, VIEWS_MAX, &ids, &count);
    if (rc < 0)
        return rc;
    out->commits = arena_array(arena, count, sizeof(*out->commits));
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = read_commit(&r, &ids[i], &out->commits[out->len++]);
    free(ids);
    return rc == 0 ? read_behind(&r, out) : rc;
}

static int staged_diff(const struct reader *r, git_index *index, git_tree **tree, git_diff **diff) {
    git_object *head = NULL;
    git_diff_options options;
    int rc = 0;
    int found = git_revparse_single(&head, r->c->repo, "HEAD^{tree}");
    if (found != 0 && git_repository_head_unborn(r->c->repo) != 1)
        rc = commits_fail(r->c, ERR_IO, "reading HEAD");
    *tree = (git_tree *)(void *)head; /* NULL before the first commit: all of it is new */
    if (rc == 0 &&
        git_diff_tree_to_index(diff, r->c->repo, *tree, index, diff_options(&options)) != 0)
        rc = commits_fail(r->c, ERR_IO, "comparing the index with HEAD");
    return rc;
}

int views_staged(const struct commits *c, struct arena *arena, const struct views_ask *ask,
                 struct view_range *out) {
    const struct reader r = {c, arena, ask};
    git_index *index = NULL;
    git_tree *tree = NULL;
    git_diff *diff = NULL;
    int rc = 0;
    *out = (struct view_range){.commits = arena_alloc(arena, sizeof(struct view)), .upstream = ""};
    struct view *v = out->commits;
    *v = (struct view){.parts = VIEW_CHANGES | VIEW_FILES, .id = ""};
    if (git_repository_index(&index, c->repo) != 0)
        rc = commits_fail(c, ERR_IO, "reading the index");
    if (rc == 0)
        rc = staged_diff(&r, index, &tree, &diff);
    if (rc == 0)
        rc = read_changes(&r, diff, v);
    if (rc == 0)
        rc = read_files(&r, NULL, index, v);
    out->len = rc == 0 && v->change_count > 0;
    git_diff_free(diff);
    git_tree_free(tree);
    git_index_free(index);
    return rc;
}

/* git chooses one that no line of the message begins with; its hints, at the end, have it. */
static char find_mark(const char *text, size_t len) {
    while (len && text[len - 1] == '\n')
        len--;
    size_t at = len;
    while (at && text[at - 1] != '\n')
        at--;
    return len && strchr("#;@!$%^&|:", text[at]) ? text[at] : '#';
}

int views_draft(const struct commits *c, const char *text, size_t len) {
    char mark[16] = "#", cleanup[32] = "default";
    const char *editor = getenv("GIT_EDITOR");
    git_config *config = NULL;
    if (git_repository_config_snapshot(&config, c->repo) == 0) {
        (void)repo_config_find(config, "core.commentChar", mark, sizeof(mark));
        (void)repo_config_find(config, "commit.cleanup", cleanup, sizeof(cleanup));
    }
    git_config_free(config);
    /* git tells its hooks so that there is none, and then comments are text. */
    bool edited = !editor || strcmp(editor, ":") != 0;
    bool strips = strcmp(cleanup, "strip") == 0 || (edited && strcmp(cleanup, "default") == 0);
    char one = strcmp(mark, "auto") == 0 ? find_mark(text, len) : *mark;
    return MESSAGE_DRAFT | (strips ? 0 : MESSAGE_KEPT) | (edited ? MESSAGE_CUT : 0) |
           MESSAGE_MARK(one);
}

void views_message(struct arena *arena, const char *text, size_t len, int flags,
                   struct view_range *out) {
    struct view *v = arena_alloc(arena, sizeof(*v));
    *v = (struct view){.parts = VIEW_MESSAGE, .id = ""};
    message_parse(&v->message, arena, text, len, flags);
    *out = (struct view_range){.commits = v, .len = 1, .upstream = ""};
}
