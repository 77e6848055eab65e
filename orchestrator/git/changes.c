/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/changes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <git2/sys/path.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/map.h"
#include "engine/base/utf8.h"
#include "orchestrator/git/compare.h"
#include "orchestrator/git/handle.h"
#include "orchestrator/git/nest.h"

void changes_done(struct changes *c) {
    arena_done(&c->arena);
    memset(c, 0, sizeof(*c));
}

static bool is_control(unsigned char byte) {
    return byte < 0x20 || byte == 0x7f;
}

static void put_byte(struct buf *out, unsigned char byte, bool escaped) {
    if (!escaped)
        buf_putc(out, (char)byte);
    else if (byte == '\n')
        buf_puts(out, "\\n");
    else
        buf_printf(out, "\\x%02x", byte);
}

/* A name may hold any bytes. What is told, recorded and printed of it is one line of UTF-8: all
 * else is written \n, or \x and two digits. */
static const char *show_path(struct arena *arena, const char *path) {
    struct buf out;
    size_t len = strlen(path), bad;
    buf_init(&out, 4 * len + 1);
    while (len) {
        bool sound = utf8_valid(path, len, &bad);
        for (size_t i = 0; i < (sound ? len : bad); i++)
            put_byte(&out, (unsigned char)path[i], is_control((unsigned char)path[i]));
        if (sound)
            break;
        put_byte(&out, (unsigned char)path[bad], true);
        path += bad + 1;
        len -= bad + 1;
    }
    const char *shown = arena_strdup(arena, out.data);
    buf_done(&out);
    return shown;
}

void changes_refuse(struct changes *c, const char *name, const char *path, const char *fmt, ...) {
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (c->refused < CHANGES_REFUSALS_MAX)
        c->refusals[c->refused] =
            (struct changes_refusal){arena_strdup(&c->arena, name), show_path(&c->arena, path),
                                     arena_strdup(&c->arena, text)};
    c->refused++;
}

static bool has_prefix(const char *const *prefixes, const char *path,
                       int (*compare)(const char *, const char *, size_t)) {
    for (const char *const *p = prefixes; p && *p; p++) {
        size_t len = strlen(*p);
        while (len && (*p)[len - 1] == '/')
            len--;
        if (len == 0 || (compare(*p, path, len) == 0 && (path[len] == '/' || path[len] == '\0')))
            return true;
    }
    return false;
}

bool changes_has_prefix(const char *const *prefixes, const char *path) {
    return has_prefix(prefixes, path, strncmp);
}

/* What is closed is closed by any name that a file system which folds case takes for it. */
static bool is_closed(const char *const *prefixes, const char *path) {
    return has_prefix(prefixes, path, strncasecmp);
}

/* .gitattributes, .gitignore and .gitmodules in any folder, by any name that a file system takes
 * for theirs: what they say steers how git reads a tree, so a tree cannot be judged by itself. */
static bool is_git_file(const char *path) {
    static const git_path_gitfile kinds[] = {
        GIT_PATH_GITFILE_GITIGNORE, GIT_PATH_GITFILE_GITMODULES, GIT_PATH_GITFILE_GITATTRIBUTES};
    for (const char *part = path; *part;) {
        size_t len = strcspn(part, "/");
        for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
            if (git_path_is_gitfile(part, len, kinds[i], GIT_PATH_FS_GENERIC) != 0)
                return true;
        part += len + (part[len] == '/');
    }
    return false;
}

const char *changes_name(const struct changes_rules *rules, const char *path, const char **text) {
    for (const struct changes_named *n = rules->named; n && n->name; n++)
        if (is_closed(n->prefixes, path)) {
            *text = n->text;
            return n->name;
        }
    if (is_closed(rules->read_only, path)) {
        *text = "it may be read and not changed";
        return "read_only";
    }
    if (is_git_file(path)) {
        *text = "it steers how git reads the tree";
        return "git_file";
    }
    *text = "it is outside of what may be changed";
    return changes_has_prefix(rules->allowed, path) ? NULL : "outside";
}

/* The bytes at p that a file system drops from a name (HFS+), or that turn what a reader sees: 0 or
 * 3. U+200C…F, U+202A…E, U+206A…F, U+FEFF. */
