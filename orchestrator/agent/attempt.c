/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/attempt.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "orchestrator/agent/dialect.h"
#include "orchestrator/agent/driver.h"
#include "orchestrator/agent/tree.h"
#include "orchestrator/agent/upstream.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/gather.h"

enum {
    ENTRIES_MAX = 200000,
    FILE_BYTES_MAX = 8 << 20,
    NEW_BYTES_MAX = 64 << 20,
    VERIFY_TEXT = 64 << 10,
};

static const char *const words[] = {
#define X(name, word, text) word,
    ATTEMPT_VERDICT_MAP(X)
#undef X
};

const char *attempt_verdict_name(enum attempt_verdict v) {
    return words[v];
}

struct changes_rules attempt_rules(const struct attempt *a) {
    const struct role *r = a->spec->role;
    return (struct changes_rules){.named = a->named,
                                  .allowed = (const char *const *)r->edit,
                                  .read_only = a->read_only,
                                  .may_delete = a->may_delete,
                                  .files = r->files,
                                  .lines = r->lines,
                                  .bytes = r->bytes};
}

/* ---- what is forbidden, and what of it was tried ---- */

static const char *const *join(struct attempt *a, const char *const *first,
                               const char *const *second) {
    size_t len = 0;
    for (const char *const *p = first; p && *p; p++)
        len++;
    for (const char *const *p = second; p && *p; p++)
        len++;
    const char **all = arena_array(&a->arena, len + 1, sizeof(*all));
    len = 0;
    for (const char *const *p = first; p && *p; p++)
        all[len++] = *p;
    for (const char *const *p = second; p && *p; p++)
        all[len++] = *p;
    return all;
}

/* What a sweep expects stands in noctule.json; a role that names that file may change it. */
static void name_paths(struct attempt *a) {
    static const char *const expectations[] = {"noctule.json", NULL};
    const struct role *r = a->spec->role;
    const char *const *tests = join(a, (const char *const *)r->tests, a->spec->tests);
    const char *const *tolerances =
        join(a, (const char *const *)r->tolerances, a->spec->tolerances);
    bool open = false;
    for (const char **p = r->edit; *p; p++)
        open = open || strcmp(*p, expectations[0]) == 0;
    a->named[0] =
        (struct changes_named){"edits_test", "it is a test, and not to be changed", tests};
    a->named[1] = (struct changes_named){
        "loosens_tolerance", "it says what is close enough, and is not to be changed", tolerances};
    if (!open)
        a->named[2] = (struct changes_named){"loosens_expectation",
                                             "it says what is expected, and is not to be changed",
                                             expectations};
    a->read_only =
        join(a, (const char *const *)r->read_only, join(a, a->spec->tests, a->spec->tolerances));
}

void attempt_note(struct attempt *a, const char *name, const char *path, int64_t turn,
                  const char *fmt, ...) {
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (a->tried < ATTEMPT_TRIES_MAX)
        a->tries[a->tried] =
            (struct attempt_try){arena_strdup(&a->arena, name), arena_strdup(&a->arena, path),
                                 arena_strdup(&a->arena, text), turn};
    a->tried++;
}

static void note_seen(struct attempt *a, enum sandbox_sight sight, const struct sandbox_seen *seen,
                      int64_t turn) {
    struct changes_rules rules = attempt_rules(a);
    const char *name = sandbox_sight_name(sight), *text = "";
    const char *program = seen->program[0] ? seen->program : "a program";
    bool path = sight == SANDBOX_SAW_READ_ONLY || sight == SANDBOX_SAW_OUTSIDE;
    if (sight == SANDBOX_SAW_READ_ONLY) /* a test, or something else that is closed */
        name = changes_name(&rules, seen->what, &text);
    if (path)
        attempt_note(a, name ? name : "read_only", seen->what, turn, "%s opened it for writing",
                     program);
    else
        attempt_note(a, name, "", turn, "%s %s: %s", program, sandbox_sight_text(sight),
                     seen->what);
}

