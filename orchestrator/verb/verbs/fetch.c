/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/git/remote.h"
#include "orchestrator/git/sightings.h"
#include "orchestrator/store/published.h"
#include "orchestrator/verb/verb.h"

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

/* What changed is told before it is noted. A branch that we had a lease of and that is gone keeps
 * its lease, so that a push there fails until somebody looks. */
static int fetch(struct verb_desk *d, const char *name, struct json_writer *w) {
    struct remote_heads heads;
    int rc = remote_fetch(d->commits, d->arena, name, &heads);
    if (rc < 0)
        return err_while(rc, "%s", name);
    json_open_object(w, NULL);
    json_put_str(w, "remote", name);
    json_put_str(w, "url", heads.url);
    json_put_int(w, "branches", (int64_t)heads.len);
    json_open_array(w, "moved");
    for (size_t i = 0; rc == 0 && i < heads.len; i++)
        rc = put_head(d, heads.url, &heads.rows[i], w);
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
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
