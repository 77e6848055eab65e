/* SPDX-License-Identifier: Apache-2.0 */
/* Which commit did it, where the driver takes that one back. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/opt.h"
#include "orchestrator/agent/driver.h"
#include "orchestrator/bisect/question.h"
#include "orchestrator/fix/fix.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/store/db.h"
#include "orchestrator/sweep/place.h"

enum { ANSWER_MAX = 16 << 20, WORDS_MAX = 16 };

static int read_culprit(struct fix *f, struct json at) {
    const char *commit = "", *subject = "", *status = "";
    double posterior = 0;
    int rc = json_str(at, "commit", &commit);
    if (rc == 0)
        rc = json_str(at, "subject", &subject);
    if (rc == 0)
        rc = json_real(at, "posterior", &posterior);
    if (rc == 0)
        rc = json_str(at, "status", &status);
    if (rc < 0)
        return rc;
    f->proof.culprit.commit = arena_strdup(&f->arena, commit);
    f->proof.culprit.subject = arena_strdup(&f->arena, subject);
    f->proof.culprit.status = arena_strdup(&f->arena, status);
    f->proof.culprit.posterior = posterior;
    return 0;
}

static int take_given(struct fix *f) {
    struct commits_entry e;
    char id[REPO_HEX_SIZE];
    int rc = commits_find(f->commits, f->options->culprit, id);
    if (rc == 0)
        rc = commits_entry(f->commits, &f->arena, id, &e);
    if (rc != 0)
        return rc;
    f->proof.culprit.commit = arena_strdup(&f->arena, id);
    f->proof.culprit.subject = e.subject;
    f->proof.culprit.status = "unverified";
    return 0;
}

/* The answer of noctule bisect --json. */
static int take_answer(struct fix *f, const struct buf *text) {
    struct json_doc *doc;
    struct json culprit = {.node = NULL};
    const char *commit = "", *subject = "", *status = "";
    int rc = json_parse(&doc, text->data, text->len, "the bisection's answer", 0);
    if (rc < 0)
        return rc;
    rc = json_object(json_root(doc), "culprit", &culprit);
    if (rc == 0)
        rc = json_str(culprit, "commit", &commit);
    if (rc == 0)
        rc = json_str(culprit, "subject", &subject);
    if (rc == 0)
        rc = json_real(json_root(doc), "confidence", &f->proof.culprit.posterior);
    if (rc == 0)
        rc = json_str(json_root(doc), "status", &status);
    f->proof.culprit.commit = arena_strdup(&f->arena, commit);
    f->proof.culprit.subject = arena_strdup(&f->arena, subject);
    f->proof.culprit.status = arena_strdup(&f->arena, status);
    json_free(doc);
    return rc;
}

/* What failed in the first run already has no end that is known to be good; nor has what was only
 * ever swept with changes that no commit has. */
static int check_history(struct fix *f) {
    const struct question_words words = {.cluster = f->target.cluster.hash,
                                         .run = f->target.run.name};
    struct question question;
    struct db *db = NULL;
    int rc = place_open_index(&db, f->place);
    if (rc == 0)
        rc = question_find(&question, &f->arena, db, f->commits, &words);
    db_close(db);
    return rc == ERR_NOTNOW ? fix_end(f, FIX_NO_CULPRIT,
                                      "the history of sweeps does not tell between which commits "
                                      "it began; --culprit COMMIT of noctule fix names it")
                            : rc;
}

static int bisect(struct fix *f) {
    const char *words[WORDS_MAX] = {"bisect", f->target.cluster.hash, "--run", f->target.run.name,
                                    "--json"};
    const char *said = "";
    struct buf answer;
    size_t n = 5;
    int status = 0;
    if (f->options->build) {
        words[n++] = "--build";
        words[n++] = f->options->build;
    }
    if (f->options->cache) {
        words[n++] = "--cache";
        words[n++] = f->options->cache;
    }
    words[n] = NULL;
    buf_init(&answer, ANSWER_MAX);
    int rc = fix_ask(f, words, NULL, &answer, &status, &said);
    if (rc == 0 && status == EXIT_OK)
        rc = take_answer(f, &answer);
    else if (rc == 0 && status == EXIT_FAILED)
        rc =
            fix_end(f, FIX_NO_CULPRIT, "the bisection does not decide; noctule bisect %s says more",
                    f->target.cluster.hash);
    else if (rc == 0)
        rc = err_set(ERR_IO, "the bisection: %s", said);
    buf_done(&answer);
    return rc;
}

static int run(struct fix *f, struct json_writer *w) {
    int rc = 0;
    if (f->options->culprit)
        rc = take_given(f);
    else if (f->options->attempt.driver->needs_culprit && (rc = check_history(f)) == 0)
        rc = bisect(f);
    if (rc != 0)
        return rc;
    json_put_str(w, "commit", f->proof.culprit.commit);
    json_put_str(w, "subject", f->proof.culprit.subject);
    json_put_real(w, "posterior", f->proof.culprit.posterior);
    json_put_str(w, "status", f->proof.culprit.status);
    return 0;
}

const struct fix_step fix_step_culprit = {
    .name = "culprit", .doing = "who did it", .run = run, .load = read_culprit};
