/* SPDX-License-Identifier: Apache-2.0 */
/* The driver proposes, in its sandbox or in memory; the tree it proposes is judged by the role and
 * by what noctule.json says of fixes. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/agent/receipt.h"
#include "orchestrator/fix/chat.h"
#include "orchestrator/fix/fix.h"
#include "orchestrator/fix/task.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/proof/ground.h"
#include "orchestrator/sweep/place.h"
#include "orchestrator/sweep/plan.h"
#include "orchestrator/sweep/prepare.h"

enum { RECEIPT_MAX = 4 << 20 };

static const char patch_file[] = "fix.patch";

/* noctule.json says them below the subject's root; git below the top of the checkout. */
static const char *const *below_top(struct fix *f, const char **paths, const char *more) {
    size_t n = 0, k = 0;
    while (paths[n])
        n++;
    const char **all = arena_array(&f->arena, n + 2, sizeof(*all));
    for (size_t i = 0; i < n; i++)
        all[k++] = *f->prefix ? arena_printf(&f->arena, "%s/%s", f->prefix, paths[i]) : paths[i];
    if (more)
        all[k++] = *f->prefix ? arena_printf(&f->arena, "%s/%s", f->prefix, more) : more;
    return (const char *const *)all;
}

/* What judges a fix has names of its own. */
static int refuse_judges(struct fix *f, const struct changes *c) {
    const struct config_fix *rules = &f->place->config.fix;
    const char **none = arena_array(&f->arena, 1, sizeof(*none));
    const char **programs = ground_programs(&f->arena, &f->place->config);
    const char *const *tests = below_top(f, rules->tests, NULL);
    const char *const *limits = below_top(f, rules->limits, NULL);
    const char *const *judges = below_top(f, programs, NULL);
    const char *const *config = below_top(f, none, "noctule.json");
    const struct {
        const char *name, *text;
        const char *const *paths;
    } kinds[] = {
        {"edits_test",          "what tests it",              tests },
        {"loosens_tolerance",   "what it is measured by",     limits},
        {"edits_judge",         "what says which cases pass", judges},
        {"loosens_expectation", "what is expected",           config},
    };
    for (int64_t i = 0; i < c->files; i++)
        for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
            if (changes_has_prefix(kinds[k].paths, c->paths[i]))
                return fix_end(f, FIX_REFUSED, "%s %s: a fix does not change %s", kinds[k].name,
                               c->paths[i], kinds[k].text);
    return 0;
}

static int refuse_others(struct fix *f, const struct attempt *a) {
    struct changes judged = {.files = 0};
    const struct changes_rules rules = {.allowed = below_top(f, f->place->config.fix.paths, NULL),
                                        .may_delete = true,
                                        .files = INT64_MAX,
                                        .lines = INT64_MAX,
                                        .bytes = INT64_MAX};
    int rc = changes_judge(&judged, a->commits, a->base, a->proposed, &rules);
    if (rc == 0 && judged.refused)
        rc = fix_end(f, FIX_REFUSED, "%s %s: %s; see fix.paths of noctule.json",
                     judged.refusals[0].name, judged.refusals[0].path, judged.refusals[0].text);
    changes_done(&judged);
    return rc;
}

static int judge(struct fix *f, const struct attempt *a) {
    int rc = refuse_judges(f, &a->changes);
    if (rc != 0)
        return rc;
    switch (a->verdict) {
    case ATTEMPT_PROPOSED:
        return refuse_others(f, a);
    case ATTEMPT_REFUSED:
        return fix_end(f, FIX_REFUSED, "%s", a->why);
    case ATTEMPT_CUT:
        return fix_end(f, FIX_REFUSED, "budget: cut by the %s", a->why);
    default:
        return fix_end(f, FIX_NO_PROPOSAL, "%s", a->why);
    }
}

/* ---- the task ---- */

static void put_cases(struct buf *out, const struct fix *f) {
    enum { SHOWN = 40 };
    for (size_t i = 0; i < f->proof.case_count && i < SHOWN; i++)
        buf_printf(out, "- %s in %s\n", f->proof.cases[i].name, f->proof.cases[i].cell);
    if (f->proof.case_count > SHOWN)
        buf_printf(out, "- and %zu more\n", f->proof.case_count - SHOWN);
}

