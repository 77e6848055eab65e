/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/forge/hub.h"

#include <string.h>

void hub_put_head(const struct forge_wish *w, struct buf *out) {
    buf_printf(out, "%.*s:%s", (int)strcspn(w->head_repo, "/"), w->head_repo, w->branch);
}

void hub_create(const struct forge *f, const struct forge_wish *w, const char *head,
                struct buf *path, struct json_writer *body) {
    buf_printf(path, "/repos/%s/pulls", f->repo);
    json_put_str(body, "title", w->title);
    json_put_str(body, "head", head);
    json_put_str(body, "base", w->base);
    json_put_str(body, "body", w->body);
}

void hub_update(const struct forge *f, const struct forge_wish *w, int64_t number, struct buf *path,
                struct json_writer *body) {
    buf_printf(path, "/repos/%s/pulls/%lld", f->repo, (long long)number);
    json_put_str(body, "title", w->title);
    json_put_str(body, "body", w->body);
}

void hub_status(const struct forge *f, const char *commit, bool good, const char *description,
                struct buf *path, struct json_writer *body) {
    buf_printf(path, "/repos/%s/statuses/%s", f->repo, commit);
    json_put_str(body, "state", good ? "success" : "failure");
    json_put_str(body, "description", description);
    json_put_str(body, "context", f->context);
}
