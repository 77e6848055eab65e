/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/branch.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/remote.h"
#include "orchestrator/store/published.h"
#include "orchestrator/verb/verb.h"

static const struct opt opts[] = {OPT_END_ROW};

static void put_files(struct json_writer *w, const struct branch_files *files) {
    static const char *const names[] = {"staged", "changed", "untracked", "conflicted"};
    for (int place = BRANCH_STAGED; place <= BRANCH_CONFLICTED; place++) {
        json_open_array(w, names[place]);
        for (size_t i = 0; i < files->len; i++)
            if ((int)files->rows[i].place == place)
                json_put_str(w, NULL, files->rows[i].path);
        json_close_array(w);
    }
}

/* An upstream that was never fetched is told as such. */
static int put_upstream(struct verb_desk *d, const struct branch *b, struct json_writer *w) {
    char id[REPO_HEX_SIZE] = "";
    size_t ahead = 0, behind = 0;
    if (commits_find_remote(d->commits, d->guard.settings.upstream, id) < 0)
        *id = '\0';
    int rc = *id ? branch_compare(d->commits, b->id, id, &ahead, &behind) : 0;
    json_put_str(w, "upstream", d->guard.settings.upstream);
    json_put_str(w, "upstream_id", id);
    if (*id) {
        json_put_int(w, "ahead", (int64_t)ahead);
        json_put_int(w, "behind", (int64_t)behind);
    }
    return rc;
}

static int put_lease(struct verb_desk *d, const struct branch *b, struct json_writer *w) {
    struct remote_heads remote;
    struct published_commit p;
    char id[PUBLISHED_ID_SIZE];
    bool known = false;
    if (d->unread)
        json_put_null(w, "published");
    else if (!d->published)
        json_put_bool(w, "published", false);
    if (!d->published)
        return 0;
    int rc = published_find(d->published, d->arena, b->id, &p);
    json_put_bool(w, "published", rc == 0 && p.known);
    if (rc < 0 || remote_find(d->commits, d->arena, d->guard.settings.remote, &remote) < 0)
        return rc;
    rc = published_lease(d->published, remote.url, arena_printf(d->arena, "refs/heads/%s", b->name),
                         id, &known);
    if (known)
        json_put_str(w, "lease", id);
    return rc;
}

static int run(struct verb_desk *d, const void *options, struct json_writer *w) {
    struct branch_files files = {.len = 0};
    struct branch b = {.name = ""};
    (void)options;
    int rc = branch_read(d->commits, &b);
    if (rc == 0)
        rc = branch_files(d->commits, d->arena, &files);
    if (rc < 0)
        return rc;
    json_put_str(w, "branch", b.name);
    json_put_str(w, "head", b.id);
    json_put_str(w, "operation", branch_operation(d->commits));
    json_put_bool(w, "clean", files.len == 0);
    rc = put_upstream(d, &b, w);
    if (rc == 0)
        rc = put_lease(d, &b, w);
    put_files(w, &files);
    return rc;
}

const struct verb verb_status = {
    .name = "status",
    .summary = "Where the branch is, what is changed, how it lies to its upstream.",
    .opts = opts,
    .opts_size = 1,
    .run = run,
};
