/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "engine/base/plain.h"
#include "orchestrator/agent/attempt.h"
#include "orchestrator/agent/driver.h"
#include "orchestrator/agent/receipt.h"
#include "orchestrator/agent/wish.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/proc/stop.h"
#include "orchestrator/store/audit.h"
#include "orchestrator/sweep/place.h"

struct agents_run_opts {
    const char *role, *commit, *culprit, *verify, *out, *receipt, *logs, *task, *run_case, *engine;
    struct wish wish;
    int64_t times;
    bool json;
};

static const struct agents_run_opts defaults = {
    .role = "agents/test-runner.md", .commit = "HEAD", .times = 3};

/* clang-format off */
static const struct opt rows[] = {
    {OPT_STR, "role", 0, offsetof(struct agents_run_opts, role), "FILE", 0, 0,
     "The role whose policy holds; usually agents/test-runner.md."},
    {OPT_STR, "commit", 0, offsetof(struct agents_run_opts, commit), "COMMIT", 0, 0,
     "What it starts from; usually HEAD."},
    {OPT_STR, "culprit", 0, offsetof(struct agents_run_opts, culprit), "COMMIT", 0, 0,
     "For bisect-and-revert: what is taken back."},
    {OPT_STR, "verify", 0, offsetof(struct agents_run_opts, verify), "LINE", 0, 0,
     "A line of shell that must succeed in a fresh copy with the change, and fail without it."},
    {OPT_INT, "times", 0, offsetof(struct agents_run_opts, times), "N", 1, 100,
     "Verify so often, and so often without the change; usually 3."},
    {OPT_STR, "out", 'o', offsetof(struct agents_run_opts, out), "FILE", 0, 0,
     "Write the change there, as a patch, when it was let in and not found wanting."},
    {OPT_STR, "receipt", 0, offsetof(struct agents_run_opts, receipt), "FILE", 0, 0,
     "Write there what it was, did and used, as JSON."},
    {OPT_STR, "task", 0, offsetof(struct agents_run_opts, task), "TEXT", 0, 0,
     "For model: what is asked of it; usually to mend the failing case."},
    {OPT_STR, "run-case", 0, offsetof(struct agents_run_opts, run_case), "LINE", 0, 0,
     "For model: what its tool run_case runs in the copy; usually the line of --verify."},
    {OPT_STR, "engine", 0, offsetof(struct agents_run_opts, engine), "PATH", 0, 0,
     "For model: the noctule-engine that its tool trace_diff runs, absolute or below the copy."},
    {OPT_STR, "logs", 0, offsetof(struct agents_run_opts, logs), "FOLDER", 0, 0,
     "Where the audit is kept; usually logs/ beside noctule.json, or here."},
    {OPT_GROUP, "attempt", 0, offsetof(struct agents_run_opts, wish), wish_opts, 0, 0, NULL},
    {OPT_FLAG, "json", 0, offsetof(struct agents_run_opts, json), NULL, 0, 0,
     "Print the receipt, as JSON."},
    OPT_END_ROW,
};
/* clang-format on */

/* Both are 0-terminated for as long as the attempt goes on. */
struct request {
    struct arena arena;
    struct role role;
    struct attempt_spec spec;
};

static int load_role(struct request *r, const char *path) {
    int rc = wish_load_role(&r->role, path);
    if (rc == 0 && !*r->role.edit && r->role.network != ROLE_NETWORK_MODEL)
        rc = err_set(ERR_NOTNOW, "the role \"%s\" may change nothing and ask nobody", r->role.name);
    r->spec.role = &r->role;
    return rc;
}

static int find_commits(struct request *r, const struct agents_run_opts *o) {
    struct commits *commits = NULL;
    char id[REPO_HEX_SIZE];
    int rc = commits_open(&commits, ".");
    if (rc == 0)
        rc = commits_find(commits, o->commit, id);
    if (rc == 0)
        r->spec.commit = arena_strdup(&r->arena, id);
    if (rc == 0 && o->culprit) {
        rc = commits_find(commits, o->culprit, id);
        r->spec.culprit = arena_strdup(&r->arena, id);
    }
    commits_close(commits);
    return rc;
}

static int want_culprit(const struct driver *d, bool has) {
    if (d->needs_culprit != has)
        return err_set(ERR_ARG, "%s %s --culprit", d->name, has ? "takes no" : "needs");
    return 0;
}

static int fill(struct request *r, const struct agents_run_opts *o, int argc, char **argv) {
    int rc = wish_fill(&r->spec, &r->arena, &o->wish, argv[0], argv + 1, argc - 1);
    if (rc == 0)
        rc = want_culprit(r->spec.driver, o->culprit != NULL);
    if (rc == 0)
        rc = load_role(r, o->role);
    if (rc == 0)
        rc = find_commits(r, o);
    r->spec.verify = o->verify;
    r->spec.times = o->times;
    r->spec.stop = stop_on_signals();
    r->spec.task = o->task;
    r->spec.case_line = o->run_case;
    r->spec.engine = o->engine;
    return rc;
}

