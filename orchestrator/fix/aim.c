/* SPDX-License-Identifier: Apache-2.0 */
/* What a fix is of: the cluster, the role that may mend it, and the commit that is mended. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "orchestrator/agent/driver.h"
#include "orchestrator/agent/wish.h"
#include "orchestrator/fix/fix.h"
#include "orchestrator/forge/forge.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/remote.h"
#include "orchestrator/guard/standing.h"
#include "orchestrator/proof/ground.h"
#include "orchestrator/store/db.h"
#include "orchestrator/sweep/place.h"

enum { PART = 12 /* digits of a hash in the name of a folder */, FAULTS_MAX = 1 << 20 };

static int find_target(struct fix *f) {
    struct db *db = NULL;
    int rc = place_open_index(&db, f->place);
    if (rc == 0)
        rc = target_find(&f->target, &f->arena, db, f->options->cluster, f->options->run);
    db_close(db);
    return rc;
}

/* A role's paths, too, count from the subject's root. */
static const char **below_prefix(struct fix *f, const char **paths) {
    size_t n = 0;
    while (paths[n])
        n++;
    const char **all = arena_array(&f->arena, n + 1, sizeof(*all));
    for (size_t i = 0; i < n; i++)
        all[i] = arena_printf(&f->arena, "%s/%s", f->prefix, paths[i]);
    return all;
}

/* Drivers that hand out no work have nobody to instruct; what they may change, noctule.json says.
 * So a project without roles can be mended, too. */
static void make_role(struct fix *f) {
    const struct config_fix *rules = &f->place->config.fix;
    const char **nothing = arena_array(&f->arena, 1, sizeof(*nothing));
    const char *name = f->options->attempt.driver->name;
    f->role = (struct role){.file = "noctule.json",
                            .name = name,
                            .description = name,
                            .text = "",
                            .edit = rules->paths,
                            .read_only = nothing,
                            .tests = nothing,
                            .tolerances = nothing,
                            .files = INT64_MAX,
                            .lines = INT64_MAX,
                            .bytes = INT64_MAX};
    arena_init(&f->role.arena, 0);
}

static int load_role(struct fix *f) {
    const struct driver *driver = f->options->attempt.driver;
    const char *own = f->place->config.fix.role, *path = f->options->role;
    if (!path)
        path = arena_printf(&f->arena, "%s/%s", f->place->root, own ? own : CONFIG_ROLE);
    bool named = own || f->options->role;
    if (!named && !file_exists(path) && !driver->hands_out) {
        make_role(f);
        return 0;
    }
    int rc = wish_load_role(&f->role, path);
    return rc == ERR_NOTFOUND && !named
               ? err_set(rc,
                         "there is no %s: %s plays a role, see docs/agents.md; --role or "
                         "fix.role names another",
                         CONFIG_ROLE, driver->name)
               : rc;
}

static int read_role(struct fix *f) {
    int rc = load_role(f);
    if (rc == 0 && *f->prefix) {
        f->role.edit = below_prefix(f, f->role.edit);
        f->role.read_only = below_prefix(f, f->role.read_only);
    }
    return rc;
}

/* What landing wants is asked before hours of work, and not behind them. */
static int check_landing(struct fix *f, const struct settings *s, const char *url) {
    const struct fix_options *o = f->options;
    struct forge forge;
    int rc = branch_check_identity(f->commits);
    if (rc == 0 && f->has_upstream && s->forge.kind && !o->no_pr && !o->dry_run)
        rc = forge_open(&forge, &f->arena, &s->forge, url, NULL);
    return rc;
}

int fix_settings(struct fix *f, struct settings *out) {
    struct standing s;
    int rc = standing_load(&s, &f->arena, f->commits, f->place->root);
    if (rc == 0)
        *out = s.settings;
    return rc;
}

/* The newest upstream, or HEAD where there is none. */
static int find_base(struct fix *f, struct settings *s) {
    static const char *const fetch[] = {"git", "fetch", NULL};
    struct remote_heads upstream;
    struct buf out;
    const char *said = "";
    int status = 0;
    int rc = fix_settings(f, s);
    if (rc < 0 || f->options->base)
        return rc < 0 ? rc : commits_find(f->commits, f->options->base, f->base);
    f->has_upstream = remote_find(f->commits, &f->arena, s->upstream_remote, &upstream) == 0;
    rc = check_landing(f, s, f->has_upstream ? upstream.url : "");
    if (rc < 0)
        return rc;
    if (!f->has_upstream || f->options->no_pr)
        return commits_find(f->commits, "HEAD", f->base);
    buf_init(&out, FAULTS_MAX);
    rc = fix_ask(f, fetch, f->place->root, &out, &status, &said);
    buf_done(&out);
    if (rc == 0 && status != 0)
        rc = err_set(ERR_IO, "the upstream cannot be fetched: %s", said);
    return rc == 0 ? commits_find_remote(f->commits, s->upstream, f->base) : rc;
}