static size_t unseen(const unsigned char *p, size_t len) {
    if (len < 3)
        return 0;
    bool marks = p[0] == 0xe2 && p[1] == 0x80 &&
                 ((p[2] >= 0x8c && p[2] <= 0x8f) || (p[2] >= 0xaa && p[2] <= 0xae));
    bool isolates = p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xaf;
    return marks || isolates || (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) ? 3 : 0;
}

/* .git, or what Windows takes for it: its short name, a stream of it, blanks and dots behind it. */
static bool is_repository(const char *part, size_t len) {
    static const char *const names[] = {".git", "git~1"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        size_t own = strlen(names[i]), at = own;
        if (len < own || strncasecmp(part, names[i], own) != 0)
            continue;
        while (at < len && (part[at] == '.' || part[at] == ' '))
            at++;
        if (at == len || part[at] == ':')
            return true;
    }
    return false;
}

/* A name that a file system, or a tool or a person that reads the tree, takes for something else.
 */
static bool is_tricky_part(const char *part, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (unseen((const unsigned char *)part + i, len - i))
            return true;
    return len == 0 || is_repository(part, len);
}

static bool is_tricky(const char *path) {
    const char *part = path;
    for (const char *p = path;; p++) {
        if (*p == '/' || *p == '\0') {
            if (is_tricky_part(part, (size_t)(p - part)))
                return true;
            part = p + 1;
        }
        if (*p == '\0')
            return false;
        if (*p == '\\')
            return true;
    }
}

const char *changes_misnamed(const char *path) {
    if (!utf8_valid(path, strlen(path), NULL))
        return "its name is not UTF-8";
    for (const char *p = path; *p; p++)
        if (is_control((unsigned char)*p))
            return "a control character is in its name";
    return is_tricky(path) ? "nothing may be called that" : NULL;
}

static void judge_modes(struct changes *out, const git_diff_delta *d, const char *path) {
    unsigned before = d->old_file.mode, after = d->new_file.mode;
    if (d->status == GIT_DELTA_DELETED)
        return;
    if (after == GIT_FILEMODE_LINK)
        changes_refuse(out, "symlink", path, "it is a symbolic link");
    else if (after == GIT_FILEMODE_COMMIT)
        changes_refuse(out, "submodule", path, "it is a submodule");
    else if (after == GIT_FILEMODE_BLOB_EXECUTABLE && before != after)
        changes_refuse(out, "mode", path, "it was made executable");
    else if (before != 0 && before != after)
        changes_refuse(out, "mode", path, "its kind changed from %o to %o", before, after);
}

static void judge_path(struct changes *out, const git_diff_delta *d,
                       const struct changes_rules *rules) {
    const char *path = d->status == GIT_DELTA_DELETED ? d->old_file.path : d->new_file.path;
    const char *why = changes_misnamed(path);
    if (why)
        changes_refuse(out, "name", path, "%s", why);
    const char *text, *name = changes_name(rules, path, &text);
    if (name)
        changes_refuse(out, name, path, "%s", text);
    out->paths[out->files++] = show_path(&out->arena, path);
}

/* Where a file that was moved is one delta, not two. */
static void judge_kind(struct changes *out, const git_diff_delta *d,
                       const struct changes_rules *rules) {
    bool deleted = d->status == GIT_DELTA_DELETED;
    if (deleted && !rules->may_delete)
        changes_refuse(out, "deletion", d->old_file.path, "it was deleted");
    judge_modes(out, d, d->new_file.path);
}

struct tally {
    int64_t added, removed, bytes;
};

static int count_lines(struct tally *sum, const struct commits *c, const struct compare *sides) {
    git_patch *patch = NULL;
    size_t context, added, removed;
    int rc = compare_lines(&patch, c, sides);
    if (rc == 0 && patch && git_patch_line_stats(&context, &added, &removed, patch) == 0) {
        sum->added += (int64_t)added;
        sum->removed += (int64_t)removed;
        sum->bytes += (int64_t)git_patch_size(patch, 0, 0, 0);
    }
    git_patch_free(patch);
    return rc;
}