static void put_task(struct buf *out, const struct fix *f) {
    const struct target *t = &f->target;
    const struct diagnosis *d = &t->diagnosis;
    buf_printf(out, "# What fails\n\n%s\n\n%s\n\n", t->cluster.words, t->cluster.message);
    buf_printf(out, "The smallest case of it is %s in %s. In the root of the subject\n\n    %s\n\n",
               t->cluster.case_name, t->cluster.cell_name, t->cluster.command);
    buf_puts(out, "runs it alone.\n");
    if (*d->stage)
        buf_printf(out, "The first stage that diverges is %s%s%s%s%s.\n", d->stage,
                   *d->op ? ", in the op " : "", d->op, *d->kernel ? ", kernel " : "", d->kernel);
    if (*f->proof.culprit.commit)
        buf_printf(out, "It began with commit %.12s, %s.\n", f->proof.culprit.commit,
                   f->proof.culprit.subject);
    buf_puts(out, "\n# All cases of it\n\n");
    put_cases(out, f);
}

/* A command of the checkout, where {build} is another folder. */
static const char *in_copy(struct fix *f, const char *command, const char *folder) {
    const char *build = f->place->build, *at = strstr(command, build);
    return at && *build ? arena_printf(&f->arena, "%.*s%s%s", (int)(at - command), command, folder,
                                       at + strlen(build))
                        : command;
}

static int give_task(struct fix *f, struct task *task, struct attempt_spec *spec) {
    struct buf text;
    buf_init(&text, RECEIPT_MAX);
    put_task(&text, f);
    int rc = task_give(task, &f->arena, text.data, fix_path(f, "task.md"), spec);
    buf_done(&text);
    return rc;
}

/* What builds the copy and runs the primary case in it, for a role that may run cases; and what of
 * it traces. */
static void give_tools(struct fix *f, struct attempt_spec *spec) {
    static const char folder[] = "build";
    const struct config *config = &f->place->config;
    const char *cell = f->target.cluster.cell_name, ***commands;
    size_t count, suite = 0;
    struct buf line;
    buf_init(&line, RECEIPT_MAX);
    config_commands(config, &commands, &count);
    for (size_t i = 0; i < count; i++) {
        const char *const *words = (const char *const *)commands[i];
        for (const char **w = prepare_command(&f->arena, words, folder); *w; w++)
            plan_put_word(&line, *w);
        buf_puts(&line, " &&");
    }
    size_t len = strcspn(cell, "/");
    while (suite + 1 < config->suite_count && (strlen(config->suites[suite].name) != len ||
                                               strncmp(config->suites[suite].name, cell, len) != 0))
        suite++;
    const char *const *words = (const char *const *)config->suites[suite].command;
    spec->engine = prepare_command(&f->arena, words, folder)[0];
    buf_printf(&line, " %s", in_copy(f, f->target.cluster.command, folder));
    spec->case_line = arena_strdup(&f->arena, line.data);
    buf_done(&line);
}

/* ---- what is kept of it ---- */

