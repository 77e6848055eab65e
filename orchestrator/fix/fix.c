/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/fix.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "orchestrator/agent/driver.h"
#include "orchestrator/fix/caps.h"
#include "orchestrator/fix/message.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/worktree.h"
#include "orchestrator/guard/guard.h"
#include "orchestrator/proc/proc.h"
#include "orchestrator/store/audit.h"
#include "orchestrator/sweep/place.h"
#include "orchestrator/sweep/prepare.h"

enum { STEP_MAX = 16 << 20, SAID_MAX = 64 << 10 };

extern const struct fix_step fix_step_culprit, fix_step_reproduce, fix_step_propose,
    fix_step_verify, fix_step_control, fix_step_review, fix_step_bundle, fix_step_commit,
    fix_step_land;
const struct fix_step *const fix_steps[] = {
    &fix_step_culprit, &fix_step_reproduce, &fix_step_propose, &fix_step_verify, &fix_step_control,
    &fix_step_review,  &fix_step_bundle,    &fix_step_commit,  &fix_step_land,   NULL};

/* clang-format off */
static const struct {
    const char *name, *text;
} outcomes[] = {
    {"", ""},
#define X(name, word, text) {word, text},
    FIX_OUTCOME_MAP(X)
#undef X
};
/* clang-format on */

const char *fix_outcome_name(enum fix_outcome o) {
    return outcomes[o].name;
}

const char *fix_outcome_text(enum fix_outcome o) {
    return outcomes[o].text;
}

enum fix_outcome fix_outcome_find(const char *name) {
    for (enum fix_outcome o = FIX_NONE + 1; o < FIX_OUTCOMES; o++)
        if (strcmp(outcomes[o].name, name) == 0)
            return o;
    return FIX_NONE;
}

int fix_end(struct fix *f, enum fix_outcome o, const char *fmt, ...) {
    struct buf text;
    va_list ap;
    buf_init(&text, SAID_MAX);
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    f->outcome = o;
    f->reason = arena_strdup(&f->arena, text.data);
    buf_done(&text);
    return EXIT_FAILED;
}

const char *fix_path(struct fix *f, const char *name) {
    return arena_printf(&f->arena, "%s/%s", f->folder, name);
}

/* The last line that says something; where to look for help is no reason. */
static const char *last_line(struct arena *arena, struct buf *text) {
    static const char hint[] = "\nTry \"";
    char *last = strstr(text->data, hint);
    for (char *next = last; next; next = strstr(next + 1, hint))
        last = next;
    if (last)
        text->len = (size_t)(last - text->data);
    return prepare_last_line(arena, text->data, text->len);
}

int fix_ask(struct fix *f, const char *const *words, const char *cwd, struct buf *out, int *status,
            const char **said) {
    char self[PATH_MAX];
    size_t n = 0;
    struct buf err;
    struct proc_exit end;
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len <= 0)
        return err_errno(ERR_IO, "cannot tell where this program is");
    self[len] = '\0';
    while (words[n])
        n++;
    const char **argv = arena_array(&f->arena, n + 2, sizeof(*argv));
    argv[0] = arena_strdup(&f->arena, self);
    memcpy(argv + 1, words, n * sizeof(*argv));
    buf_init(&err, SAID_MAX);
    const struct proc_spec spec = {.argv = (const char *const *)argv, .cwd = cwd};
    int rc = proc_run(f->loop, &spec, 0, f->stop, out, &err, &end);
    *status = end.code;
    *said = last_line(&f->arena, &err);
    buf_done(&err);
    return rc;
}

int fix_rerun(struct fix *f, struct rerun *out, const struct fix_sweep *sweep) {
    const struct rerun_spec spec = {
        .config = &f->place->config,
        .commits = f->commits,
        .prefix = f->prefix,
        .tree = sweep->tree,
        .folder = fix_path(f, sweep->label),
        .cells = (const char *const *)f->target.cells,
        .everything = sweep->everything && !f->options->cells_only,
        .runs = sweep->decoys_alone ? 0 : f->place->config.fix.runs,
        .built = sweep->built ? fix_path(f, sweep->built) : NULL,
        .decoys = sweep->decoys,
        .least = f->options->attempt.least,
        .only = f->options->attempt.only,
        .stop = f->stop,
    };
    int rc = rerun_run(out, &spec);
    if (rc == 0 && !*out->why)
        log_info("%s: %zu cases in %.1f s, built in %.1f s", sweep->label, out->len,
                 out->sweep_ms / 1000, out->build_ms / 1000);
    return rc;
}