static int write_patch(const struct attempt *a, const char *path) {
    struct buf patch;
    buf_init(&patch, CHANGES_PATCH_MAX);
    int rc = changes_patch(&patch, a->commits, a->base, a->proposed);
    if (rc == 0)
        rc = file_replace(path, patch.data, patch.len);
    buf_done(&patch);
    return rc;
}

static bool is_good(const struct attempt *a) {
    return a->verdict == ATTEMPT_PROPOSED || a->verdict == ATTEMPT_VERIFIED ||
           a->verdict == ATTEMPT_REPORTED;
}

static int show(const struct agents_run_opts *o, const struct attempt *a) {
    struct buf json, text;
    int rc = 0;
    buf_init(&json, 4 << 20);
    buf_init(&text, 1 << 20);
    receipt_json(&json, a, 2);
    buf_putc(&json, '\n');
    receipt_text(&text, a);
    if (o->receipt)
        rc = file_replace(o->receipt, json.data, json.len);
    if (rc == 0 && o->out && is_good(a) && a->changes.files)
        rc = write_patch(a, o->out);
    plain_print(stdout, o->json ? json.data : text.data);
    buf_done(&text);
    buf_done(&json);
    return rc < 0 ? rc : is_good(a) ? EXIT_OK : EXIT_FAILED;
}

/* Where noctule.json says, else here. */
static int open_audit(struct audit **out, const char *logs) {
    struct place place;
    if (logs)
        return audit_open(out, logs);
    int rc = place_open(&place, NULL);
    if (rc < 0)
        return rc == ERR_NOTFOUND ? audit_open(out, "logs") : rc;
    rc = audit_open(out, place.logs);
    place_close(&place);
    return rc;
}

static int note_begin(struct audit *audit, const struct attempt_spec *s) {
    struct json_writer w;
    struct buf detail;
    buf_init(&detail, AUDIT_DETAIL_MAX);
    json_writer_init(&w, &detail, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "driver", s->driver->name);
    json_put_str(&w, "commit", s->commit);
    json_put_str(&w, "culprit", s->culprit);
    json_open_array(&w, "command");
    for (const char *const *c = s->command; c && *c; c++)
        json_put_str(&w, NULL, *c);
    json_close_array(&w);
    json_close_object(&w);
    int rc = audit_add(audit, s->role->name, "attempt_begins", detail.data, NULL);
    buf_done(&detail);
    return rc;
}

static int note_end(struct audit *audit, const struct attempt *a) {
    struct buf detail;
    char head[HASH_HEX_SIZE];
    buf_init(&detail, AUDIT_DETAIL_MAX);
    receipt_json(&detail, a, 0);
    int rc = audit_add(audit, a->spec->role->name, "attempt_ends", detail.data, head);
    if (rc == 0)
        log_info("audit: %s", head);
    buf_done(&detail);
    return rc;
}

/* What cannot be noted down is not done. */
static int attempt(const struct agents_run_opts *o, const struct attempt_spec *spec) {
    struct audit *audit = NULL;
    struct attempt a = {.spec = spec};
    int rc = open_audit(&audit, o->logs);
    if (rc == 0)
        rc = note_begin(audit, spec);
    if (rc == 0) {
        rc = attempt_run(&a, spec, ".");
        if (rc == 0)
            rc = note_end(audit, &a);
        else
            (void)audit_add(audit, spec->role->name, "attempt_stops", "{}", NULL);
        if (rc == 0)
            rc = show(o, &a);
        attempt_done(&a);
    }
    audit_close(audit);
    return rc;
}

static int run(const void *opts, int argc, char **argv) {
    const struct agents_run_opts *o = opts;
    struct request r = {.role = {.name = NULL}};
    if (argc == 0)
        return err_set(ERR_ARG, "a driver is wanted: command, model, patch or bisect-and-revert");
    arena_init(&r.arena, 0);
    int rc = fill(&r, o, argc, argv);
    if (rc == 0)
        rc = attempt(o, &r.spec);
    role_done(&r.role);
    arena_done(&r.arena);
    return rc;
}

const struct cmd cmd_agents_run = {
    .name = "agents run",
    .args = "command|model|patch|bisect-and-revert [-- COMMAND …]",
    .summary = "One bounded attempt at a change: proposed in a sandbox or in memory, judged by the "
               "role's policy, verified in a fresh copy, with a receipt. Exit status 1: no good.",
    .opts = rows,
    .opts_size = sizeof(struct agents_run_opts),
    .defaults = &defaults,
    .run = run,
};
