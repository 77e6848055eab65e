/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/mend.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/log.h"
#include "engine/base/map.h"
#include "orchestrator/fix/record.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/store/mends.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/sweep/record.h"

enum { HISTORY_MAX = 1000 }; /* commits since the reference that are looked at */

struct mender {
    const struct mend_place *place;
    struct arena arena;
    const struct run *run;
    struct run reference;
    struct mend_case *fixed;
    size_t fixed_count;
    struct map open; /* of these, those that no fix has yet */
    struct commits *commits;
    struct commits_range range; /* since the reference; len 0 = not known */
};

static const char *key_of(struct mender *m, const char *cell, const char *name) {
    return arena_printf(&m->arena, "%s\t%s", cell, name);
}

static int find_fixed(struct mender *m) {
    int rc = mends_fixed(m->place->db, &m->arena, m->run->id, m->reference.id, &m->fixed,
                         &m->fixed_count);
    for (size_t i = 0; rc == 0 && i < m->fixed_count; i++) {
        const char *key = key_of(m, m->fixed[i].cell, m->fixed[i].name);
        map_set(&m->open, key, strlen(key), 1);
    }
    return rc;
}

/* Counts those of the record that are fixed and free; takes them when told so. */
static int64_t count_cases(struct mender *m, const struct fix_record *r, bool take) {
    int64_t n = 0;
    for (size_t i = 0; i < r->case_count; i++) {
        const char *key = key_of(m, r->cases[i].cell, r->cases[i].name);
        uint32_t is_open = 0;
        if (!map_find_str(&m->open, key, &is_open) || !is_open)
            continue;
        if (take)
            map_set(&m->open, key, strlen(key), 0);
        n++;
    }
    return n;
}

/* A history that cannot be read is one that proves nothing; the run has ended all the same. */
static bool holds_files(struct mender *m, const struct fix_record *r, const char *tree) {
    char want[HASH_HEX_SIZE], have[HASH_HEX_SIZE];
    return commits_hash_paths(m->commits, r->tree, "", r->paths, r->path_count, want) == 0 &&
           commits_hash_paths(m->commits, tree, "", r->paths, r->path_count, have) == 0 &&
           strcmp(want, have) == 0;
}

/* Where the change was already when the case still failed it did not mend it. */
static bool is_old(struct mender *m, const struct fix_record *r) {
    if (*m->reference.commit && *r->commit &&
        branch_descends(m->commits, m->reference.commit, r->commit))
        return true;
    return *m->reference.tree && holds_files(m, r, m->reference.tree);
}

/* How the swept commit came to have the change; *commit brought it. NULL when it has not. */
static const char *find_change(struct mender *m, const struct fix_record *r, const char **commit) {
    if (is_old(m, r))
        return NULL;
    if (*r->commit && branch_descends(m->commits, m->run->commit, r->commit)) {
        *commit = r->commit;
        return "commit";
    }
    for (size_t i = m->range.older; i < m->range.len; i++)
        if (holds_files(m, r, m->range.entries[i].tree)) {
            *commit = m->range.entries[i].id;
            return "files";
        }
    *commit = m->run->commit;
    return holds_files(m, r, m->run->tree) ? "files" : NULL;
}

/* Of a change that nothing has proven nobody knows what it does. */
static bool is_proven(const struct mender *m, const struct fix_record *r) {
    return *r->proof_sha256 && *r->tree && r->path_count &&
           strcmp(r->subject, m->run->subject) == 0;
}

static int record_one(struct mender *m, struct record *record, const struct fix_record *r,
                      const char *how, const char *commit) {
    const struct mend_row row = {.fix = r->id,
                                 .cause = r->cluster,
                                 .words = r->words,
                                 .number = r->number,
                                 .url = r->url,
                                 .commit = commit,
                                 .how = how,
                                 .proof_sha256 = r->proof_sha256,
                                 .cases = count_cases(m, r, true)};
    return row.cases ? record_mend(record, &row) : 0;
}

/* Those whose own commit is in the history come first: equal files may be somebody else's. */
static int record_all(struct mender *m, struct record *record, const struct fix_record *list,
                      size_t len) {
    static const char *const ways[] = {"commit", "files"};
    int rc = 0;
    for (size_t w = 0; w < sizeof(ways) / sizeof(*ways); w++)
        for (size_t i = 0; rc == 0 && i < len; i++) {
            const char *commit = "", *how = NULL;
            if (is_proven(m, &list[i]) && count_cases(m, &list[i], false))
                how = find_change(m, &list[i], &commit);
            if (how && strcmp(how, ways[w]) == 0)
                rc = record_one(m, record, &list[i], how, commit);
        }
    return rc;
}

static int open_history(struct mender *m) {
    int rc = commits_open(&m->commits, m->place->folder);
    if (rc < 0)
        return rc;
    if (*m->reference.commit && strcmp(m->reference.commit, m->run->commit) != 0 &&
        commits_read(m->commits, &m->arena, m->reference.commit, m->run->commit, HISTORY_MAX,
                     &m->range) < 0)
        m->range.len = m->range.older = 0; /* another line: the tip alone is looked at */
    return 0;
}

static int find_and_record(struct mender *m, struct record *record) {
    struct fix_record *list = NULL;
    size_t len = 0;
    int rc = find_fixed(m);
    if (rc < 0 || !m->fixed_count)
        return rc;
    if (fix_records_list(m->place->logs, &m->arena, &list, &len) < 0) {
        log_warn("what mended %zu cases is not known: %s", m->fixed_count, err_text());
        return 0;
    }
    if (!len)
        return 0;
    if (open_history(m) < 0)
        return 0; /* outside of git nothing is known of changes */
    return record_all(m, record, list, len);
}

int mend_record(void *arg, struct record *record, const struct run *run, int64_t reference) {
    struct mender m = {.place = arg, .run = run};
    if (!reference || !*run->commit)
        return 0;
    arena_init(&m.arena, 0);
    map_init(&m.open, 64);
    int rc = runs_get(m.place->db, &m.arena, reference, &m.reference);
    if (rc == 0)
        rc = find_and_record(&m, record);
    commits_close(m.commits);
    map_done(&m.open);
    arena_done(&m.arena);
    return rc;
}
