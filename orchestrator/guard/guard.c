/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/guard/guard.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/guard/compile.h"
#include "orchestrator/guard/rulebook.h"
#include "orchestrator/guard/standing.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/stop.h"
#include "orchestrator/sweep/config.h"

/* A noctule.json of the checkout is the project's, found or named, and so is one that was found
 * above it: what the commits themselves hold is not asked less for that. */
static void place(struct guard *g, const char *path, bool found) {
    const char *below = "", *name = file_base_name(path);
    size_t len = (size_t)(name - path);
    g->config = path;
    g->root = len > 1 ? arena_strndup(&g->arena, path, len - 1) : len ? "/" : ".";
    bool inside = strcmp(name, "noctule.json") == 0 &&
                  commits_prefix(g->commits, &g->arena, g->root, &below) == 0;
    g->project = inside || found;
    g->prefix = *below ? arena_printf(&g->arena, "%s/", below) : "";
    policy_place(g->policy, g->prefix);
}

/* The settings of the project are those that stand upstream. */
static int stand(struct guard *g) {
    struct standing s;
    int rc = g->project ? standing_find(&s, &g->arena, g->commits, g->prefix, &g->settings) : 0;
    if (rc < 0 || !g->project)
        return rc;
    g->settings = s.settings;
    g->unheeded = s.changed;
    memcpy(g->base, s.base, sizeof(g->base));
    return 0;
}

int guard_open(struct guard *out, const char *rules) {
    struct guard g = {.policy = NULL};
    arena_init(&g.arena, 0);
    const char *path = rules;
    int rc = path ? 0 : config_find(&g.arena, &path);
    if (rc == 0)
        rc = settings_load(&g.settings, &g.arena, path);
    if (rc == 0)
        rc = policy_load(&g.policy, path);
    if (rc == 0)
        rc = commits_open(&g.commits, ".");
    if (rc == 0) {
        place(&g, path, !rules);
        rc = stand(&g);
    }
    if (rc < 0)
        guard_close(&g);
    else
        *out = g;
    return rc;
}

void guard_close(struct guard *g) {
    commits_close(g->commits);
    policy_free(g->policy);
    arena_done(&g->arena);
    *g = (struct guard){.policy = NULL};
}

int guard_want_rules(const struct guard *g) {
    if (policy_len(g->policy) > 0)
        return 0;
    return err_set(ERR_NOTFOUND, "%s holds no \"rules\"; docs/commits.md says how they are written",
                   g->config);
}

/* Commands run in another folder than ours. */
static int find_cache(struct guard *g, const char **out) {
    int rc = file_make_dirs(g->build_cache);
    char *real = rc == 0 ? realpath(g->build_cache, NULL) : NULL;
    if (rc == 0 && !real)
        rc = err_errno(ERR_IO, "cannot resolve %s", g->build_cache);
    if (real)
        *out = arena_strdup(&g->arena, real);
    free(real);
    return rc;
}

static int build(struct guard *g, const struct rulebook *book, struct view_range *range) {
    const char *cache = NULL;
    const bool *stop;
    struct loop *loop = NULL;
    int rc = find_cache(g, &cache);
    if (rc == 0)
        rc = loop_new(&loop);
    if (rc < 0)
        return rc;
    rc = stop_in_loop(loop, &stop);
    for (size_t i = 0; rc == 0 && i < book->len; i++)
        if (policy_builds(book->rows[i]))
            rc = compile_range(range, g->commits, &g->arena, policy_builds(book->rows[i]), cache,
                               g->prefix, loop, stop);
    loop_free(loop);
    return rc;
}

int guard_tip(struct guard *g, const struct views_ask *ask, const char *base,
              struct view_range *range, struct findings *out) {
    struct rulebook book = {.len = 0};
    struct views_ask full = *ask;
    int rc = rulebook_open(&book, g, base, ask->tip);
    if (rc == 0) {
        full.files = rulebook_files(&book, &g->arena, &full.file_count);
        rc = views_read(g->commits, &g->arena, &full, range);
    }
    if (rc == 0 && g->build_cache)
        rc = build(g, &book, range);
    if (rc == 0)
        rulebook_check(&book, &g->arena, range, out);
    rulebook_close(&book);
    return rc;
}

static int find_from(const struct guard *g, const char *word, char id[REPO_HEX_SIZE]) {
    return word ? commits_find(g->commits, word, id)
                : commits_find_remote(g->commits, g->settings.upstream, id);
}

bool guard_is_free(struct guard *g, const char *from) {
    struct rulebook book = {.len = 0};
    char id[REPO_HEX_SIZE];
    if (policy_len(g->policy) > 0)
        return false;
    if (find_from(g, from, id) < 0)
        return true;
    bool free_of_rules = rulebook_open(&book, g, id, id) == 0 && book.len == 1;
    rulebook_close(&book);
    return free_of_rules;
}

/* An upstream that nobody asked for by name may be absent: in a clone of one branch it is. */
static int find_upstream(const struct guard *g, const char *word, char id[REPO_HEX_SIZE]) {
    int rc = find_from(g, word, id);
    if (rc < 0)
        *id = '\0';
    return word ? rc : 0;
}

int guard_range(struct guard *g, const char *from, const char *to, const char *upstream,
                struct view_range *range, struct findings *out) {
    char from_id[REPO_HEX_SIZE], to_id[REPO_HEX_SIZE], upstream_id[REPO_HEX_SIZE];
    const char *hidden = from_id;
    int rc = find_from(g, from, from_id);
    if (rc == 0)
        rc = commits_find(g->commits, to, to_id);
    if (rc == 0)
        rc = find_upstream(g, upstream, upstream_id);
    const struct views_ask ask = {.tip = to_id,
                                  .hidden = &hidden,
                                  .hidden_count = 1,
                                  .upstream = upstream ? upstream : g->settings.upstream,
                                  .upstream_id = upstream_id};
    if (rc == 0)
        rc = guard_tip(g, &ask, from_id, range, out);
    if (rc == 0 && range->len == 0)
        rc = err_set(ERR_NOTFOUND, "no commit lies between \"%s\" and \"%s\"",
                     from ? from : g->settings.upstream, to);
    return rc;
}

int guard_staged(struct guard *g, struct view_range *range, struct findings *out) {
    struct views_ask ask = {.tip = ""};
    ask.files = policy_files(g->policy, &ask.file_count);
    int rc = views_staged(g->commits, &g->arena, &ask, range);
    if (rc == 0)
        policy_check(g->policy, &g->arena, range, out);
    return rc;
}

void guard_message(struct guard *g, const char *text, size_t len, bool draft,
                   struct view_range *range, struct findings *out) {
    views_message(&g->arena, text, len, draft ? views_draft(g->commits, text, len) : 0, range);
    range->commits[0].merge = draft && strcmp(branch_operation(g->commits), "merge") == 0;
    policy_check(g->policy, &g->arena, range, out);
}
