/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "orchestrator/forge/forge.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/remote.h"
#include "orchestrator/git/replay.h"
#include "orchestrator/verb/verb.h"

enum { OUTPUT_MAX = 64 << 20, WORDS_MAX = 8 };

struct options {
    const char *message, *title, *body_file, *base;
    bool draft, dry_run;
};

static const struct opt opts[] = {
    {OPT_STR,  "message",   'm', offsetof(struct options, message),   "TEXT",   0, 0,
     "The message of the one commit; usually that of the first."                      },
    {OPT_STR,  "title",     0,   offsetof(struct options, title),     "TEXT",   0, 0,
     "The title of the pull request; usually the subject of the commit."              },
    {OPT_STR,  "body-file", 0,   offsetof(struct options, body_file), "FILE",   0, 0,
     "Its text; usually the body of the commit."                                      },
    {OPT_STR,  "base",      0,   offsetof(struct options, base),      "COMMIT", 0, 0,
     "Stop when the upstream, as it was fetched, is another commit than this."        },
    {OPT_FLAG, "draft",     0,   offsetof(struct options, draft),     NULL,     0, 0,
     "It is not to be merged yet."                                                    },
    {OPT_FLAG, "dry-run",   0,   offsetof(struct options, dry_run),   NULL,     0, 0,
     "Fetch, then say what would be done and print every request; nothing is changed."},
    OPT_END_ROW,
};

/* One verb of the way: its answer is a line, {"step":"rebase",…}. */
static int step(struct verb_desk *d, const char *name, const char *const *words) {
    char *argv[WORDS_MAX + 1];
    int argc = 0;
    struct buf out;
    for (; words[argc]; argc++)
        argv[argc] = arena_strdup(&d->guard.arena, words[argc]);
    argv[argc] = NULL;
    buf_init(&out, OUTPUT_MAX);
    int rc = verb_run(d, verb_find(name), argc, argv, &out);
    if (rc >= 0) {
        printf("{\"step\":\"%s\"%s%s\n", name, out.len > 2 ? "," : "", out.data + 1);
        (void)fflush(stdout);
    }
    buf_done(&out);
    return rc < 0 ? err_while(rc, "%s", name) : rc;
}

/* What was proven on one base is not proven on another. */
static int check_base(struct verb_desk *d, const char *base) {
    char now[REPO_HEX_SIZE], wanted[REPO_HEX_SIZE];
    int rc = verb_upstream(d, NULL, now);
    if (rc == 0)
        rc = commits_find(d->commits, base, wanted);
    if (rc < 0 || strcmp(now, wanted) == 0)
        return rc;
    printf("{\"step\":\"base\",\"wanted\":\"%s\",\"upstream\":\"%s\"}\n", wanted, now);
    return EXIT_FAILED;
}

/* What changes nothing is not even pushed. */
static int check_change(struct verb_desk *d) {
    char upstream[REPO_HEX_SIZE];
    struct branch b = {.name = ""};
    int rc = branch_read(d->commits, &b);
    if (rc == 0)
        rc = verb_upstream(d, NULL, upstream);
    return rc == 0 ? replay_want_change(d->commits, b.id, upstream) : rc;
}

/* The order is not a choice: what is pushed is one commit on the newest upstream that keeps the
 * rules, and what is opened is pushed. */
static int go(struct verb_desk *d, const struct options *o) {
    const char *dry = o->dry_run ? "--dry-run" : NULL;
    const char *message =
        o->message ? arena_printf(&d->guard.arena, "--message=%s", o->message) : dry;
    const char *pr[WORDS_MAX + 1] = {NULL};
    size_t n = 0;
    if (o->title)
        pr[n++] = arena_printf(&d->guard.arena, "--title=%s", o->title);
    if (o->body_file)
        pr[n++] = arena_printf(&d->guard.arena, "--body-file=%s", o->body_file);
    if (o->draft)
        pr[n++] = "--draft";
    pr[n] = dry;
    int rc = step(d, "fetch", (const char *const[]){NULL});
    if (rc == 0 && o->base)
        rc = check_base(d, o->base);
    if (rc == 0)
        rc = step(d, "rebase", (const char *const[]){dry, NULL});
    if (rc == 0)
        rc = step(d, "squash", (const char *const[]){message, o->message ? dry : NULL, NULL});
    if (rc == 0)
        rc = check_change(d);
    if (rc == 0)
        rc = step(d, "push", (const char *const[]){dry, NULL});
    return rc == 0 ? step(d, "open-pr", pr) : rc;
}

/* Before anything is pushed. */
static int check_forge(struct verb_desk *d) {
    struct remote_heads upstream = {.url = ""};
    struct forge f;
    const struct settings *s = &d->guard.settings;
    int rc = remote_find(d->commits, &d->guard.arena, s->upstream_remote, &upstream);
    return rc == 0 ? forge_open(&f, &d->guard.arena, &s->forge, upstream.url, NULL) : rc;
}

static int run(const void *options, int argc, char **argv) {
    struct verb_desk d;
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    const struct options *o = options;
    int rc = verb_open(&d);
    if (rc < 0)
        return rc;
    rc = o->dry_run ? 0 : check_forge(&d);
    if (rc == 0)
        rc = go(&d, o);
    if (rc == EXIT_FAILED)
        log_info("stopped there: the last line says why");
    verb_close(&d);
    return rc;
}

const struct cmd cmd_pr = {
    .name = "pr",
    .args = "",
    .summary = "Fetch, rebase, squash to one commit, hold it to the rules, push under a lease, and "
               "open the pull request: one JSON object a step.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