const char *fix_branch(struct fix *f) {
    return arena_printf(&f->arena, "noctule/fix/%.12s", f->record.cluster);
}

const char *fix_annex(struct fix *f) {
    return arena_printf(&f->arena, "noctule-fix-%.12s", f->record.cluster);
}

/* ---- what is kept ---- */

/* What cannot be noted down is not done. */
static int note(struct fix *f, const char *event, const char *step) {
    struct audit *audit = NULL;
    struct json_writer w;
    struct buf detail;
    buf_init(&detail, AUDIT_DETAIL_MAX);
    json_writer_init(&w, &detail, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "fix", f->record.id);
    json_put_str(&w, "cluster", f->record.cluster);
    json_put_str(&w, "base", f->record.base);
    if (step)
        json_put_str(&w, "step", step);
    if (f->outcome) {
        json_put_str(&w, "outcome", fix_outcome_name(f->outcome));
        json_put_str(&w, "reason", f->reason);
    }
    if (f->record.number) {
        json_put_int(&w, "number", f->record.number);
        json_put_str(&w, "url", f->record.url);
    }
    if (f->commit[0])
        json_put_str(&w, "commit", f->commit);
    json_close_object(&w);
    int rc = audit_open(&audit, f->place->logs);
    if (rc == 0)
        rc = audit_add(audit, "fix", event, detail.data, NULL);
    audit_close(audit);
    buf_done(&detail);
    return rc;
}

int fix_note_attempt(struct fix *f, const char *receipt) {
    struct audit *audit = NULL;
    int rc = audit_open(&audit, f->place->logs);
    if (rc == 0)
        rc = audit_add(audit, f->role.name, "attempt_ends", receipt, NULL);
    audit_close(audit);
    return rc;
}

static int write_record(struct fix *f, bool over) {
    struct fix_record *r = &f->record;
    r->tree = f->proof.fixed_tree;
    r->commit = f->commit;
    r->culprit = f->proof.culprit.commit;
    r->paths = f->proof.paths;
    r->path_count = f->proof.path_count;
    r->state = over ? "ended" : "running";
    r->outcome = fix_outcome_name(f->outcome);
    r->reason = f->reason;
    if (over)
        r->ended_ms = clock_wall_ms();
    return fix_record_write(r, f->folder);
}

static const char *step_file(struct fix *f, const struct fix_step *step) {
    return fix_path(f, arena_printf(&f->arena, "%s.json", step->name));
}

/* ---- the steps ---- */

static int load_step(struct fix *f, const struct fix_step *step, const char *path) {
    struct json_doc *doc;
    int rc = json_load(&doc, path, STEP_MAX, 0);
    if (rc < 0)
        return rc;
    rc = step->load ? step->load(f, json_root(doc)) : 0;
    json_free(doc);
    return rc;
}

static int do_step(struct fix *f, const struct fix_step *step, const char *path) {
    struct json_writer w;
    struct buf text;
    log_info("%s", step->doing);
    buf_init(&text, STEP_MAX);
    json_writer_init(&w, &text, 1);
    json_open_object(&w, NULL);
    int rc = note(f, "fix_step_begins", step->name);
    if (rc == 0)
        rc = step->run(f, &w);
    json_close_object(&w);
    buf_putc(&text, '\n');
    if (rc == 0)
        rc = buf_ok(&text, step->name);
    if (rc == 0)
        rc = file_replace(path, text.data, text.len);
    buf_done(&text);
    if (rc < 0)
        return err_while(rc, "%s", step->name);
    int noted = note(f, "fix_step_ends", step->name);
    if (noted == 0)
        noted = write_record(f, rc != 0);
    return noted < 0 ? noted : rc;
}