static void hash_words(struct hash *h, const char *const *words) {
    for (; words && *words; words++)
        hash_add(h, *words, strlen(*words) + 1);
    hash_add(h, "", 1);
}

/* The same question has the same name. */
static const char *name_of(struct fix *f) {
    const struct attempt_spec *a = &f->options->attempt;
    const char *parts[] = {f->base,
                           f->prefix,
                           f->role.name,
                           a->driver->name,
                           a->model ? a->model : "",
                           a->patch ? a->patch : "",
                           f->options->culprit ? f->options->culprit : "",
                           f->options->cells_only ? "cells" : "",
                           a->only ? sandbox_level_name(a->only) : "",
                           NULL};
    char digits[HASH_HEX_SIZE];
    struct hash *h = hash_new();
    hash_words(h, parts);
    hash_words(h, a->command);
    hash_finish(h, digits);
    return arena_printf(&f->arena, "%.*s-%.*s", PART, f->target.cluster.hash, PART, digits);
}

static void fill_record(struct fix *f, const char *id) {
    const struct target *t = &f->target;
    struct proof_name *names = arena_array(&f->arena, t->case_count, sizeof(*names));
    for (size_t i = 0; i < t->case_count; i++)
        names[i] = (struct proof_name){t->cases[i].cell_name, t->cases[i].case_name};
    f->record = (struct fix_record){
        .id = id,
        .cluster = t->cluster.hash,
        .words = t->cluster.words,
        .subject = f->place->config.name,
        .base = f->base,
        .role = f->role.name,
        .driver = f->options->attempt.driver->name,
        .url = "",
        .proof_sha256 = "",
        .cases = names,
        .case_count = t->case_count,
    };
}

static int fill_proof(struct fix *f, const char *id) {
    const struct target *t = &f->target;
    struct commits_entry base;
    int rc = commits_entry(f->commits, &f->arena, f->base, &base);
    if (rc < 0)
        return rc;
    f->proof = (struct proof){
        .id = id,
        .subject = f->place->config.name,
        .prefix = f->prefix,
        .program = NOCTULE_VERSION,
        .cluster = {t->cluster.hash,    t->cluster.kind, t->cluster.words,    t->cluster.message},
        .diagnosis = {t->diagnosis.stage, t->diagnosis.op, t->diagnosis.kernel, t->diagnosis.layer},
        .cell = t->cluster.cell_name,
        .case_name = t->cluster.case_name,
        .base = f->base,
        .base_tree = arena_strdup(&f->arena, base.tree),
        .fixed_tree = "",
        .patch = "",
        .culprit = {"",                 "",              0,                   ""                },
        .role = f->role.name,
        .driver = f->options->attempt.driver->name,
        .runs = f->place->config.fix.runs,
        .needed = f->place->config.fix.needed,
        .scope = "",
        .environment = t->environment,
        .sandbox = "",
        .receipt = "",
        .review = "",
        .audit = "",
    };
    return 0;
}

/* What is not there closes and opens nothing: most likely it was written otherwise. */
static void warn_of_nothing(const struct fix *f) {
    const struct config_fix *c = &f->place->config.fix;
    const struct {
        const char *name, **list;
    } lists[] = {
        {"paths",  c->paths },
        {"tests",  c->tests },
        {"limits", c->limits},
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        for (const char **p = lists[i].list; *p; p++)
            if (!commits_has_path(f->commits, f->proof.base_tree, f->prefix, *p))
                log_warn("%s: fix.%s names %s, which the base does not have", f->place->config.name,
                         lists[i].name, *p);
}

int fix_aim(struct fix *f) {
    struct settings settings;
    int rc = find_target(f);
    if (rc == 0)
        rc = commits_open(&f->commits, f->place->root);
    if (rc == 0)
        rc = commits_prefix(f->commits, &f->arena, f->place->root, &f->prefix);
    if (rc == 0)
        rc = read_role(f);
    if (rc == 0)
        rc = find_base(f, &settings);
    if (rc < 0)
        return rc;
    const char *open = ground_open_suite(&f->place->config);
    if (open)
        log_warn(
            "%s: the workers of %s are built from fix.paths, and fix.limits names nothing there: "
            "what compares is open to a fix; name it in fix.limits",
            f->place->config.name, open);
    const char *id = name_of(f);
    f->folder = arena_printf(&f->arena, "%s/fix/%s", f->place->logs, id);
    fill_record(f, id);
    rc = fill_proof(f, id);
    if (rc == 0)
        warn_of_nothing(f);
    return rc;
}