static void judge_caps(struct changes *out, const struct tally *sum,
                       const struct changes_rules *rules) {
    if (out->files == 0)
        changes_refuse(out, "nothing", "", "nothing was changed");
    if (out->files > rules->files)
        changes_refuse(out, "files", "", "%lld files were changed, and %lld may be",
                       (long long)out->files, (long long)rules->files);
    int64_t lines = sum->added + sum->removed;
    if (lines > rules->lines)
        changes_refuse(out, "lines", "", "%lld lines were changed, and %lld may be",
                       (long long)lines, (long long)rules->lines);
    if (sum->bytes > rules->bytes)
        changes_refuse(out, "bytes", "", "the patch has %lld bytes, and may have %lld",
                       (long long)sum->bytes, (long long)rules->bytes);
}

/* ---- names that differ by case alone ---- */

struct twins {
    struct changes *out;
    struct map folded; /* of all paths of the tree, to how often */
};

static const char *fold(struct arena *arena, const char *path) {
    char *low = arena_strdup(arena, path);
    for (char *p = low; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return low;
}

static int count_folded(const char *root, const git_tree_entry *entry, void *arg) {
    struct twins *t = arg;
    uint32_t times = 0;
    const char *low = fold(&t->out->arena,
                           arena_printf(&t->out->arena, "%s%s", root, git_tree_entry_name(entry)));
    (void)map_find_str(&t->folded, low, &times);
    map_set(&t->folded, low, strlen(low), times + 1);
    return 0;
}

/* Where case is folded one of two such files takes the place of the other, or one folder that of
 * another, whoever checks the tree out. What the base has of it is its own affair. */
static void judge_twin(struct twins *t, const char *path) {
    for (const char *end = path; end; end = *end ? strchr(end + 1, '/') : NULL) {
        uint32_t times = 0;
        size_t len = end == path ? strlen(path) : (size_t)(end - path);
        const char *low = fold(&t->out->arena, arena_strndup(&t->out->arena, path, len));
        if (map_find_str(&t->folded, low, &times) && times > 1) {
            changes_refuse(t->out, "name", path, "another path differs from it by case alone");
            return;
        }
    }
}

/* What is added beside all else that there is. */
static int judge_added(struct changes *out, const struct commits *c, const char *tree,
                       git_diff *diff) {
    struct twins t = {.out = out};
    git_tree *all = NULL;
    size_t added = 0;
    for (size_t i = 0; i < git_diff_num_deltas(diff); i++)
        added += git_diff_get_delta(diff, i)->status == GIT_DELTA_ADDED;
    int rc = added ? commits_tree(c, tree, &all) : 0;
    if (rc < 0 || !added)
        return rc;
    map_init(&t.folded, 1024);
    if (git_tree_walk(all, GIT_TREEWALK_PRE, count_folded, &t) != 0)
        rc = commits_fail(c, ERR_IO, "reading a tree");
    for (size_t i = 0; rc == 0 && i < git_diff_num_deltas(diff); i++) {
        const git_diff_delta *d = git_diff_get_delta(diff, i);
        if (d->status != GIT_DELTA_ADDED)
            continue;
        judge_twin(&t, d->new_file.path);
        if (nest_holds(all, d->new_file.path))
            changes_refuse(out, "git_file", d->new_file.path,
                           "git takes its folder for a repository");
    }
    map_done(&t.folded);
    git_tree_free(all);
    return rc;
}

/* What is far too much is not also counted line by line. */
static bool is_counted(size_t i, const struct changes_rules *rules) {
    return (int64_t)i <= rules->files;
}

/* Path by path, and what the patch that is kept holds (changes_patch(), which knows no renames). */
static int judge_paths(struct changes *out, const struct commits *c, git_diff *diff,
                       const struct changes_rules *rules) {
    struct tally sum = {0, 0, 0};
    size_t len = git_diff_num_deltas(diff);
    int rc = 0;
    out->paths = arena_array(&out->arena, len, sizeof(*out->paths));
    out->files = 0;
    for (size_t i = 0; rc == 0 && i < len; i++) {
        const git_diff_delta *d = git_diff_get_delta(diff, i);
        struct compare sides = {.old = NULL};
        judge_path(out, d, rules);
        if (!is_counted(i, rules))
            continue;
        rc = compare_open(&sides, c, d);
        if (rc == 0)
            rc = count_lines(&sum, c, &sides);
        if (rc == 0 && compare_is_binary(&sides))
            changes_refuse(out, "binary", d->new_file.path, "it is no text");
        compare_done(&sides);
    }
    out->added = sum.added;
    out->removed = sum.removed;
    out->bytes = sum.bytes;
    return rc;
}

/* As git sees it: what went from one path and came to another, at least half of it the same, was
 * renamed. Both paths were judged; it is no deletion, and of its lines those count that differ. */
static int judge_moves(struct changes *out, const struct commits *c, git_diff *diff,
                       const struct changes_rules *rules) {
    git_diff_find_options options;
    struct tally sum = {0, 0, 0};
    git_diff_find_options_init(&options, GIT_DIFF_FIND_OPTIONS_VERSION);
    options.flags = GIT_DIFF_FIND_RENAMES;
    if (git_diff_find_similar(diff, &options) != 0)
        return commits_fail(c, ERR_IO, "looking for what was renamed");
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < git_diff_num_deltas(diff); i++) {
        const git_diff_delta *d = git_diff_get_delta(diff, i);
        struct compare sides = {.old = NULL};
        judge_kind(out, d, rules);
        if (is_counted(i, rules))
            rc = compare_open(&sides, c, d);
        if (rc == 0 && is_counted(i, rules))
            rc = count_lines(&sum, c, &sides);
        compare_done(&sides);
    }
    if (rc == 0)
        judge_caps(out, &sum, rules);
    return rc;
}

