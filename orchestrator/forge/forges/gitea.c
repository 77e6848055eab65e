/* SPDX-License-Identifier: Apache-2.0 */
/* Gitea's and Forgejo's interface, /api/v1: like GitHub's, but its list knows no branch. */
#include <string.h>

#include "orchestrator/forge/hub.h"

static void find(const struct forge *f, const struct forge_wish *w, int page, struct buf *path) {
    (void)w;
    buf_printf(path, "/repos/%s/pulls?state=open&limit=50&page=%d", f->repo, page);
}

static bool is_ours(struct json pull, const struct forge_wish *w) {
    const char *ref = "", *base = "", *repo = "";
    return json_str(pull, "head.ref", &ref) == 0 && strcmp(ref, w->branch) == 0 &&
           json_str(pull, "base.ref", &base) == 0 && strcmp(base, w->base) == 0 &&
           json_opt_str(pull, "head.repo.full_name", &repo) == 0 && strcmp(repo, w->head_repo) == 0;
}

/* A branch of a fork is "owner:branch", one of the repository itself just its name. */
static void create(const struct forge *f, const struct forge_wish *w, struct buf *path,
                   struct json_writer *body) {
    struct buf head;
    buf_init(&head, 4096);
    if (strcmp(w->head_repo, f->repo) == 0)
        buf_puts(&head, w->branch);
    else
        hub_put_head(w, &head);
    hub_create(f, w, head.data, path, body);
    buf_done(&head);
}

const struct forge_kind forge_gitea = {
    .name = "gitea",
    .token_env = "GITEA_TOKEN",
    .auth = "Authorization: token ",
    .headers = {"Accept: application/json", NULL},
    .pages = 20,
    .find = find,
    .is_ours = is_ours,
    .create = create,
    .update = hub_update,
    .status = hub_status,
    .number_key = "number",
    .url_key = "html_url",
    .body_key = "body",
    .update_method = "PATCH",
};
