/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "orchestrator/git/remote.h"
#include "orchestrator/git/sightings.h"
#include "orchestrator/store/published.h"
#include "orchestrator/verb/verb.h"

enum { TRIES = 5 };

struct options {
    const char *remote;
};

static const struct opt opts[] = {
    {OPT_STR, "remote", 0, offsetof(struct options, remote), "NAME", 0, 0,
     "This one alone; usually that of the upstream and the one that is pushed to."},
    OPT_END_ROW,
};

static int put_head(struct verb_desk *d, const char *url, const struct remote_head *head,
                    struct json_writer *w) {
    char old[PUBLISHED_ID_SIZE];
    bool known;
    int rc = published_lease(d->published, url, head->ref, old, &known);
    if (rc < 0 || (known && strcmp(old, head->id) == 0))
        return rc;
    json_open_object(w, NULL);
    json_put_str(w, "ref", head->ref);
    json_put_str(w, "old", known ? old : "");
    json_put_str(w, "new", head->id);
    json_close_object(w);
    return 0;
}

static void put_gone(struct json_writer *w, const char *ref, const char *old) {
    json_open_object(w, NULL);
    json_put_str(w, "ref", ref);
    json_put_str(w, "old", old);
    json_put_str(w, "new", "");
    json_close_object(w);
}

/* A branch of ours that somebody deleted, as forges do after a merge: there is nothing left that a
 * push could overwrite. One that is not ours keeps its lease, and a push there fails. */
static int forget_gone(struct verb_desk *d, const struct remote_heads *heads,
                       struct json_writer *w) {
    const char *const *refs;
    size_t len = 0;
    int rc = published_leased(d->published, d->arena, heads->url, &refs, &len);
    for (size_t i = 0; rc == 0 && i < len; i++) {
        char old[PUBLISHED_ID_SIZE];
        bool own = false, known;
        if (*remote_head_of(heads, refs[i]))
            continue;
        rc = sightings_is_own(d->published, &d->guard.settings, heads->url, refs[i], &own);
        if (rc == 0)
            rc = published_lease(d->published, heads->url, refs[i], old, &known);
        if (rc == 0 && own) {
            put_gone(w, refs[i], old);
            rc = published_put_lease(d->published, heads->url, refs[i], "", clock_wall_ms());
        }
    }
    return rc;
}

/* A remote that moves while we look is looked at again. */
static int fetch_heads(struct verb_desk *d, const char *name, struct remote_heads *heads) {
    const struct timespec pause = {.tv_nsec = 200L * 1000 * 1000};
    int rc = remote_fetch(d->commits, d->arena, name, heads);
    for (int i = 1; rc == ERR_BUSY && i < TRIES; i++) {
        (void)nanosleep(&pause, NULL);
        rc = remote_fetch(d->commits, d->arena, name, heads);
    }
    return rc < 0 ? err_while(rc, "%s", name) : 0;
}

/* What changed is told before it is noted. */
static int fetch(struct verb_desk *d, const char *name, struct json_writer *w) {
    struct remote_heads heads;
    int rc = fetch_heads(d, name, &heads);
    if (rc < 0)
        return rc;
    json_open_object(w, NULL);
    json_put_str(w, "remote", name);
    json_put_str(w, "url", heads.url);
    json_put_int(w, "branches", (int64_t)heads.len);
    json_open_array(w, "moved");
    for (size_t i = 0; rc == 0 && i < heads.len; i++)
        rc = put_head(d, heads.url, &heads.rows[i], w);
    if (rc == 0)
        rc = forget_gone(d, &heads, w);
    json_close_array(w);
    json_close_object(w);
    return rc == 0 ? sightings_note(d->commits, d->published, d->arena, &d->guard.settings, &heads)
                   : rc;
}

static int run(struct verb_desk *d, const void *options, struct json_writer *w) {
    const struct options *o = options;
    const struct settings *s = &d->guard.settings;
    int rc;
    json_open_array(w, "fetched");
    rc = fetch(d, o->remote ? o->remote : s->upstream_remote, w);
    if (rc == 0 && !o->remote && strcmp(s->remote, s->upstream_remote) != 0)
        rc = fetch(d, s->remote, w);
    json_close_array(w);
    return rc;
}

const struct verb verb_fetch = {
    .name = "fetch",
    .summary = "Fetches every branch, notes what is published, and takes the leases for a push.",
    .writes = true,
    .remote = true,
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
