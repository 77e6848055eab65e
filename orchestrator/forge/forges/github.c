/* SPDX-License-Identifier: Apache-2.0 */
/* GitHub's REST interface, version 2022-11-28 (docs.github.com/rest/pulls, /rest/commits/statuses).
 */
#include <string.h>

#include "orchestrator/forge/hub.h"

static void find(const struct forge *f, const struct forge_wish *w, int page, struct buf *path) {
    struct buf head;
    (void)page;
    buf_init(&head, 4096);
    hub_put_head(w, &head);
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

/* Of two repositories of one owner the head alone does not say which. */
static bool is_sibling(const struct forge *f, const struct forge_wish *w) {
    size_t owner = strcspn(w->head_repo, "/");
    return w->head_repo[owner] == '/' && strncmp(w->head_repo, f->repo, owner + 1) == 0 &&
           strcmp(w->head_repo, f->repo) != 0;
}

static void create(const struct forge *f, const struct forge_wish *w, struct buf *path,
                   struct json_writer *body) {
    struct buf head;
    buf_init(&head, 4096);
    hub_put_head(w, &head);
    hub_create(f, w, head.data, path, body);
    if (is_sibling(f, w))
        json_put_str(body, "head_repo", strchr(w->head_repo, '/') + 1);
    json_put_bool(body, "draft", w->draft);
    buf_done(&head);
}

const struct forge_kind forge_github = {
    .name = "github",
    .api = "https://api.github.com",
    .token_env = "GITHUB_TOKEN",
    .auth = "Authorization: Bearer ",
    .headers = {"Accept: application/vnd.github+json", "X-GitHub-Api-Version: 2022-11-28", NULL},
    .pages = 1,
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
