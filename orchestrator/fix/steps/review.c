/* SPDX-License-Identifier: Apache-2.0 */
/* A second role reads the change and what was measured, and may stop it. It may change nothing, and
 * what it says is kept beside the proof. What cannot be understood is a no. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/fix/chat.h"
#include "orchestrator/fix/fix.h"
#include "orchestrator/fix/task.h"
#include "orchestrator/sweep/place.h"

enum { TASK_MAX = 16 << 20 };

/* The page of the proof, and the patch. */
static int give_task(struct fix *f, struct task *task, struct attempt_spec *spec) {
    struct buf text;
    buf_init(&text, TASK_MAX);
    proof_text(&text, &f->proof);
    buf_printf(&text, "\n# The change\n\n```diff\n%s```\n", f->proof.patch);
    int rc = task_give(task, &f->arena, text.data, fix_path(f, "review.md"), spec);
    buf_done(&text);
    return rc;
}

/* From the first brace to the last. */
static const char *object_in(struct arena *arena, const char *said) {
    const char *open = strchr(said, '{'), *close = strrchr(said, '}');
    return open && close && close > open ? arena_strndup(arena, open, (size_t)(close - open + 1))
                                         : "";
}

static int turn_down(struct fix *f, struct json report) {
    const char *reason = "", *text = "";
    struct json finding = json_at(json_get(report, "findings"), 0);
    if (json_opt_str(report, "reason", &reason) < 0 || json_opt_str(finding, "text", &text) < 0)
        reason = text = "";
    return fix_end(f, FIX_TURNED_DOWN, "%s%s%s", *reason ? reason : "the reviewer says no",
                   *text ? ": " : "", text);
}

static int judge(struct fix *f, const char *said) {
    const char *object = object_in(&f->arena, said), *verdict = "";
    struct json_doc *doc;
    if (!*object)
        return fix_end(f, FIX_TURNED_DOWN, "the reviewer's answer holds no JSON object");
    int rc = json_parse(&doc, object, strlen(object), "the review", 0);
    if (rc < 0)
        return fix_end(f, FIX_TURNED_DOWN, "the reviewer's answer cannot be understood: %s",
                       err_text());
    if (json_str(json_root(doc), "verdict", &verdict) < 0 || strcmp(verdict, "LAND") != 0)
        rc = turn_down(f, json_root(doc));
    f->proof.review = object;
    json_free(doc);
    return rc;
}

static int review(struct fix *f) {
    struct attempt_spec spec = f->options->review;
    struct role role = {.name = NULL};
    struct attempt a = {.said = ""};
    struct task task = {.place = {.home = NULL}};
    spec.role = &role;
    spec.commit = f->base;
    spec.stop = f->stop;
    spec.log = fix_path(f, "review.log");
    int rc = role_load(
        &role, arena_printf(&f->arena, "%s/%s", f->place->root, f->place->config.fix.reviewer));
    if (rc == 0)
        rc = fix_seal(f);
    if (rc == 0)
        rc = give_task(f, &task, &spec);
    if (rc == 0)
        rc = attempt_run(&a, &spec, f->place->root);
    if (rc == 0)
        rc = file_replace(fix_path(f, "review.txt"), a.said, strlen(a.said));
    if (rc == 0 && a.verdict != ATTEMPT_REPORTED)
        rc = fix_end(f, FIX_TURNED_DOWN, "the reviewer was %s: %s", attempt_verdict_name(a.verdict),
                     a.why);
    if (rc == 0)
        rc = judge(f, a.said);
    if (rc > 0)
        chat_show_end(spec.log);
    task_take_back(&task);
    attempt_done(&a);
    role_done(&role);
    return rc;
}

static int run(struct fix *f, struct json_writer *w) {
    int rc = f->options->review.driver ? review(f) : 0;
    if (rc == 0)
        json_put_str(w, "review", f->proof.review);
    return rc;
}

static int load(struct fix *f, struct json at) {
    const char *text = "";
    int rc = json_str(at, "review", &text);
    f->proof.review = arena_strdup(&f->arena, text);
    return rc;
}

const struct fix_step fix_step_review = {
    .name = "review", .doing = "the reviewer reads it, if there is one", .run = run, .load = load};
