/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/hunt.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/base/map.h"
#include "orchestrator/bisect/ask.h"
#include "orchestrator/bisect/report.h"
#include "orchestrator/parse/rules.h"
#include "orchestrator/sweep/exec/exec.h"

/* A commit that changes nothing that is built can hardly be it; one that touches what the failure
 * points to is likelier than others. */
static const double weight_idle = 1e-3, weight_hinted = 8;

/* A build costs some runs of the case when nothing is known yet. */
enum { BUILD_COST = 8, MAX_RUNS = 2000, ID_SHOWN = 10, REVERT_RUNS = 2 };

const char *hunt_revert_name(enum hunt_revert r) {
    static const char *const names[] = {"not tried",       "passes",      "still fails",
                                        "fails otherwise", "unbuildable", "conflicts"};
    return names[r];
}

const struct commits_entry *hunt_entry(const struct hunt *h, size_t at) {
    return at < h->range.len ? &h->range.entries[at] : &h->good;
}

static int hash_hints(const struct hunt *h, const char *tree, char out[HASH_HEX_SIZE]) {
    return commits_hash_paths(h->commits, tree, h->builds.prefix, h->hints.items, h->hints.len,
                              out);
}

/* A number for each key, the same for the same. */
static int32_t number_of(struct hunt *h, struct map *keys, const char *key) {
    uint32_t at = (uint32_t)keys->count;
    const char *kept = arena_strdup(&h->arena, key);
    if (!map_add(keys, kept, strlen(kept), at))
        (void)map_find_str(keys, kept, &at);
    return (int32_t)at;
}

struct weigher {
    struct hunt *h;
    struct map keys;
    struct search_commit *out;
    char (*key)[HASH_HEX_SIZE], (*hint)[HASH_HEX_SIZE]; /* [len + 1] the last is the good end */
};

static int weigh(struct weigher *w, size_t at) {
    struct hunt *h = w->h;
    const struct commits_entry *e = hunt_entry(h, at);
    int rc = builds_key(&h->builds, e->tree, w->key[at]);
    if (rc == 0 && h->hints.len)
        rc = hash_hints(h, e->tree, w->hint[at]);
    if (rc < 0 || at == h->range.len)
        return rc;
    size_t parent = e->parent_count && e->parents[0] >= 0 ? (size_t)e->parents[0] : h->range.len;
    struct search_commit *c = &w->out[at];
    *c = (struct search_commit){
        .links = {e->parents, e->parent_count},
          .weight = 1
    };
    c->older = at < h->range.older;
    c->build = number_of(h, &w->keys, w->key[at]);
    if (c->older || (!h->question.own_fixture && strcmp(w->key[at], w->key[parent]) == 0))
        c->weight = weight_idle;
    else if (h->hints.len && strcmp(w->hint[at], w->hint[parent]) != 0)
        c->weight = weight_hinted;
    return 0;
}

static void set_rates(const struct hunt *h, struct search_options *options) {
    const struct question *q = &h->question.asked;
    if (h->question.flake >= 0)
        inquiry_given_rate(options, h->question.flake);
    else
        inquiry_rates(options, q->sound_fails, q->sound_runs, q->broken_passes, q->broken_runs);
}

static int start_inquiry(struct hunt *h) {
    struct weigher w = {.h = h};
    struct search_options options = {.confidence = h->question.confidence,
                                     .build_cost = BUILD_COST,
                                     .max_builds = h->question.max_builds,
                                     .max_runs = MAX_RUNS};
    map_init(&w.keys, h->range.len);
    w.out = xcalloc(h->range.len, sizeof(*w.out));
    w.key = xcalloc(h->range.len + 1, sizeof(*w.key));
    w.hint = xcalloc(h->range.len + 1, sizeof(*w.hint));
    int rc = weigh(&w, h->range.len);
    for (size_t i = 0; rc == 0 && i < h->range.len; i++)
        rc = weigh(&w, i);
    uint32_t build;
    bool shared = map_find_str(&w.keys, w.key[h->range.len], &build);
    options.good_build = shared ? (int32_t)build : ANCESTRY_NONE;
    set_rates(h, &options);
    if (rc == 0)
        rc = inquiry_init(&h->inquiry, w.out, h->range.len, &options, h->question.verify_runs);
    map_done(&w.keys);
    free(w.out);
    free(w.key);
    free(w.hint);
    return rc;
}

static void count(struct hunt *h, const struct diary_run *run) {
    bool built = strcmp(run->status, "unbuildable") != 0;
    h->runs += built;
    h->run_ms += built ? run->ms : 0;
    h->build_ms += run->build_ms;
    h->builds_made += built && run->build_ms > 0;
    h->unbuildable += !built;
}

/* The next run that the diary knows already, when it is of this commit. */
static bool replay(struct hunt *h, const char *commit, const char *note, struct diary_run *out) {
    if (h->replayed >= h->known_len || strcmp(h->known[h->replayed].commit, commit) != 0 ||
        strcmp(h->known[h->replayed].note, note) != 0)
        return false;
    *out = h->known[h->replayed++];
    return true;
}

static int run_once(struct hunt *h, const struct commits_entry *e, const char *note, bool is_tip,
                    struct diary_run *out) {
    if (replay(h, e->id, note, out)) {
        if (out->outcome == OUTCOME_FAIL && !*h->question.asked.what)
            h->question.asked.what = out->what;
        count(h, out);
        return 0;
    }
    *out = (struct diary_run){.commit = e->id, .note = note};
    bool learn = is_tip && !*h->question.asked.signature && !h->question.any;
    int rc = ask_commit(h, e, learn, out);
    if (rc == 0)
        rc = diary_add_run(h->diary, out);
    if (rc == 0)
        count(h, out);
    return rc;
}

