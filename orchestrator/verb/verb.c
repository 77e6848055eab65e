/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/verb/verb.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/replay.h"
#include "orchestrator/guard/findings.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/published.h"

enum { ARGS_MAX = 4096, SUM_MAX = 4096 };

int verb_open(struct verb_desk *out) {
    struct verb_desk d = {.arena = NULL};
    int rc = guard_open(&d.guard, NULL);
    if (rc == 0)
        rc = commits_open_write(&d.commits, d.guard.root);
    if (rc < 0)
        verb_close(&d);
    else
        *out = d;
    if (rc == 0 && d.guard.unheeded)
        log_info("%s", d.guard.unheeded);
    return rc;
}

void verb_close(struct verb_desk *d) {
    db_close(d->published);
    commits_close(d->commits);
    guard_close(&d->guard);
    *d = (struct verb_desk){.arena = NULL};
}

const struct verb *verb_find(const char *name) {
    for (const struct verb *const *v = verb_table; *v; v++)
        if (strcmp((*v)->name, name) == 0)
            return *v;
    return NULL;
}

/* Made by the first who has something to note. Who only reads does without it. */
static int open_published(struct verb_desk *d, const struct verb *v) {
    const char *folder = commits_own_folder(d->commits, &d->guard.arena);
    const char *path = arena_printf(&d->guard.arena, "%s/published.db", folder);
    if (d->published && (d->notes || !v->writes))
        return 0;
    db_close(d->published);
    d->published = NULL;
    if (!v->writes) {
        d->unread = file_exists(path) && published_open_read(&d->published, path) < 0;
        return 0;
    }
    int rc = file_make_dirs(folder);
    if (rc == 0)
        rc = published_open(&d->published, path);
    d->notes = rc == 0;
    return rc;
}

int verb_run(struct verb_desk *d, const struct verb *v, int argc, char **argv, struct buf *out) {
    struct json_writer w;
    char *opts = xcalloc(1, v->opts_size);
    if (v->defaults)
        memcpy(opts, v->defaults, v->opts_size);
    int rc = opt_parse(v->opts, opts, &argc, argv);
    if (rc == 0 && argc > 0)
        rc = err_set(ERR_ARG, "\"%s\" is not an option of %s", argv[0], v->name);
    if (rc == 0) {
        d->arena = d->arena ? d->arena : &d->guard.arena;
        rc = open_published(d, v);
    }
    if (rc == 0) {
        json_writer_init(&w, out, 0);
        json_open_object(&w, NULL);
        rc = v->run(d, opts, &w);
        if (rc >= 0)
            json_close_object(&w);
        else
            buf_reset(out);
    }
    opt_done(v->opts, opts);
    free(opts);
    return rc;
}

/* The words of one argument, as the command line would have them. */
static int add_words(struct json v, const char *key, struct arena *arena, char **argv, int *argc) {
    const char *text;
    int64_t number;
    bool yes;
    if (*argc == ARGS_MAX)
        return json_fail(v, "more than %d arguments", ARGS_MAX);
    switch (json_type(v)) {
    case JSON_BOOL:
        if (json_as_bool(v, &yes) == 0 && yes)
            argv[(*argc)++] = arena_printf(arena, "--%s", key);
        return 0;
    case JSON_NUMBER:
        if (json_as_int(v, INT64_MIN, INT64_MAX, &number) < 0)
            return ERR_FORMAT;
        argv[(*argc)++] = arena_printf(arena, "--%s=%lld", key, (long long)number);
        return 0;
    case JSON_STRING:
        if (json_as_str(v, &text) < 0)
            return ERR_FORMAT;
        argv[(*argc)++] = arena_printf(arena, "--%s=%s", key, text);
        return 0;
    case JSON_NULL:
        return 0;
    default:
        return json_fail(v, "expected text, a number, true or false, or a list of them");
    }
}

int verb_run_json(struct verb_desk *d, const struct verb *v, struct json args, struct buf *out) {
    struct arena *arena = d->arena ? d->arena : &d->guard.arena;
    char **argv = arena_array(arena, ARGS_MAX + 1, sizeof(*argv));
    int argc = 0, rc = 0;
    if (json_exists(args) && json_type(args) != JSON_OBJECT)
        return json_fail(args, "expected an object of arguments");
    for (struct json a = json_first(args); rc == 0 && a.node; a = json_next(a)) {
        if (json_type(a) != JSON_ARRAY)
            rc = add_words(a, json_key(a), arena, argv, &argc);
        for (struct json e = json_first(a); rc == 0 && json_type(a) == JSON_ARRAY && e.node;
             e = json_next(e))
            rc = add_words(e, json_key(a), arena, argv, &argc);
    }
    return rc == 0 ? verb_run(d, v, argc, argv, out) : rc;
}

int verb_upstream(struct verb_desk *d, const char *word, char id[REPO_HEX_SIZE]) {
    int rc = word ? commits_find(d->commits, word, id)
                  : commits_find_remote(d->commits, d->guard.settings.upstream, id);
    return rc == ERR_NOTFOUND && !word
               ? err_while(rc, "looking for the upstream (noctule git fetch brings it)")
               : rc;
}

/* Without the newline; what was not asked does not go into a status. */
static const char *sum_up(struct verb_desk *d, const struct view_range *range,
                          const struct findings *found) {
    struct buf b;
    buf_init(&b, SUM_MAX);
    findings_sum(&b, range, found);
    b.data[strcspn(b.data, ";\n")] = '\0';
    const char *sum = arena_strdup(d->arena, b.data);
    buf_done(&b);
    return sum;
}

int verb_check(struct verb_desk *d, struct json_writer *w, const char **sum) {
    struct view_range range;
    struct findings found;
    if (sum)
        *sum = "no rules";
    if (guard_is_free(&d->guard, NULL))
        return 0;
    int rc = guard_range(&d->guard, NULL, "HEAD", NULL, &range, &found);
    if (rc < 0)
        return rc;
    json_open_object(w, "rules");
    findings_json(w, &range, &found);
    json_close_object(w);
    if (sum)
        *sum = sum_up(d, &range, &found);
    return found.errors ? EXIT_FAILED : 0;
}

void verb_put_conflicts(struct json_writer *w, const struct replay *r) {
    json_put_str(w, "at", r->at);
    json_open_array(w, "conflicts");
    for (size_t i = 0; i < r->conflict_count; i++) {
        const struct replay_conflict *c = &r->conflicts[i];
        json_open_object(w, NULL);
        json_put_str(w, "path", c->path);
        json_put_str(w, "base", c->base);
        json_put_str(w, "ours", c->ours);
        json_put_str(w, "theirs", c->theirs);
        json_put_bool(w, "binary", c->binary);
        json_put_str(w, "text", c->text);
        json_close_object(w);
    }
    json_close_array(w);
}