void attempt_note_seen(struct attempt *a, const struct sandbox_report *report, int64_t turn) {
    const struct sandbox_witness *w = &report->witness;
    for (int s = 0; s < SANDBOX_SIGHTS; s++)
        for (int i = 0; i < SANDBOX_FIRST && w->first[s][i].what[0]; i++)
            note_seen(a, (enum sandbox_sight)s, &w->first[s][i], turn);
}

/* Unless the role only wants to know. */
static void refuse_tried(struct attempt *a) {
    for (size_t i = 0; i < a->tried && i < ATTEMPT_TRIES_MAX && !a->spec->role->records; i++) {
        const struct attempt_try *t = &a->tries[i];
        if (t->turn)
            changes_refuse(&a->changes, t->name, t->path, "%s (turn %lld)", t->text,
                           (long long)t->turn);
        else
            changes_refuse(&a->changes, t->name, t->path, "%s", t->text);
    }
}

struct sandbox_limits attempt_limits(const struct attempt *a) {
    const struct role_budget *b = &a->spec->role->budget;
    return (struct sandbox_limits){.wall_ms = b->seconds * 1000, .output_bytes = b->output_bytes};
}

int attempt_gather(struct attempt *a, const char *folder) {
    static const struct gather_rules rules = {
        .file_bytes = FILE_BYTES_MAX, .entries = ENTRIES_MAX, .bytes = NEW_BYTES_MAX};
    int rc = gather_tree(&a->changes, a->commits, a->base, folder, &rules);
    if (rc == 0)
        memcpy(a->proposed, a->changes.tree, sizeof(a->proposed));
    return rc;
}

int attempt_open_model(struct attempt *a, struct upstream **out) {
    const struct attempt_spec *s = a->spec;
    struct upstream_spec spec = {.base_url = s->base_url,
                                 .record = s->record,
                                 .replay = s->replay,
                                 .usd_in = s->usd_in,
                                 .usd_out = s->usd_out,
                                 .budget = s->role->budget};
    *out = NULL;
    if (!s->base_url && !s->replay)
        return 0;
    if (s->role->network != ROLE_NETWORK_MODEL)
        return err_set(ERR_NOTNOW, "the role \"%s\" has no network: model", s->role->name);
    if (s->key)
        spec.key_header = arena_printf(&a->arena, s->dialect->key_format, s->key);
    return upstream_open(out, &spec);
}

void attempt_close_model(struct attempt *a, struct upstream *u) {
    if (u)
        a->meter = upstream_meter(u);
    upstream_close(u);
}

static void conclude(struct attempt *a, enum attempt_verdict v, const char *why) {
    a->verdict = v;
    a->why = arena_strdup(&a->arena, why);
}

/* One run of the check in a fresh copy of a tree: what was built elsewhere does not count. */
static int check_once(struct attempt *a, const char *git_tree, bool *passed) {
    const char *argv[] = {"sh", "-c", a->spec->verify, NULL};
    struct tree tree;
    struct buf text;
    int rc = tree_make(&tree, a->commits, git_tree);
    if (rc < 0)
        return rc;
    struct sandbox_spec spec = {.argv = argv,
                                .tree = tree.folder,
                                .readable = a->spec->readable,
                                .least = a->spec->least,
                                .only = a->spec->only,
                                .limits = attempt_limits(a)};
    buf_init(&text, VERIFY_TEXT);
    struct sandbox_sink sink = {-1, &text};
    struct sandbox_report report;
    rc = sandbox_run(&spec, &sink, &sink, a->spec->stop, &report);
    *passed = rc == 0 && report.code == 0 && !report.cut[0];
    a->control_sandbox = report;
    buf_done(&text);
    tree_remove(&tree);
    return rc;
}

static int check(struct attempt *a, const char *git_tree, int64_t *runs, int64_t *passed) {
    int64_t times = a->spec->times > 0 ? a->spec->times : 1;
    for (*runs = *passed = 0; *runs < times;) {
        bool ok;
        int rc = check_once(a, git_tree, &ok);
        if (rc < 0)
            return rc;
        ++*runs;
        *passed += ok;
    }
    return 0;
}

