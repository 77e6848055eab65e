/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/forge/forge.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/remote.h"
#include "orchestrator/git/replay.h"
#include "orchestrator/policy/message.h"
#include "orchestrator/store/published.h"
#include "orchestrator/verb/verb.h"

enum { BODY_MAX = 60000, SHOWN_MAX = 1 << 20 };

struct options {
    const char *title, *body_file;
    bool draft, dry_run;
};

static const struct opt opts[] = {
    {OPT_STR,  "title",     0, offsetof(struct options, title),     "TEXT", 0, 0,
     "The title; usually the subject of the commit."              },
    {OPT_STR,  "body-file", 0, offsetof(struct options, body_file), "FILE", 0, 0,
     "A file that holds the text; usually the body of the commit."},
    {OPT_FLAG, "draft",     0, offsetof(struct options, draft),     NULL,   0, 0,
     "It is not to be merged yet."                                },
    {OPT_FLAG, "dry-run",   0, offsetof(struct options, dry_run),   NULL,   0, 0,
     "Print every request, without the token, and send none."     },
    OPT_END_ROW,
};

/* The lines of the message from one index to another, as they are. */
static const char *lines_of(struct arena *arena, const struct message *m, size_t from, size_t to) {
    while (to > from && message_is_blank(&m->lines[to - 1]))
        to--;
    if (from >= to)
        return "";
    const char *begin = m->lines[from].text, *end = m->lines[to - 1].text + m->lines[to - 1].len;
    return arena_strndup(arena, begin, (size_t)(end - begin));
}

static int read_text(struct verb_desk *d, const struct options *o, const char *id,
                     struct forge_wish *w) {
    struct message m;
    struct file file;
    const char *text = "";
    int rc = commits_message(d->commits, d->arena, id, &text);
    if (rc < 0)
        return rc;
    message_parse(&m, d->arena, text, strlen(text), 0);
    w->title = o->title ? o->title : lines_of(d->arena, &m, 0, m.count ? 1 : 0);
    w->body = lines_of(d->arena, &m, m.body, m.trailers);
    if (!o->body_file)
        return 0;
    rc = file_read(&file, o->body_file, BODY_MAX);
    if (rc < 0)
        return rc;
    w->body = arena_strndup(d->arena, (const char *)file.data, file.size);
    file_done(&file);
    return 0;
}

/* The service can only merge what it has. */
static int check_pushed(struct verb_desk *d, const struct branch *b, const char *url) {
    char lease[PUBLISHED_ID_SIZE];
    bool known;
    int rc = published_lease(d->published, url, arena_printf(d->arena, "refs/heads/%s", b->name),
                             lease, &known);
    if (rc == 0 && (!known || strcmp(lease, b->id) != 0))
        rc = err_set(ERR_NOTNOW, "%s is not pushed as it is here; noctule git push first", b->name);
    return rc;
}

static int find_repos(struct verb_desk *d, const struct options *o, const struct branch *b,
                      struct forge *f, struct buf *shown, struct forge_wish *w) {
    const struct settings *s = &d->guard.settings;
    struct remote_heads head = {.url = ""}, upstream = {.url = ""};
    int rc = remote_find(d->commits, d->arena, s->remote, &head);
    if (rc == 0)
        rc = remote_find(d->commits, d->arena, s->upstream_remote, &upstream);
    if (rc == 0)
        rc = forge_open(f, d->arena, &s->forge, upstream.url, o->dry_run ? shown : NULL);
    if (rc < 0)
        return rc;
    bool one = strcmp(s->remote, s->upstream_remote) == 0;
    w->head_repo = one ? f->repo : forge_repo_of(d->arena, head.url);
    w->base = s->upstream_branch;
    w->branch = b->name;
    w->draft = o->draft;
    if (!w->head_repo)
        return err_set(ERR_NOTNOW, "%s names no repository of a forge", head.url);
    return o->dry_run ? 0 : check_pushed(d, b, head.url);
}

static int open_pr(const struct forge *f, const struct forge_wish *wish, const char *id,
                   const char *sum, struct json_writer *w) {
    struct forge_pull pull;
    bool created;
    CHECK(f->kind);
    int rc = forge_pull_request(f, wish, &pull, &created);
    if (rc == 0)
        rc = forge_set_status(f, id, true, sum);
    if (rc < 0)
        return rc;
    json_put_str(w, "forge", f->kind->name);
    json_put_str(w, "repo", f->repo);
    json_put_str(w, "title", wish->title);
    json_put_bool(w, "created", created);
    if (f->shown) {
        json_put_str(w, "requests", f->shown->data);
    } else {
        json_put_int(w, "number", pull.number);
        json_put_str(w, "url", pull.url);
    }
    return 0;
}

static int run(struct verb_desk *d, const void *options, struct json_writer *w) {
    const struct options *o = options;
    struct forge_wish wish = {.title = ""};
    struct branch b = {.name = ""};
    struct forge f = {.kind = NULL};
    struct buf shown;
    const char *sum = "";
    char upstream[REPO_HEX_SIZE];
    buf_init(&shown, SHOWN_MAX);
    int rc = branch_read(d->commits, &b);
    if (rc == 0)
        rc = verb_upstream(d, NULL, upstream);
    if (rc == 0)
        rc = replay_want_change(d->commits, b.id, upstream);
    if (rc == 0)
        rc = find_repos(d, o, &b, &f, &shown, &wish);
    if (rc == 0)
        rc = read_text(d, o, b.id, &wish);
    if (rc == 0)
        rc = verb_check(d, w, &sum);
    if (rc == 0)
        rc = open_pr(&f, &wish, b.id, sum, w);
    buf_done(&shown);
    return rc;
}

const struct verb verb_open_pr = {
    .name = "open-pr",
    .summary = "Opens a pull request of the branch that was pushed, or brings the one that is open "
               "up to date, and sets the status of its commit.",
    .writes = true,
    .remote = true,
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
