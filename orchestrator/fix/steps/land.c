/* SPDX-License-Identifier: Apache-2.0 */
/* The branch is pushed under a lease and the pull request opened, by noctule pr in a checkout of
 * its own. Asked twice it finds what it did before. */
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/opt.h"
#include "orchestrator/fix/fix.h"
#include "orchestrator/git/annex.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/settings.h"
#include "orchestrator/sweep/place.h"

enum { SAID_MAX = 64 << 20, WORDS_MAX = 12 };

/* The last line of what noctule pr printed: the step that ended it. */
static int last_answer(const struct buf *said, struct json_doc **out) {
    size_t len = said->len;
    while (len && said->data[len - 1] == '\n')
        len--;
    size_t begin = len;
    while (begin && said->data[begin - 1] != '\n')
        begin--;
    return json_parse(out, said->data + begin, len - begin, "the answer of noctule pr", 0);
}

static int end_open(struct fix *f, struct json answer) {
    const char *url = "";
    int rc = json_int(answer, "number", 1, INT64_MAX / 2, &f->record.number);
    if (rc == 0)
        rc = json_str(answer, "url", &url);
    if (rc < 0)
        return rc;
    f->record.url = arena_strdup(&f->arena, url);
    return fix_end(f, FIX_OPENED, "pull request %lld, %s", (long long)f->record.number, url);
}

/* Why it stopped, by the step at which it did. */
static int end_stopped(struct fix *f, struct json answer) {
    const char *step = "";
    int rc = json_str(answer, "step", &step);
    if (rc < 0)
        return rc;
    if (strcmp(step, "base") == 0)
        return fix_end(f, FIX_MOVED, "the upstream is not at %.12s any more", f->base);
    if (strcmp(step, "rebase") == 0)
        return fix_end(f, FIX_CONFLICT, "the upstream changed the same lines");
    return fix_end(f, FIX_RULES, "%s: the commit breaks a rule; noctule check says which", step);
}

static int judge(struct fix *f, const struct buf *said, int status, const char *why) {
    struct json_doc *doc;
    if (status != EXIT_OK && status != EXIT_FAILED)
        return err_set(ERR_IO, "%s", *why ? why : "noctule pr failed");
    if (f->options->dry_run) {
        (void)fputs(said->data, stdout);
        return fix_end(f, FIX_READY, "only shown");
    }
    int rc = last_answer(said, &doc);
    if (rc < 0)
        return rc;
    rc = status == EXIT_OK ? end_open(f, json_root(doc)) : end_stopped(f, json_root(doc));
    json_free(doc);
    return rc;
}

static int ask(struct fix *f) {
    const char *checkout = fix_path(f, "checkout"), *why = "";
    const char *words[WORDS_MAX] = {"pr", "--base", f->base, "--body-file",
                                    fix_path(f, "proof.md")};
    struct buf said;
    size_t n = 5;
    int status = 0;
    if (f->options->draft)
        words[n++] = "--draft";
    if (f->options->dry_run)
        words[n++] = "--dry-run";
    words[n] = NULL;
    buf_init(&said, SAID_MAX);
    int rc = fix_ask(f, words,
                     *f->prefix ? arena_printf(&f->arena, "%s/%s", checkout, f->prefix) : checkout,
                     &said, &status, &why);
    if (rc == 0)
        rc = judge(f, &said, status, why);
    buf_done(&said);
    return rc;
}

/* What a person added to our branch, as it was fetched, is theirs. */
static int check_others(struct fix *f, const struct commits *c, const struct settings *s) {
    char tip[REPO_HEX_SIZE];
    const char *who = "", *name = arena_printf(&f->arena, "%s/%s", s->remote, fix_branch(f));
    if (commits_find_remote(c, name, tip) < 0)
        return 0;
    int rc = branch_others(c, &f->arena, tip, f->base, &who);
    return rc == 0 && *who ? fix_end(f, FIX_TAKEN, "%s holds %s", name, who) : rc;
}

static int run(struct fix *f, struct json_writer *w) {
    struct commits *writer = NULL;
    struct settings settings;
    (void)w;
    int rc = fix_settings(f, &settings);
    if (rc < 0)
        return rc;
    if (f->options->no_pr || !f->has_upstream || !settings.forge.kind)
        return fix_end(f, FIX_READY, "%s",
                       f->options->no_pr ? "nobody asked for a pull request"
                       : f->has_upstream ? "no forge is set up: git.forge of noctule.json"
                                         : "there is no upstream to merge it into");
    rc = commits_open_write(&writer, f->place->root);
    if (rc == 0)
        rc = check_others(f, writer, &settings);
    if (rc == 0)
        rc = annex_open(writer, fix_annex(f), fix_branch(f), fix_path(f, "checkout"));
    if (rc == 0)
        rc = ask(f);
    if (rc >= 0) {
        int removed = annex_remove(writer, fix_annex(f), fix_path(f, "checkout"));
        rc = removed < 0 ? removed : rc;
    }
    commits_close(writer);
    return rc;
}

const struct fix_step fix_step_land = {
    .name = "land", .doing = "it is offered, where that was asked for", .run = run, .load = NULL};