static void tell(const struct hunt *h, size_t at, const struct diary_run *run) {
    const struct inquiry *q = &h->inquiry;
    const struct commits_entry *e = hunt_entry(h, at);
    size_t *suspects = xcalloc(h->range.len, sizeof(*suspects));
    double rest;
    size_t left = search_suspects(&q->search, suspects, &rest);
    log_info("%.*s %-5s %s%s%zu of %zu suspected, %.*s at %.2f", ID_SHOWN, e->id,
             diary_outcome_name(run->outcome), run->outcome == OUTCOME_SKIP ? run->what : "",
             run->outcome == OUTCOME_SKIP ? "; " : "", left, h->range.len - h->range.older,
             ID_SHOWN, h->range.entries[suspects[0]].id, q->search.belief.posterior[suspects[0]]);
    free(suspects);
}

static int ask_all(struct hunt *h) {
    size_t at;
    int rc = 0;
    while (rc == 0 && inquiry_next(&h->inquiry, &at)) {
        struct diary_run run;
        bool fresh = h->replayed >= h->known_len;
        rc = run_once(h, hunt_entry(h, at), "", at + 1 == h->range.len, &run);
        if (rc == 0)
            inquiry_see(&h->inquiry, at, run.outcome);
        if (rc == 0 && fresh)
            tell(h, at, &run);
    }
    return rc;
}

/* The bad end without the culprit: a tree that only this process knows. */
static int try_revert(struct hunt *h) {
    struct commits_entry without = h->range.entries[h->range.len - 1];
    const char *culprit = h->range.entries[h->inquiry.culprit].id;
    int rc = commits_revert(h->commits, culprit, without.id, without.tree);
    if (rc == ERR_UNSUPPORTED) {
        h->revert = HUNT_REVERT_CONFLICTS;
        return 0;
    }
    for (int i = 0; rc == 0 && i < REVERT_RUNS && h->revert <= HUNT_REVERT_PASSES; i++) {
        static const enum hunt_revert said[OUTCOME_COUNT] = {
            HUNT_REVERT_PASSES, HUNT_REVERT_FAILS, HUNT_REVERT_OTHER, HUNT_REVERT_UNBUILDABLE};
        struct diary_run run;
        rc = run_once(h, &without, "revert", false, &run);
        if (rc == 0)
            h->revert = said[run.outcome];
        h->revert_runs += rc == 0;
    }
    if (rc == 0)
        log_info("%.*s taken back: %s", ID_SHOWN, culprit, hunt_revert_name(h->revert));
    return rc;
}

static int open_all(struct hunt *h) {
    const char *prefix;
    const struct question *q = &h->question.asked;
    int rc = rules_open(&h->rules, h->place->rules);
    if (rc == 0)
        rc = exec_open_local(&h->exec, h->loop, 1, NULL);
    if (rc == 0)
        rc = commits_prefix(h->commits, &h->arena, h->place->root, &prefix);
    if (rc == 0)
        rc = commits_read(h->commits, &h->arena, q->good, q->bad, ANCESTRY_MAX, &h->range);
    if (rc == 0)
        rc = commits_entry(h->commits, &h->arena, h->range.good, &h->good);
    if (rc == 0 && strcmp(h->range.good, q->good) != 0)
        log_info("%.*s lies beside the first-parent line; %.*s on it stands for it", ID_SHOWN,
                 q->good, ID_SHOWN, h->range.good);
    if (rc == 0)
        rc = builds_open(&h->builds, h->commits, h->place->cache, prefix, h->place->build,
                         h->range.entries[h->range.len - 1].tree, h->folder, h->loop, h->stop);
    return rc;
}

int hunt_run(struct hunt *h, const struct diary_question *question, struct commits *commits,
             const struct opt_list *hints, const struct hunt_place *place, struct loop *loop,
             const bool *stop) {
    *h = (struct hunt){.question = *question,
                       .commits = commits,
                       .hints = *hints,
                       .place = place,
                       .loop = loop,
                       .stop = stop};
    arena_init(&h->arena, 0);
    h->folder = diary_folder(&h->arena, place->logs, &h->question);
    int rc = diary_open(&h->diary, &h->arena, h->folder, &h->question, &h->known, &h->known_len,
                        &h->old_answer);
    if (rc == 0 && h->known_len && !h->old_answer)
        log_info("going on after %zu runs of %s", h->known_len, h->folder);
    if (rc == 0)
        rc = open_all(h);
    if (rc == 0)
        rc = start_inquiry(h);
    if (rc == 0)
        rc = ask_all(h);
    if (rc == 0 && h->inquiry.answer == SEARCH_CULPRIT && h->question.verify_runs > 0 &&
        h->inquiry.status != VERIFY_VINDICATED)
        rc = try_revert(h);
    if (rc < 0 || h->old_answer)
        return rc;
    struct buf answer;
    buf_init(&answer, 1 << 20);
    report_json(&answer, h, 0);
    rc = diary_finish(h->diary, answer.data);
    buf_done(&answer);
    return rc;
}

void hunt_done(struct hunt *h) {
    inquiry_done(&h->inquiry);
    builds_close(&h->builds);
    diary_close(h->diary);
    rules_close(h->rules);
    if (h->exec)
        h->exec->ops->close(h->exec);
    arena_done(&h->arena);
    *h = (struct hunt){0};
}