static int keep_patch(struct fix *f, const struct attempt *a) {
    struct buf patch;
    char tree[REPO_HEX_SIZE];
    buf_init(&patch, PROOF_PATCH_MAX);
    int rc = changes_patch(&patch, a->commits, a->base, a->proposed);
    if (rc == 0)
        rc = changes_apply(f->commits, f->proof.base_tree, patch.data, patch.len, tree);
    if (rc == 0 && strcmp(tree, a->proposed) != 0)
        rc = err_set(ERR_UNSUPPORTED, "the change cannot be said as a patch");
    if (rc == 0)
        rc = file_replace(fix_path(f, patch_file), patch.data, patch.len);
    if (rc == 0) {
        f->proof.patch = arena_strndup(&f->arena, patch.data, patch.len);
        f->proof.fixed_tree = arena_strdup(&f->arena, tree);
    }
    buf_done(&patch);
    return rc;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void fill_proof(struct fix *f, const struct attempt *a) {
    struct buf receipt, trailers;
    const char **paths = arena_array(&f->arena, (size_t)a->changes.files, sizeof(*paths));
    size_t count = 0;
    buf_init(&receipt, RECEIPT_MAX);
    buf_init(&trailers, RECEIPT_MAX);
    receipt_json(&receipt, a, 0);
    receipt_trailers(&trailers, a);
    f->proof.receipt = arena_strndup(&f->arena, receipt.data, receipt.len);
    f->trailers = arena_strndup(&f->arena, trailers.data, trailers.len);
    for (int64_t i = 0; i < a->changes.files; i++)
        if (!changes_misnamed(a->changes.paths[i])) /* it is refused, and no record can hold it */
            paths[count++] = arena_strdup(&f->arena, a->changes.paths[i]);
    if (count > 1)
        qsort(paths, count, sizeof(*paths), by_name);
    f->proof.paths = (const char *const *)paths;
    f->proof.path_count = count;
    f->proof.added = a->changes.added;
    f->proof.removed = a->changes.removed;
    f->proof.bytes = a->changes.bytes;
    buf_done(&trailers);
    buf_done(&receipt);
}

static void save(const struct fix *f, struct json_writer *w) {
    json_put_str(w, "tree", f->proof.fixed_tree);
    json_put_int(w, "added", f->proof.added);
    json_put_int(w, "removed", f->proof.removed);
    json_put_int(w, "bytes", f->proof.bytes);
    json_open_array(w, "paths");
    for (size_t i = 0; i < f->proof.path_count; i++)
        json_put_str(w, NULL, f->proof.paths[i]);
    json_close_array(w);
    json_put_str(w, "receipt", f->proof.receipt);
    json_put_str(w, "trailers", f->trailers);
}

static int run(struct fix *f, struct json_writer *w) {
    struct attempt_spec spec = f->options->attempt;
    struct attempt a;
    struct task task;
    spec.role = &f->role;
    spec.commit = f->base;
    spec.culprit = *f->proof.culprit.commit ? f->proof.culprit.commit : NULL;
    spec.tests = below_top(f, f->place->config.fix.tests, NULL);
    spec.tolerances = below_top(f, f->place->config.fix.limits, NULL);
    spec.verify = NULL;
    give_tools(f, &spec);
    spec.stop = f->stop;
    spec.log = fix_path(f, "propose.log");
    int rc = give_task(f, &task, &spec);
    if (rc < 0) {
        task_take_back(&task);
        return rc;
    }
    rc = attempt_run(&a, &spec, f->place->root);
    task_take_back(&task);
    if (rc == 0) {
        fill_proof(f, &a);
        rc = fix_note_attempt(f, f->proof.receipt);
    }
    if (rc == 0)
        rc = judge(f, &a);
    if (rc > 0)
        chat_show_end(spec.log);
    if (rc == 0)
        rc = keep_patch(f, &a);
    if (rc == 0)
        save(f, w);
    attempt_done(&a);
    return rc;
}

static int load_paths(struct fix *f, struct json at) {
    struct json list;
    size_t n = 0;
    int rc = json_array(at, "paths", &list);
    const char **paths = arena_array(&f->arena, json_len(list), sizeof(*paths));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        const char *path = "";
        rc = json_as_str(v, &path);
        paths[n++] = arena_strdup(&f->arena, path);
    }
    f->proof.paths = (const char *const *)paths;
    f->proof.path_count = n;
    return rc;
}

static int load_patch(struct fix *f, const char *tree) {
    struct file patch;
    char made[REPO_HEX_SIZE];
    int rc = file_read(&patch, fix_path(f, patch_file), PROOF_PATCH_MAX);
    if (rc < 0)
        return rc;
    f->proof.patch = arena_strndup(&f->arena, (const char *)patch.data, patch.size);
    rc = changes_apply(f->commits, f->proof.base_tree, f->proof.patch, patch.size, made);
    file_done(&patch);
    if (rc == 0 && strcmp(made, tree) != 0)
        rc = err_set(ERR_FORMAT, "%s is not what it was; --fresh begins again",
                     fix_path(f, patch_file));
    f->proof.fixed_tree = arena_strdup(&f->arena, tree);
    return rc;
}

static int load(struct fix *f, struct json at) {
    const char *tree = "", *receipt = "", *trailers = "";
    int rc = json_str(at, "tree", &tree);
    if (rc == 0)
        rc = json_int(at, "added", 0, INT64_MAX / 2, &f->proof.added);
    if (rc == 0)
        rc = json_int(at, "removed", 0, INT64_MAX / 2, &f->proof.removed);
    if (rc == 0)
        rc = json_int(at, "bytes", 0, INT64_MAX / 2, &f->proof.bytes);
    if (rc == 0)
        rc = json_str(at, "receipt", &receipt);
    if (rc == 0)
        rc = json_str(at, "trailers", &trailers);
    if (rc == 0)
        rc = load_paths(f, at);
    f->proof.receipt = arena_strdup(&f->arena, receipt);
    f->trailers = arena_strdup(&f->arena, trailers);
    return rc == 0 ? load_patch(f, tree) : rc;
}

const struct fix_step fix_step_propose = {
    .name = "propose", .doing = "the driver proposes", .run = run, .load = load};