static int take_steps(struct fix *f) {
    int rc = 0;
    for (const struct fix_step *const *s = fix_steps; rc == 0 && *s; s++) {
        const char *path = step_file(f, *s);
        if (*f->stop)
            return err_set(ERR_STOPPED, "stopped before the step %s; the same command goes on",
                           (*s)->name);
        rc = file_exists(path) ? load_step(f, *s, path) : do_step(f, *s, path);
    }
    return rc;
}

/* An answer that stands is not asked for again; but a proven change that was only shown may be
 * landed now. */
static bool is_answered(struct fix *f, const struct fix_record *r) {
    f->outcome = fix_outcome_find(r->outcome);
    bool goes_on = f->outcome == FIX_READY && !f->options->dry_run && !f->options->no_pr;
    if (strcmp(r->state, "ended") != 0 || f->outcome == FIX_NONE || goes_on) {
        f->outcome = FIX_NONE;
        return false;
    }
    f->reason = r->reason;
    f->record = *r;
    return true;
}

/* A reason for inaction is noted like any other; but nothing was begun. */
static int check_cap(struct fix *f) {
    int64_t begun, cap = f->place->config.fix.per_night;
    int rc = caps_count(f->place->logs, clock_wall_ms(), &begun);
    if (rc < 0 || begun < cap)
        return rc;
    rc = fix_end(f, FIX_CAPPED, "%lld were begun within 24 hours; fix.per_night is %lld",
                 (long long)begun, (long long)cap);
    int noted = note(f, "fix_ends", NULL);
    return noted < 0 ? noted : rc;
}

/* What no message can say is better known before hours of work than behind them. */
static int check_message(struct fix *f) {
    const char *credit = f->options->attempt.driver->hands_out ? "Assisted-by: a:b\n" : "";
    struct guard guard = {.root = NULL};
    int rc = guard_open(&guard, arena_printf(&f->arena, "%s/noctule.json", f->place->root));
    if (rc == 0)
        rc = message_check(&f->arena, &guard, &f->proof, credit);
    guard_close(&guard);
    if (rc != ERR_UNSUPPORTED)
        return rc;
    rc = fix_end(f, FIX_RULES, "%s", err_text());
    int noted = note(f, "fix_ends", NULL);
    return noted < 0 ? noted : rc;
}

static int begin(struct fix *f, bool *answered) {
    struct fix_record before;
    *answered = false;
    int rc = fix_record_load(&before, &f->arena, f->folder);
    if (rc == 0 && is_answered(f, &before)) {
        *answered = true;
        return 0;
    }
    if (rc < 0 && rc != ERR_NOTFOUND)
        return rc;
    f->record.begun_ms = rc == 0 ? before.begun_ms : clock_wall_ms();
    bool resumed = rc == 0;
    rc = check_message(f);
    if (rc == 0 && !resumed)
        rc = check_cap(f);
    if (rc != 0)
        return rc;
    rc = file_make_dirs(f->folder);
    if (rc == 0)
        rc = note(f, resumed ? "fix_resumes" : "fix_begins", NULL);
    return rc == 0 ? write_record(f, false) : rc;
}

int fix_run(struct fix *f, const struct fix_options *options, struct place *place,
            struct loop *loop, const volatile bool *stop) {
    bool answered = false;
    *f = (struct fix){.options = options, .place = place, .loop = loop, .stop = stop, .reason = ""};
    arena_init(&f->arena, 0);
    int rc = fix_aim(f);
    if (rc == 0 && options->fresh)
        rc = worktree_remove(f->folder);
    if (rc == 0)
        rc = begin(f, &answered);
    if (rc < 0 || answered || f->outcome)
        return rc < 0 ? rc : 0;
    rc = take_steps(f);
    if (rc < 0)
        return rc;
    CHECK(f->outcome != FIX_NONE);
    rc = write_record(f, true);
    return rc == 0 ? note(f, "fix_ends", NULL) : rc;
}

void fix_done(struct fix *f) {
    commits_close(f->commits);
    role_done(&f->role);
    arena_done(&f->arena);
    *f = (struct fix){.folder = NULL};
}
