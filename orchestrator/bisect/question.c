/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/question.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/store/signatures.h"

enum { HISTORY_RUNS = 400, RATE_RUNS = 60, PASS_RUNS = 10 };

struct finder {
    struct question *q;
    struct arena *arena;
    struct db *db;
    const struct question_words *words;
    struct result *results; /* of the case, newest first */
    size_t len;
    size_t since; /* results before this index are newer than the last pass */
    int64_t run;  /* in which it fails; 0 = the newest that has a failure of it */
};

/* The run that the user named. */
static int find_run(struct finder *f, struct run *out) {
    return runs_find(f->db, f->arena, f->words->run ? f->words->run : "last", out);
}

/* The quickest case that fails with a signature in a run. */
static int find_signature(struct finder *f, const char *word) {
    struct signature_row *rows = NULL;
    struct result *results = NULL;
    struct run run;
    size_t len = 0, count = 0, best = 0, at = 0, matches = 0;
    int rc = find_run(f, &run);
    if (rc == 0)
        rc = signatures_of_run(f->db, f->arena, run.id, &rows, &len);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < len; i++)
        if (strncmp(rows[i].hash, word, strlen(word)) == 0) {
            at = i;
            matches++;
        }
    if (matches > 1)
        return err_set(ERR_NOTNOW, "%s is the beginning of %zu signatures of run %s", word, matches,
                       run.name);
    if (matches == 0)
        return err_set(ERR_NOTFOUND,
                       "no cluster begins with \"%.40s\", and no signature of run %s; \"noctule "
                       "clusters\" lists those of a run",
                       word, run.name);
    const struct result_filter filter = {.run = run.id, .signature = rows[at].id, .red = true};
    rc = results_list(f->db, f->arena, &filter, &results, &count);
    if (rc == 0 && count == 0)
        rc = err_set(ERR_NOTFOUND, "nothing fails with %s in run %s", word, run.name);
    for (size_t i = 1; rc == 0 && i < count; i++)
        if (results[i].last.ms < results[best].last.ms)
            best = i;
    if (rc != 0)
        return rc;
    f->run = run.id;
    f->q->cell = results[best].cell_name;
    f->q->case_name = results[best].case_name;
    return 0;
}

/* A cluster by its beginning: its primary case, in the run that was named or the newest that has
 * it; else a signature by its beginning. This is the one place that knows how a word becomes a
 * case. */
static int find_cluster(struct finder *f) {
    struct cluster cluster;
    struct run run = {.id = 0};
    int rc = f->words->run ? find_run(f, &run) : 0;
    if (rc == 0)
        rc = clusters_find(f->db, f->arena, f->words->cluster, run.id, &cluster);
    if (rc == ERR_NOTFOUND)
        return find_signature(f, f->words->cluster);
    if (rc != 0)
        return rc;
    f->run = cluster.run;
    f->q->cell = cluster.cell_name;
    f->q->case_name = cluster.case_name;
    return 0;
}

static int list_history(struct finder *f) {
    struct cell cell;
    int64_t case_id = 0;
    int rc = cells_find(f->db, f->arena, f->q->cell, &cell);
    if (rc == 0 && (rc = cells_find_case(f->db, cell.suite, f->q->case_name, &case_id)) < 0)
        rc = err_set(ERR_NOTFOUND, "no sweep has run the case \"%s\"", f->q->case_name);
    const struct result_filter filter = {
        .cell = cell.id, .case_id = case_id, .newest_first = true, .limit = HISTORY_RUNS};
    if (rc == 0)
        rc = results_list(f->db, f->arena, &filter, &f->results, &f->len);
    if (rc == 0)
        rc = results_longest_pass(f->db, cell.id, case_id, PASS_RUNS, &f->q->longest_pass_ms);
    return rc;
}

static bool is_same(const struct finder *f, const struct result *r) {
    return verdict_is_red(r->verdict) && strcmp(r->signature_hash, f->q->signature) == 0;
}

