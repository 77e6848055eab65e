/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/sightings.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "orchestrator/git/handle.h"
#include "orchestrator/git/remote.h"
#include "orchestrator/git/settings.h"
#include "orchestrator/policy/glob.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/published.h"

enum { COMMITS_MAX = 10000000 };

int sightings_is_own(struct db *db, const struct settings *s, const char *url, const char *ref,
                     bool *own) {
    static const char heads[] = "refs/heads/";
    bool branch = strncmp(ref, heads, sizeof(heads) - 1) == 0;
    *own = branch && strcmp(ref + sizeof(heads) - 1, s->upstream_branch) != 0 &&
           glob_match_any(s->own, ref + sizeof(heads) - 1);
    return *own || !branch ? 0 : published_is_own(db, url, ref, own);
}

/* Objects that were thrown away since cannot be walked from; what led to them is noted already. */
static size_t keep_present(const struct commits *c, struct arena *arena, const char *const **tips,
                           size_t len) {
    const char **kept = arena_array(arena, len + 1, sizeof(*kept));
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        git_oid id;
        if (git_oid_fromstr(&id, (*tips)[i]) == 0 && git_odb_exists(c->odb, &id))
            kept[n++] = (*tips)[i];
    }
    *tips = kept;
    return n;
}

static int note(const struct commits *c, struct db *db, struct arena *arena, const char *url,
                const struct remote_head *head, bool shared) {
    const char *const *tips;
    size_t count = 0, len = 0;
    git_oid *ids = NULL;
    int64_t now = clock_wall_ms();
    int rc = published_tips(db, arena, shared, &tips, &len);
    if (rc == 0)
        rc = commits_walk(c, head->id, tips, keep_present(c, arena, &tips, len), COMMITS_MAX, &ids,
                          &count);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        char hex[REPO_HEX_SIZE];
        rc = published_put(db, git_oid_tostr(hex, sizeof(hex), &ids[i]), shared, url, head->ref,
                           now);
    }
    if (rc == 0)
        rc = published_put(db, head->id, shared, url, head->ref, now);
    if (rc == 0)
        rc = published_put_tip(db, head->id, shared);
    if (rc == 0)
        rc = published_put_lease(db, url, head->ref, head->id, now);
    free(ids);
    return rc;
}

/* Shared ones first, so that what is on both is shared. */
static int note_all(const struct commits *c, struct db *db, struct arena *arena,
                    const struct settings *s, const struct remote_heads *heads) {
    int rc = 0;
    for (int shared = 1; shared >= 0; shared--)
        for (size_t i = 0; rc == 0 && i < heads->len; i++) {
            bool own = false;
            rc = sightings_is_own(db, s, heads->url, heads->rows[i].ref, &own);
            if (rc == 0 && own == !shared)
                rc = note(c, db, arena, heads->url, &heads->rows[i], shared);
        }
    return rc;
}

int sightings_note(const struct commits *c, struct db *db, struct arena *arena,
                   const struct settings *s, const struct remote_heads *heads) {
    int rc = db_begin(db);
    if (rc == 0)
        rc = note_all(c, db, arena, s, heads);
    /* Of the remote itself: it was looked at, so a branch that has no row is not there. */
    if (rc == 0)
        rc = published_put_lease(db, heads->url, "", "", clock_wall_ms());
    if (rc == 0)
        rc = db_commit(db);
    if (rc < 0)
        db_rollback(db);
    return rc;
}

static int refuse(const char *id, const struct published_commit *p) {
    char when[CLOCK_ISO_SIZE];
    return err_set(ERR_UNSUPPORTED,
                   "%.12s is published: it was seen on %s of %s at %s, and what is published there "
                   "is not rewritten",
                   id, p->ref, p->remote, clock_iso(p->seen_ms, when));
}

int sightings_may_drop(const struct commits *c, struct db *db, struct arena *arena, const char *old,
                       const char *new) {
    git_oid *ids = NULL;
    size_t count = 0;
    int rc = commits_walk(c, old, &new, 1, COMMITS_MAX, &ids, &count);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct published_commit p;
        char hex[REPO_HEX_SIZE];
        rc = published_find(db, arena, git_oid_tostr(hex, sizeof(hex), &ids[i]), &p);
        if (rc == 0 && p.known && p.shared)
            rc = refuse(hex, &p);
    }
    free(ids);
    return rc;
}
