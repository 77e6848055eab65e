/* SPDX-License-Identifier: Apache-2.0 */
/* GitHub's REST interface, version 2022-11-28 (docs.github.com/rest/pulls, /rest/commits/statuses).
 */
#include <string.h>

#include "orchestrator/forge/forge.h"

/* "owner:branch", as the interface names the branch of any repository of one network. */
static void put_head(struct buf *out, const struct forge_wish *w) {
    buf_printf(out, "%.*s:%s", (int)strcspn(w->head_repo, "/"), w->head_repo, w->branch);
}

static void find(const struct forge *f, const struct forge_wish *w, int page, struct buf *path) {
    struct buf head;
    (void)page;
    buf_init(&head, 4096);
    put_head(&head, w);
    buf_printf(path, "/repos/%s/pulls?state=open&head=", f->repo);
    http_escape(path, head.data);
    buf_puts(path, "&base=");
    http_escape(path, w->base);
    buf_done(&head);
}

/* The service has compared already; a fork of the same owner under another name has not. */
static bool is_ours(struct json pull, const struct forge_wish *w) {
    const char *ref = "", *repo = "";
    return json_str(pull, "head.ref", &ref) == 0 && strcmp(ref, w->branch) == 0 &&
           json_opt_str(pull, "head.repo.full_name", &repo) == 0 &&
           (!*repo || strcmp(repo, w->head_repo) == 0);
}

static void create(const struct forge *f, const struct forge_wish *w, struct buf *path,
                   struct json_writer *body) {
    struct buf head;
    buf_init(&head, 4096);
    put_head(&head, w);
    buf_printf(path, "/repos/%s/pulls", f->repo);
    json_put_str(body, "title", w->title);
    json_put_str(body, "head", head.data);
    json_put_str(body, "base", w->base);
    json_put_str(body, "body", w->body);
    json_put_bool(body, "draft", w->draft);
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

const struct forge_kind forge_github = {
    .name = "github",
    .api = "https://api.github.com",
    .token_env = "GITHUB_TOKEN",
    .auth = "Authorization: Bearer ",
    .headers = {"Accept: application/vnd.github+json", "X-GitHub-Api-Version: 2022-11-28", NULL},
    .forks = true,
    .pages = 1,
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
