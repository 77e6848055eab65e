/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/hook/tidings.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/log.h"
#include "orchestrator/hook/fire.h"
#include "orchestrator/sweep/compare.h"
#include "orchestrator/sweep/place.h"

enum { INPUT_MAX = 8 << 20, SAID_MAX = 16 << 10 };

struct tidings {
    const struct place *place;
    struct run run;
    struct compare compare;
    bool compared; /* there is a reference run */
    char root[PATH_MAX];
    char log[PATH_MAX];
};

static void put_head(struct json_writer *w, const struct tidings *t, enum hook_event event) {
    json_put_str(w, "event", hook_event_name(event));
    json_put_str(w, "run", t->run.name);
    json_put_str(w, "subject", t->run.subject);
    json_put_str(w, "commit", t->run.commit);
    json_put_str(w, "branch", t->run.branch);
    json_put_bool(w, "dirty", t->run.dirty);
    json_put_str(w, "scope", t->run.scope);
    json_put_str(w, "reference", t->compared ? t->compare.before.name : NULL);
    json_put_int(w, "planned", t->run.planned);
    json_put_int(w, "recorded", t->run.recorded);
}

static void put_counts(struct json_writer *w, const struct tidings *t) {
    json_put_int(w, "regressions", t->compare.regressions);
    json_open_object(w, "changes");
    for (int c = 1; c < CHANGE_COUNT; c++)
        json_put_int(w, change_name((enum change)c), t->compare.count[c]);
    json_close_object(w);
}

static void put_cases(struct json_writer *w, const struct tidings *t, enum change change) {
    int64_t put = 0;
    json_put_int(w, "count", t->compare.count[change]);
    json_open_array(w, "cases");
    for (size_t i = 0; i < t->compare.len && put < TIDINGS_CASES_MAX; i++) {
        const struct compare_row *r = &t->compare.rows[i];
        if (r->change != change)
            continue;
        json_open_object(w, NULL);
        json_put_str(w, "cell", r->cell);
        json_put_str(w, "case", r->case_name);
        json_put_str(w, "before", verdict_name(r->before));
        json_put_str(w, "now", verdict_name(r->now));
        json_put_str(w, "message", r->message);
        json_close_object(w);
        put++;
    }
    json_close_array(w);
}

/* change: of which cases; CHANGE_NONE: of all of the run. */
static void tell(const struct tidings *t, enum hook_event event, enum change change) {
    const struct fire f = {.root = t->root, .log = t->log, .script_ms = TIDINGS_SCRIPT_MS};
    enum hook_answer answer;
    struct json_writer w;
    struct buf input, why;
    if (change != CHANGE_NONE && t->compare.count[change] == 0)
        return;
    buf_init(&input, INPUT_MAX);
    buf_init(&why, SAID_MAX);
    json_writer_init(&w, &input, 0);
    json_open_object(&w, NULL);
    put_head(&w, t, event);
    if (change == CHANGE_NONE)
        put_counts(&w, t);
    else
        put_cases(&w, t, change);
    json_close_object(&w);
    if (fire_event(&f, event, &input, &answer, &why) < 0)
        log_warn("hook %s: %s", hook_event_name(event), err_text());
    else if (answer != HOOK_ALLOW)
        log_warn("hook %s: %s: %s", hook_event_name(event),
                 answer == HOOK_DENY ? "not content" : "failed", why.data);
    buf_done(&input);
    buf_done(&why);
}

static int find(struct tidings *t, struct db *db, struct arena *arena, int64_t run) {
    struct run reference;
    int rc = runs_get(db, arena, run, &t->run);
    if (rc < 0 || t->run.reference == 0)
        return rc;
    rc = runs_get(db, arena, t->run.reference, &reference);
    if (rc == 0)
        rc = compare_runs(&t->compare, db, arena, &reference, &t->run);
    t->compared = rc == 0;
    return rc;
}

int tidings_tell(const struct place *place, struct db *db, int64_t run) {
    struct tidings t = {.place = place};
    struct arena arena;
    arena_init(&arena, 0);
    int rc = find(&t, db, &arena, run);
    int n = snprintf(t.log, sizeof(t.log), "%s/hooks.ndjson", place->logs);
    if (rc == 0 && (!realpath(place->root, t.root) || n <= 0 || (size_t)n >= sizeof(t.log)))
        rc = err_errno(ERR_IO, "cannot find the hooks of %s", place->root);
    if (rc == 0) {
        tell(&t, HOOK_AFTER_RUN, CHANGE_NONE);
        tell(&t, HOOK_ON_NEW_FAILURE, CHANGE_NEW_FAILURE);
        tell(&t, HOOK_ON_FIXED, CHANGE_FIXED);
    }
    arena_done(&arena);
    return rc;
}