/* The failure that is asked about: of the run that was named, or the newest. */
static int find_failure(struct finder *f, size_t *at) {
    struct run run = {.id = f->run};
    int rc = f->words->run && !f->run ? find_run(f, &run) : 0;
    for (*at = 0; rc == 0 && *at < f->len; ++*at) {
        const struct result *r = &f->results[*at];
        if ((run.id == 0 || r->run == run.id) && verdict_is_red(r->verdict)) {
            snprintf(f->q->signature, sizeof(f->q->signature), "%s", r->signature_hash);
            f->q->what = r->last.what && *r->last.what ? r->last.what : r->last.message;
            return 0;
        }
    }
    return rc;
}

/* The commit of a run of nothing but that commit. */
static int commit_of(struct finder *f, int64_t run_id, char out[REPO_HEX_SIZE]) {
    struct run run;
    int rc = runs_get(f->db, f->arena, run_id, &run);
    if (rc == 0 && !run.dirty && strlen(run.commit) == REPO_HEX_SIZE - 1)
        memcpy(out, run.commit, REPO_HEX_SIZE);
    return rc;
}

/* From the failure backwards: the oldest that still fails this way, and the pass before it. A pass
 * at a commit that also fails is noise and bounds nothing. */
static int find_bounds(struct finder *f, size_t at, char good[REPO_HEX_SIZE],
                       char bad[REPO_HEX_SIZE]) {
    int rc = 0;
    for (f->since = f->len; rc == 0 && at < f->len; at++) {
        char commit[REPO_HEX_SIZE] = "";
        if (is_same(f, &f->results[at])) {
            rc = commit_of(f, f->results[at].run, bad);
        } else if (f->results[at].verdict == VERDICT_PASS) {
            rc = commit_of(f, f->results[at].run, commit);
            if (!*commit || strcmp(commit, bad) == 0)
                continue;
            memcpy(good, commit, REPO_HEX_SIZE);
            f->since = at;
            break;
        }
    }
    return rc;
}

static void count_rates(struct finder *f) {
    for (size_t i = 0; i < f->len && i < f->since + RATE_RUNS; i++) {
        const struct result *r = &f->results[i];
        bool before = i >= f->since, pass = r->verdict == VERDICT_PASS, fail = is_same(f, r);
        f->q->sound_runs += before && (pass || fail);
        f->q->sound_fails += before && fail;
        f->q->broken_runs += !before && (pass || fail);
        f->q->broken_passes += !before && pass;
    }
}

static int take_word(const struct commits *commits, const char *word, const char *option,
                     char out[REPO_HEX_SIZE]) {
    int rc = word ? commits_find(commits, word, out) : 0;
    if (rc == 0 && !*out)
        rc =
            err_set(ERR_NOTNOW,
                    "the history of sweeps does not tell the %s commit (of a checkout with changes "
                    "no commit is known); give --%s",
                    option, option);
    return rc;
}

static int look_back(struct finder *f) {
    size_t at;
    int rc = list_history(f);
    if (rc == ERR_NOTFOUND && f->words->good && f->words->bad)
        return 0; /* nothing is known, and nothing need be */
    if (rc == 0)
        rc = find_failure(f, &at);
    if (rc == 0)
        rc = find_bounds(f, at, f->q->good, f->q->bad);
    if (rc == 0 && *f->q->signature)
        count_rates(f);
    return rc;
}

int question_check(const struct question_words *words) {
    return words->cluster || (words->cell && words->case_name)
               ? 0
               : err_set(ERR_ARG, "which case? Give --cell and --case, or a cluster");
}

int question_find(struct question *out, struct arena *arena, struct db *db,
                  const struct commits *commits, const struct question_words *words) {
    struct question q = {.cell = words->cell, .case_name = words->case_name, .what = ""};
    struct finder f = {.q = &q, .arena = arena, .db = db, .words = words};
    int rc = 0;
    if (words->cluster && db)
        rc = find_cluster(&f);
    else if (words->cluster)
        rc = err_set(ERR_NOTFOUND, "nothing was swept here, so there is no cluster %s",
                     words->cluster);
    if (rc == 0 && db)
        rc = look_back(&f);
    if (rc == 0)
        rc = take_word(commits, words->bad, "bad", q.bad);
    if (rc == 0)
        rc = take_word(commits, words->good, "good", q.good);
    if (rc == 0)
        *out = q;
    return rc;
}
