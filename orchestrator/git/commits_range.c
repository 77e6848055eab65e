/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/map.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/handle.h"

static int list_range(const struct commits *c, const char *good, const char *bad, size_t max,
                      git_oid **out, size_t *len) {
    int rc = commits_walk(c, bad, &good, 1, max, out, len);
    return rc == ERR_LIMIT
               ? err_set(rc, "more than %zu commits lie between %.12s and %.12s", max, good, bad)
               : rc;
}

/* Why bad has nothing that good lacks: then good has all of bad's history. */
static int refuse_range(const char *good, const char *bad) {
    if (strcmp(good, bad) == 0)
        return err_set(ERR_NOTNOW,
                       "the good and the bad commit are one, %.12s; nothing lies between", good);
    return err_set(ERR_NOTNOW,
                   "good and bad are swapped: the bad commit, %.12s, lies in the history of the "
                   "good one, %.12s; ask with the two changed about",
                   bad, good);
}

/* A range being read: ids by their place in it, 40 digits each. */
struct reader {
    const struct commits *c;
    struct arena *arena;
    struct commits_range range;
    struct map seen; /* those of bad that good lacks, then those that they descend from */
    const char **older;
    size_t older_len, older_cap;
};

static const char *hex_of(struct reader *r, const git_oid *oid) {
    char hex[REPO_HEX_SIZE];
    git_oid_tostr(hex, sizeof(hex), oid);
    return arena_strdup(r->arena, hex);
}

/* The first commit of bad's first-parent line that is not in the range. */
static int find_good_end(struct reader *r, const char *bad) {
    char hex[REPO_HEX_SIZE];
    uint32_t at;
    snprintf(hex, sizeof(hex), "%s", bad);
    while (map_find_str(&r->seen, hex, &at)) {
        git_commit *commit = NULL;
        int rc = commits_lookup(r->c, hex, &commit);
        if (rc < 0)
            return rc;
        const git_oid *parent = git_commit_parent_id(commit, 0);
        if (parent)
            git_oid_tostr(hex, sizeof(hex), parent);
        git_commit_free(commit);
        if (!parent)
            return err_set(ERR_NOTNOW,
                           "the good commit is no part of the history of the bad one, %.12s", bad);
    }
    memcpy(r->range.good, hex, sizeof(hex));
    return 0;
}

/* A parent that good has too, and that is not the good end. */
static void add_older(struct reader *r, const git_oid *oid) {
    const char *hex = hex_of(r, oid);
    uint32_t at;
    if (strcmp(hex, r->range.good) == 0 || map_find_str(&r->seen, hex, &at))
        return;
    if (r->older_len == r->older_cap) {
        r->older_cap = r->older_cap ? r->older_cap * 2 : 16;
        r->older = xrealloc(r->older, r->older_cap * sizeof(*r->older));
    }
    for (size_t i = 0; i < r->older_len; i++)
        if (strcmp(r->older[i], hex) == 0)
            return;
    r->older[r->older_len++] = hex;
}

static int find_older(struct reader *r, const git_oid *list, size_t len) {
    for (size_t i = 0; i < len; i++) {
        git_commit *commit = NULL;
        if (git_commit_lookup(&commit, r->c->repo, &list[i]) != 0)
            return commits_fail(r->c, ERR_IO, "reading a commit");
        for (unsigned p = 0; p < git_commit_parentcount(commit); p++) {
            uint32_t at;
            const git_oid *parent = git_commit_parent_id(commit, p);
            if (!map_find_str(&r->seen, hex_of(r, parent), &at))
                add_older(r, parent);
        }
        git_commit_free(commit);
    }
    return 0;
}

static int add_entry(struct reader *r, const char *hex, bool older) {
    struct commits_entry *e = &r->range.entries[r->range.len++];
    git_commit *commit = NULL;
    int rc = commits_lookup(r->c, hex, &commit);
    if (rc < 0)
        return rc;
    commits_describe(e, r->arena, commit);
    e->parent_count = older ? 0 : git_commit_parentcount(commit);
    e->parents = arena_array(r->arena, e->parent_count, sizeof(*e->parents));
    for (size_t p = 0; p < e->parent_count; p++) {
        uint32_t at;
        const char *parent = hex_of(r, git_commit_parent_id(commit, (unsigned)p));
        e->parents[p] = map_find_str(&r->seen, parent, &at) ? (int32_t)at : -1;
    }
    git_commit_free(commit);
    return 0;
}

static int read_entries(struct reader *r, const git_oid *list, size_t len) {
    int rc = find_older(r, list, len);
    size_t older = r->older_len;
    r->range.older = older;
    r->range.entries = arena_array(r->arena, older + len, sizeof(*r->range.entries));
    for (size_t i = 0; i < older; i++)
        map_set(&r->seen, r->older[i], strlen(r->older[i]), (uint32_t)i);
    for (size_t i = 0; i < len; i++) {
        const char *hex = hex_of(r, &list[i]);
        map_set(&r->seen, hex, strlen(hex), (uint32_t)(older + i));
    }
    for (size_t i = 0; rc == 0 && i < older + len; i++)
        rc = add_entry(r, i < older ? r->older[i] : hex_of(r, &list[i - older]), i < older);
    return rc;
}

int commits_read(const struct commits *c, struct arena *arena, const char *good, const char *bad,
                 size_t max, struct commits_range *out) {
    struct reader r = {.c = c, .arena = arena};
    git_oid *list = NULL;
    size_t len = 0;
    int rc = list_range(c, good, bad, max, &list, &len);
    if (rc < 0)
        return rc;
    map_init(&r.seen, len);
    for (size_t i = 0; i < len; i++) {
        const char *hex = hex_of(&r, &list[i]);
        map_set(&r.seen, hex, strlen(hex), (uint32_t)i);
    }
    if (len == 0)
        rc = refuse_range(good, bad);
    if (rc == 0)
        rc = find_good_end(&r, bad);
    if (rc == 0)
        rc = read_entries(&r, list, len);
    map_done(&r.seen);
    free(r.older);
    free(list);
    if (rc == 0)
        *out = r.range;
    return rc;
}
