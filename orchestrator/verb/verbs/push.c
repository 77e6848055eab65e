/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/git/remote.h"
#include "orchestrator/git/sightings.h"
#include "orchestrator/store/published.h"
#include "orchestrator/verb/verb.h"

struct options {
    const char *remote;
    bool dry_run;
};

static const struct opt opts[] = {
    {OPT_STR,  "remote",  0, offsetof(struct options, remote),  "NAME", 0, 0,
     "Where to; usually git.remote of noctule.json."       },
    {OPT_FLAG, "dry-run", 0, offsetof(struct options, dry_run), NULL,   0, 0,
     "Say what would be pushed over what; nothing is sent."},
    OPT_END_ROW,
};

static int refuse_upstream(const struct settings *s, const char *remote, const char *branch) {
    return strcmp(remote, s->upstream_remote) == 0 && strcmp(branch, s->upstream_branch) == 0
               ? err_set(ERR_UNSUPPORTED,
                         "%s is the upstream; what goes there goes by a pull request", s->upstream)
               : 0;
}

/* What our last verified look found there; a branch that is new there has the lease of nothing,
 * when the remote was looked at at all. */
static int find_lease(struct verb_desk *d, const char *url, const char *ref, const char *remote,
                      char lease[PUBLISHED_ID_SIZE]) {
    char any[PUBLISHED_ID_SIZE];
    bool known = false, looked = false;
    int rc = published_lease(d->published, url, ref, lease, &known);
    if (rc == 0 && !known)
        rc = published_lease(d->published, url, "", any, &looked);
    if (rc == 0 && !known && !looked)
        rc = err_set(ERR_NOTNOW, "nobody has looked what %s has; noctule git fetch --remote %s",
                     url, remote);
    return rc;
}

/* A push that is no fast-forward: only of a branch of ours, and never over what is published
 * elsewhere; what it drops is kept here. */
static int prepare_forced(struct verb_desk *d, const struct remote_push *p, const char *url) {
    bool own = false;
    int rc = sightings_is_own(d->published, &d->guard.settings, url, p->to, &own);
    if (rc == 0 && !own)
        rc = err_set(ERR_UNSUPPORTED,
                     "%s of %s is at %.12s, which yours does not contain, and the branch is not "
                     "ours to rewrite; rebase on it, or push another branch",
                     p->to, p->remote, p->lease);
    if (rc == 0)
        rc = sightings_may_drop(d->commits, d->published, d->arena, p->lease, p->id);
    return rc == 0 ? branch_archive(d->commits, p->lease) : rc;
}

static int note(struct verb_desk *d, const struct remote_push *p, const char *url) {
    struct remote_head head = {p->to, p->id};
    const struct remote_heads heads = {.url = url, .rows = &head, .len = 1};
    int rc = *p->lease ? 0 : published_put_own(d->published, url, p->to, clock_wall_ms());
    return rc == 0 ? sightings_note(d->commits, d->published, d->arena, &d->guard.settings, &heads)
                   : rc;
}

static void put_push(struct json_writer *w, const struct remote_push *p, const char *url) {
    json_put_str(w, "remote", p->remote);
    json_put_str(w, "url", url);
    json_put_str(w, "ref", p->to);
    json_put_str(w, "old", p->lease);
    json_put_str(w, "new", p->id);
    json_put_bool(w, "forced", p->forced);
}

static int run(struct verb_desk *d, const void *options, struct json_writer *w) {
    const struct options *o = options;
    const char *remote = o->remote ? o->remote : d->guard.settings.remote;
    char lease[PUBLISHED_ID_SIZE] = "";
    struct remote_heads heads = {.url = ""};
    struct branch b = {.name = ""};
    int rc = branch_read(d->commits, &b);
    if (rc == 0)
        rc = refuse_upstream(&d->guard.settings, remote, b.name);
    if (rc == 0)
        rc = remote_find(d->commits, d->arena, remote, &heads);
    const char *ref = arena_printf(d->arena, "refs/heads/%s", b.name);
    if (rc == 0)
        rc = find_lease(d, heads.url, ref, remote, lease);
    if (rc == 0)
        rc = verb_check(d, w, NULL);
    if (rc != 0)
        return rc;
    const struct remote_push p = {
        .remote = remote,
        .branch = b.name,
        .to = ref,
        .id = b.id,
        .lease = lease,
        .forced = *lease && !branch_descends(d->commits, b.id, lease),
    };
    put_push(w, &p, heads.url);
    bool same = strcmp(lease, b.id) == 0;
    json_put_bool(w, "pushed", !same && !o->dry_run);
    if (p.forced)
        rc = prepare_forced(d, &p, heads.url);
    if (rc < 0 || same || o->dry_run)
        return rc;
    rc = remote_push(d->commits, d->arena, &p);
    return rc == 0 ? note(d, &p, heads.url) : rc;
}

const struct verb verb_push = {
    .name = "push",
    .summary = "Pushes the branch when it keeps the rules, under the lease of the last fetch.",
    .writes = true,
    .remote = true,
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
