/* SPDX-License-Identifier: Apache-2.0 */
/* Gitea's and Forgejo's interface, /api/v1: like GitHub's, but its list knows no branch. */
#include <string.h>

#include "orchestrator/forge/forge.h"

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
    if (strcmp(w->head_repo, f->repo) != 0)
        buf_printf(&head, "%.*s:", (int)strcspn(w->head_repo, "/"), w->head_repo);
    buf_puts(&head, w->branch);
    buf_printf(path, "/repos/%s/pulls", f->repo);
    json_put_str(body, "title", w->title);
    json_put_str(body, "head", head.data);
    json_put_str(body, "base", w->base);
    json_put_str(body, "body", w->body);
    buf_done(&head);
}

static void update(const struct forge *f, const struct forge_wish *w, int64_t number,
                   struct buf *path, struct json_writer *body) {
    buf_printf(path, "/repos/%s/pulls/%lld", f->repo, (long long)number);
    json_put_str(body, "title", w->title);
    json_put_str(body, "body", w->body);
}

static void status(const struct forge *f, const char *commit, bool good, const char *description,
                   struct buf *path, struct json_writer *body) {
    buf_printf(path, "/repos/%s/statuses/%s", f->repo, commit);
    json_put_str(body, "state", good ? "success" : "failure");
    json_put_str(body, "description", description);
    json_put_str(body, "context", f->context);
}

const struct forge_kind forge_gitea = {
    .name = "gitea",
    .token_env = "GITEA_TOKEN",
    .auth = "Authorization: token ",
    .headers = {"Accept: application/json", NULL},
    .forks = true,
    .pages = 20,
    .find = find,
    .is_ours = is_ours,
    .create = create,
    .update = update,
    .status = status,
    .number_key = "number",
    .url_key = "html_url",
    .body_key = "body",
    .update_method = "PATCH",
};