int changes_judge(struct changes *out, const struct commits *c, const char *base, const char *tree,
                  const struct changes_rules *rules) {
    git_diff *diff = NULL;
    int rc = compare_trees(&diff, c, base, tree, 0);
    if (rc < 0)
        return rc;
    memmove(out->tree, tree, REPO_HEX_SIZE); /* it may be the same */
    rc = judge_paths(out, c, diff, rules);
    if (rc == 0)
        rc = judge_added(out, c, tree, diff);
    if (rc == 0)
        rc = judge_moves(out, c, diff, rules);
    git_diff_free(diff);
    return rc;
}

static int take_change(git_index *index, const git_diff_delta *d) {
    git_index_entry e = {.mode = d->new_file.mode, .path = d->new_file.path};
    e.id = d->new_file.id;
    return d->status == GIT_DELTA_DELETED ? git_index_remove(index, d->old_file.path, 0)
                                          : git_index_add(index, &e);
}

int changes_limit(const struct commits *c, const char *base, const char *tree,
                  const struct changes_rules *rules, char limited[REPO_HEX_SIZE], int64_t *left) {
    git_diff *diff = NULL;
    git_tree *from = NULL;
    git_index *index = NULL;
    git_oid oid;
    int rc = compare_trees(&diff, c, base, tree, 0);
    *left = 0;
    if (rc == 0)
        rc = commits_tree(c, base, &from);
    if (rc == 0 && (git_index_new(&index) != 0 || git_index_read_tree(index, from) != 0))
        rc = commits_fail(c, ERR_IO, "reading a tree");
    for (size_t i = 0; rc == 0 && i < git_diff_num_deltas(diff); i++) {
        const git_diff_delta *d = git_diff_get_delta(diff, i);
        bool deleted = d->status == GIT_DELTA_DELETED;
        const char *path = deleted ? d->old_file.path : d->new_file.path;
        const char *text;
        if (changes_name(rules, path, &text) || (deleted && !rules->may_delete))
            ++*left;
        else if (take_change(index, d) != 0)
            rc = commits_fail(c, ERR_IO, "taking a change over");
    }
    if (rc == 0 && git_index_write_tree_to(&oid, index, c->repo) != 0)
        rc = commits_fail(c, ERR_IO, "making a tree");
    if (rc == 0)
        git_oid_tostr(limited, REPO_HEX_SIZE, &oid);
    git_index_free(index);
    git_tree_free(from);
    git_diff_free(diff);
    return rc;
}