/* With the change it passes each time, and without it never: anything else proves nothing. */
static int verify(struct attempt *a) {
    int64_t control_passed = 0;
    int rc = check(a, a->proposed, &a->runs, &a->passed);
    if (rc == 0)
        rc = check(a, a->base, &a->control_runs, &control_passed);
    if (rc < 0)
        return rc;
    a->control_failed = a->control_runs - control_passed;
    if (a->passed < a->runs)
        conclude(a, ATTEMPT_UNVERIFIED, "with the change the check still fails");
    else if (control_passed > 0)
        conclude(a, ATTEMPT_UNCONTROLLED, "without the change the check passes too");
    else
        conclude(a, ATTEMPT_VERIFIED, "");
    return 0;
}

static int judge(struct attempt *a) {
    struct changes_rules rules = attempt_rules(a);
    bool reports = !*a->spec->role->edit && strcmp(a->proposed, a->base) == 0;
    int rc = reports ? 0 /* it is not asked for a change */
                     : changes_judge(&a->changes, a->commits, a->base, a->proposed, &rules);
    if (rc < 0)
        return rc;
    if (a->changes.refused) {
        const struct changes_refusal *r = &a->changes.refusals[0];
        conclude(
            a, ATTEMPT_REFUSED,
            arena_printf(&a->arena, "%s%s%s: %s", r->name, *r->path ? " " : "", r->path, r->text));
        return 0;
    }
    if (reports) {
        conclude(a, ATTEMPT_REPORTED, "it may change nothing, and did not");
        return 0;
    }
    conclude(a, ATTEMPT_PROPOSED, "");
    return a->spec->verify ? verify(a) : 0;
}

static int begin(struct attempt *a, const char *root) {
    struct commits_entry entry;
    int rc = commits_open(&a->commits, root);
    if (rc == 0)
        rc = commits_entry(a->commits, &a->arena, a->spec->commit, &entry);
    if (rc == 0)
        memcpy(a->base, entry.tree, sizeof(a->base));
    name_paths(a);
    return rc;
}

/* A guard that was not tried is none. Whoever requires no more than limits does without, and the
 * receipt says so. */
static int prove(struct attempt *a) {
    const struct attempt_spec *s = a->spec;
    if (!s->driver->hands_out && !s->verify)
        return 0;
    a->asked_guards = true;
    int rc = prove_guards(&a->guards, s->least, s->only, s->stop);
    if (rc < 0)
        return err_while(rc, "trying the guards, without which no work is handed out");
    if (a->guards.unproven == 0 || s->least == SANDBOX_LIMITS)
        return 0;
    if (a->guards.tried == 0)
        return err_set(ERR_UNSUPPORTED,
                       "no work is handed out with guards unproven: %s; --require limits does so "
                       "all the same",
                       a->guards.why);
    return err_set(ERR_UNSUPPORTED,
                   "no work is handed out: %zu of %zu guards are unproven, %s; see noctule guard",
                   a->guards.unproven, a->guards.tried, a->guards.why);
}

int attempt_run(struct attempt *out, const struct attempt_spec *spec, const char *root) {
    int64_t started = clock_mono_ns();
    memset(out, 0, sizeof(*out));
    arena_init(&out->arena, 0);
    out->spec = spec;
    out->why = out->said = "";
    int rc = begin(out, root);
    if (rc < 0)
        return rc;
    rc = prove(out);
    if (rc < 0)
        return rc;
    rc = spec->driver->propose(out);
    if (rc == ERR_STOPPED)
        return rc;
    refuse_tried(out);
    if (rc < 0)
        conclude(out, ATTEMPT_FAILED, err_text());
    else if (out->sandbox.cut[0])
        conclude(out, ATTEMPT_CUT, arena_printf(&out->arena, "limit of %s", out->sandbox.cut));
    else if (out->meter.cut[0])
        conclude(out, ATTEMPT_CUT, arena_printf(&out->arena, "budget of %s", out->meter.cut));
    rc = rc < 0 || out->why[0] ? 0 : judge(out);
    out->wall_ms = (double)(clock_mono_ns() - started) / 1e6;
    return rc;
}

void attempt_done(struct attempt *a) {
    changes_done(&a->changes);
    commits_close(a->commits);
    arena_done(&a->arena);
    memset(a, 0, sizeof(*a));
}
