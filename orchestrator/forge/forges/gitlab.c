/* SPDX-License-Identifier: Apache-2.0 */
/* GitLab's interface, /api/v4: merge requests of a project, which is named by its escaped path. One
 * from a fork is opened in the fork, which says by number what it is to be merged into; from then
 * on it is the target's. */
#include <string.h>

#include "orchestrator/forge/forge.h"

static void put_project(const char *repo, struct buf *path) {
    buf_puts(path, "/projects/");
    http_escape(path, repo);
}

static bool is_fork(const struct forge *f, const struct forge_wish *w) {
    return strcmp(w->head_repo, f->repo) != 0;
}

static void find(const struct forge *f, const struct forge_wish *w, int page, struct buf *path) {
    (void)page;
    put_project(f->repo, path);
    buf_puts(path, "/merge_requests?state=opened&source_branch=");
    http_escape(path, w->branch);
    buf_puts(path, "&target_branch=");
    http_escape(path, w->base);
}

/* Another project may have a branch of that name, too. */
static bool is_ours(struct json pull, const struct forge_wish *w) {
    const char *branch = "";
    int64_t source = 0, target = 0;
    return json_str(pull, "source_branch", &branch) == 0 && strcmp(branch, w->branch) == 0 &&
           json_opt_int(pull, "source_project_id", 1, INT64_MAX, &source) == 0 &&
           json_opt_int(pull, "target_project_id", 1, INT64_MAX, &target) == 0 &&
           source == (w->head_id ? w->head_id : target);
}

/* What is not to be merged yet says so in its title. */
static void put_text(const struct forge_wish *w, struct json_writer *body) {
    struct buf title;
    buf_init(&title, 1 << 16);
    buf_printf(&title, "%s%s", w->draft ? "Draft: " : "", w->title);
    json_put_str(body, "title", title.data);
    json_put_str(body, "description", w->body);
    buf_done(&title);
}

static void create(const struct forge *f, const struct forge_wish *w, struct buf *path,
                   struct json_writer *body) {
    put_project(w->head_repo, path);
    buf_puts(path, "/merge_requests");
    json_put_str(body, "source_branch", w->branch);
    json_put_str(body, "target_branch", w->base);
    put_text(w, body);
    if (w->base_id)
        json_put_int(body, "target_project_id", w->base_id);
    else if (is_fork(f, w))
        json_put_null(body, "target_project_id"); /* only shown: nobody was asked for it */
}

static void update(const struct forge *f, const struct forge_wish *w, int64_t number,
                   struct buf *path, struct json_writer *body) {
    put_project(f->repo, path);
    buf_printf(path, "/merge_requests/%lld", (long long)number);
    put_text(w, body);
}

static void status(const struct forge *f, const char *commit, bool good, const char *description,
                   struct buf *path, struct json_writer *body) {
    put_project(f->repo, path);
    buf_printf(path, "/statuses/%s", commit);
    json_put_str(body, "state", good ? "success" : "failed");
    json_put_str(body, "description", description);
    json_put_str(body, "name", f->context);
}

const struct forge_kind forge_gitlab = {
    .name = "gitlab",
    .api = "https://gitlab.com/api/v4",
    .token_env = "GITLAB_TOKEN",
    .auth = "PRIVATE-TOKEN: ",
    .headers = {"Accept: application/json", NULL},
    .pages = 1,
    .project = put_project,
    .find = find,
    .is_ours = is_ours,
    .create = create,
    .update = update,
    .status = status,
    .number_key = "iid",
    .url_key = "web_url",
    .body_key = "description",
    .update_method = "PUT",
};
