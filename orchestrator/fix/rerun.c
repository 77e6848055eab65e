/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/rerun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/base/map.h"
#include "orchestrator/agent/tree.h"
#include "orchestrator/decoy/decoy.h"
#include "orchestrator/fix/salvage.h"
#include "orchestrator/fix/hearing.h"
#include "orchestrator/git/worktree.h"
#include "orchestrator/proc/closed.h"
#include "orchestrator/proof/ground.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/sweep/config.h"
#include "orchestrator/sweep/index.h"
#include "orchestrator/sweep/prepare.h"
#include "orchestrator/sweep/ward.h"

enum {
    SAID_MAX = 16 << 20,
    WORDS_MAX = 100000,
    TREE_MIB = 64 << 10,
    TREE_FILES = 2000000,
    PROCESSES = 4096,
    OPEN_FILES = 4096,
    ROOM_MIB = 1, /* of a disk that is not full */
};

static const char build_folder[] = "build";

/* What is going on in one throw-away tree. */
struct shop {
    struct rerun *out;
    const struct rerun_spec *spec;
    struct tree tree;
    const char *root;  /* of the subject in it */
    const char *built; /* where the tree lies that was built, once it is judged */
};

static const char *in_folder(struct rerun *r, const char *folder, const char *name) {
    return arena_printf(&r->arena, "%s/%s", folder, name);
}

/* What judges the subject, which what is built there may not write either. */
static const char **judges(struct shop *s) {
    size_t n, k = 0;
    const char *const *paths = ground_judges(&s->out->arena, s->spec->config, &n);
    const char **all = arena_array(&s->out->arena, n + 1, sizeof(*all));
    CHECK(s->tree.folder);
    for (size_t i = 0; i < n; i++) {
        const char *path = in_folder(s->out, s->root, paths[i]);
        path += strlen(s->tree.folder) + 1;
        if (closed_can_hold(&s->out->arena, s->tree.folder, path))
            all[k++] = path;
    }
    return all;
}

/* Runs argv where the subject is. *said: both streams. Landlock closes no file without the folder
 * that it lies in, where nothing could be built then; what is judged is another tree in any case.
 */
static int build_inside(struct shop *s, const char *const *argv, struct buf *said) {
    const struct config_fix *f = &s->spec->config->fix;
    bool closes = s->out->sandbox.level == SANDBOX_NAMESPACES;
    const struct sandbox_spec spec = {
        .argv = argv,
        .tree = s->tree.folder,
        .cwd = s->root,
        .read_only = closes ? judges(s) : NULL,
        .readable = (const char *const *)f->readable,
        .environment = (const char *const *)f->environment,
        .least = s->spec->least,
        .only = s->spec->only,
        .limits = {.wall_ms = f->build_ms,
                   .memory_mib = ward_memory_mib(s->spec->config),
                   .processes = PROCESSES,
                   .open_files = OPEN_FILES,
                   .tree_mib = TREE_MIB,
                   .tree_files = TREE_FILES,
                   .file_mib = TREE_MIB,
                   .output_bytes = SAID_MAX},
    };
    struct sandbox_sink sink = {-1, said};
    return sandbox_run(&spec, &sink, &sink, s->spec->stop, &s->out->sandbox);
}

static void explain(struct shop *s, const char *what, const struct buf *said) {
    struct rerun *r = s->out;
    if (r->sandbox.cut[0])
        r->why = arena_printf(&r->arena, "%s: cut by the limit of %s", what, r->sandbox.cut);
    else
        r->why = arena_printf(&r->arena, "%s: %s", what,
                              said->len ? prepare_last_line(&r->arena, said->data, said->len)
                                        : "it said nothing");
}

/* "{build}/FILE" of bisect.keep, from the folder of one build into that of another. */
static int copy_build(struct shop *s, const char *from, const char *to) {
    int rc = 0;
    for (const char **k = s->spec->config->bisect.keep; rc == 0 && k && *k; k++)
        rc = salvage_file(from, to, *k + strlen("{build}/"));
    return rc;
}

static bool ended_well(const struct sandbox_report *r, int worst) {
    return !r->cut[0] && r->signal == 0 && r->code >= 0 && r->code <= worst;
}

static int build(struct shop *s) {
    const char ***commands;
    size_t count;
    struct buf said;
    int64_t began = clock_mono_ns();
    int rc = 0;
    config_commands(s->spec->config, &commands, &count);
    buf_init(&said, SAID_MAX);
    for (size_t i = 0; rc == 0 && i < count && !*s->out->why; i++) {
        const char *const *words = (const char *const *)commands[i];
        const char **argv = prepare_command(&s->out->arena, words, build_folder);
        rc = build_inside(s, (const char *const *)argv, &said);
        if (rc == 0 && !ended_well(&s->out->sandbox, 0))
            explain(s, "it does not build", &said);
    }
    s->out->build_ms = (double)(clock_mono_ns() - began) / 1e6;
    if (rc == 0)
        rc = file_replace(in_folder(s->out, s->spec->folder, "build.log"), said.data, said.len);
    buf_done(&said);
    return rc;
}

static int sweep(struct shop *s, bool everything) {
    const struct hearing_spec spec = {.root = s->root,
                                      .build = build_folder,
                                      .cells = everything ? NULL : s->spec->cells,
                                      .limit_ms = s->spec->config->fix.sweep_ms,
                                      .least = s->spec->least,
                                      .only = s->spec->only,
                                      .stop = s->spec->stop};
    return hearing_run(&s->out->why, &s->out->arena, &spec);
}

/* Sweeps that somebody committed are none of this tree. */
static int drop_sweeps(struct shop *s) {
    return worktree_remove(in_folder(s->out, s->root, "logs"));
}

/* One sweep, of which no worker can tell whether it is the first, or a decoy. */
static int sit(struct shop *s, const char *tree, const char *kept, bool everything) {
    const struct decoys *d = s->spec->decoys;
    int rc = 0;
    if (d && d->any)
        rc = worktree_fill(s->spec->commits, s->tree.folder, d->blank);
    if (rc == 0)
        rc = worktree_fill(s->spec->commits, s->tree.folder, tree);
    if (rc == 0)
        rc = drop_sweeps(s);
    if (rc == 0)
        rc = sweep(s, everything);
    return rc == 0 && !*s->out->why ? salvage_journals(in_folder(s->out, s->root, "logs"), kept)
                                    : rc;
}

static int sit_decoy(struct shop *s, size_t which) {
    const char *kept = rerun_decoy_folder(&s->out->arena, s->spec->folder, which);
    int rc = worktree_remove(kept);
    if (rc == 0)
        rc = file_make_dirs(kept);
    return rc == 0 ? sit(s, s->spec->decoys->trees[which], kept, false) : rc;
}

static int sweep_all(struct shop *s) {
    const struct decoys *d = s->spec->decoys;
    size_t runs = (size_t)s->spec->runs, all = runs + (d && d->any ? DECOY_TREES : 0);
    size_t *order = arena_array(&s->out->arena, all, sizeof(*order));
    struct dice dice;
    bool first = true;
    int64_t began = clock_mono_ns();
    int rc = dice_init(&dice);
    dice_shuffle(&dice, order, all);
    for (size_t i = 0; rc == 0 && i < all && !*s->out->why; i++) {
        bool decoy = order[i] >= runs;
        rc = decoy ? sit_decoy(s, order[i] - runs)
                   : sit(s, s->spec->tree, s->spec->folder, first && s->spec->everything);
        first = first && decoy;
    }
    s->out->sweep_ms = (double)(clock_mono_ns() - began) / 1e6;
    return rc;
}

static int open_shop(struct shop *s) {
    int rc = worktree_remove(s->spec->folder);
    if (rc == 0)
        rc = file_make_dirs(s->spec->folder);
    if (rc == 0)
        rc = tree_make(&s->tree, s->spec->commits, s->spec->tree);
    if (rc < 0)
        return rc;
    s->root =
        *s->spec->prefix ? in_folder(s->out, s->tree.folder, s->spec->prefix) : s->tree.folder;
    return drop_sweeps(s);
}

/* What built the tree could write in it. So it is judged in a tree that nobody has written to,
 * which holds of the build what runs the cases, and lies where that was built. */
static int change_trees(struct shop *s) {
    const char *below = s->spec->prefix;
    s->built = in_folder(s->out, s->tree.place.home, "built");
    if (rename(s->tree.folder, s->built) != 0)
        return err_errno(ERR_IO, "cannot move %s", s->tree.folder);
    int rc = worktree_fill(s->spec->commits, s->tree.folder, s->spec->tree);
    if (rc == 0)
        rc = drop_sweeps(s);
    s->built = *below ? in_folder(s->out, s->built, below) : s->built;
    return rc;
}

/* From an earlier call, from the build just made, into what is kept for a later one. */
static int bring_build(struct shop *s) {
    const char *kept = in_folder(s->out, s->spec->built ? s->spec->built : s->spec->folder, "kept");
    const char *to = in_folder(s->out, s->root, build_folder);
    const char *from = s->built ? in_folder(s->out, s->built, build_folder) : kept;
    bool whole = !s->spec->config->bisect.keep;
    int rc = whole ? salvage_folder(from, to) : copy_build(s, from, to);
    return rc == 0 && s->built && !whole ? copy_build(s, to, kept) : rc;
}

static int make_build(struct shop *s) {
    int rc = build(s);
    s->out->built = rc == 0 && !*s->out->why;
    if (rc < 0 || !s->out->built)
        return rc;
    rc = salvage_check(s->tree.folder, s->spec->prefix);
    return rc == 0 ? change_trees(s) : rc;
}

/* Of a tree on a full disk nothing is known: that is no answer that stands. */
static int check_room(struct shop *s) {
    struct statvfs disk;
    if (!*s->out->why || statvfs(s->tree.place.home, &disk) != 0 ||
        (uint64_t)disk.f_bavail * disk.f_frsize > (uint64_t)ROOM_MIB << 20)
        return 0;
    return err_set(ERR_IO,
                   "the disk that holds %s is full, and then %s; the same command goes on "
                   "once that is mended",
                   s->tree.place.home, s->out->why);
}

/* Nothing was run in a sandbox yet when the build is an earlier one. */
static void note_level(struct shop *s) {
    int abi;
    enum sandbox_level best = sandbox_best(&abi);
    s->out->sandbox.level = s->spec->only ? s->spec->only : best;
}

int rerun_run(struct rerun *out, const struct rerun_spec *spec) {
    *out = (struct rerun){.why = ""};
    arena_init(&out->arena, 0);
    struct shop s = {.out = out, .spec = spec};
    int rc = open_shop(&s);
    out->built = true;
    note_level(&s);
    if (rc == 0 && !(spec->built && spec->config->bisect.keep))
        rc = make_build(&s);
    if (rc == 0 && out->built)
        rc = bring_build(&s);
    if (rc == 0 && out->built)
        rc = sweep_all(&s);
    if (rc == 0)
        rc = check_room(&s);
    tree_remove(&s.tree);
    if (rc < 0 || *out->why)
        return rc;
    struct rerun counted;
    rc = rerun_load(&counted, spec->folder);
    if (rc < 0)
        return rc;
    counted.built = true;
    counted.sandbox = out->sandbox;
    counted.build_ms = out->build_ms;
    counted.sweep_ms = out->sweep_ms;
    arena_done(&out->arena);
    *out = counted;
    return out->runs == spec->runs
               ? 0
               : err_set(ERR_FORMAT, "%s holds %lld journals, not %lld", spec->folder,
                         (long long)out->runs, (long long)spec->runs);
}

static void count_red(struct rerun_case *c, const struct result *r, struct arena *arena) {
    if (c->red++ == 0) {
        (void)snprintf(c->signature, sizeof(c->signature), "%s", r->signature_hash);
        c->message = arena_strdup(arena, r->last.message);
    }
    c->same += strcmp(c->signature, r->signature_hash) == 0;
}

static void count_result(struct rerun_case *c, const struct result *r, struct arena *arena) {
    c->runs++;
    c->na += r->verdict == VERDICT_NA;
    c->plain += r->verdict == VERDICT_PASS;
    if (r->verdict == VERDICT_PASS || r->verdict == VERDICT_XPASS || r->verdict == VERDICT_XFAIL)
        c->passed++;
    else if (verdict_is_red(r->verdict) || r->verdict == VERDICT_FLAKY)
        count_red(c, r, arena);
}

struct tallying {
    struct rerun *out;
    struct map known; /* "CELL\tNAME" */
    size_t cap;
};

static void add_result(struct tallying *t, const struct result *r) {
    struct rerun *out = t->out;
    const char *key = arena_printf(&out->arena, "%s\t%s", r->cell_name, r->case_name);
    uint32_t at = (uint32_t)out->len;
    if (map_add(&t->known, key, strlen(key), at)) {
        if (out->len == t->cap) {
            t->cap = t->cap ? 2 * t->cap : 256;
            struct rerun_case *grown = arena_array(&out->arena, t->cap, sizeof(*grown));
            if (out->len)
                memcpy(grown, out->cases, out->len * sizeof(*grown));
            out->cases = grown;
        }
        out->cases[out->len++] = (struct rerun_case){
            .cell = arena_strdup(&out->arena, r->cell_name),
            .name = arena_strdup(&out->arena, r->case_name),
            .message = "",
        };
    } else {
        (void)map_find_str(&t->known, key, &at);
    }
    count_result(&out->cases[at], r, &out->arena);
}

static int by_cell_and_name(const void *a, const void *b) {
    const struct rerun_case *x = a, *y = b;
    int order = strcmp(x->cell, y->cell);
    return order ? order : strcmp(x->name, y->name);
}

static int add_run(struct tallying *t, struct db *db, int64_t run) {
    struct arena arena;
    struct result *rows = NULL;
    size_t len = 0;
    arena_init(&arena, 0);
    const struct result_filter filter = {.run = run};
    int rc = results_list(db, &arena, &filter, &rows, &len);
    for (size_t i = 0; rc == 0 && i < len; i++)
        add_result(t, &rows[i]);
    arena_done(&arena);
    return rc;
}

static int tally(struct rerun *out, struct db *db) {
    struct tallying t = {.out = out};
    struct run *runs = NULL;
    size_t len = 0;
    map_init(&t.known, 1024);
    int rc = runs_list(db, &out->arena, NULL, 0, &runs, &len);
    for (size_t i = len; rc == 0 && i > 0; i--)
        rc = add_run(&t, db, runs[i - 1].id);
    map_done(&t.known);
    out->runs = (int64_t)len;
    if (out->len)
        qsort(out->cases, out->len, sizeof(*out->cases), by_cell_and_name);
    return rc;
}

const char *rerun_decoy_folder(struct arena *arena, const char *folder, size_t which) {
    return arena_printf(arena, "%s.decoy-%zu", folder, which);
}

int rerun_load(struct rerun *out, const char *folder) {
    struct db *db = NULL;
    int64_t runs, lines;
    *out = (struct rerun){.why = ""};
    arena_init(&out->arena, 0);
    const char *path = in_folder(out, folder, "index.db");
    int rc = file_is_dir(folder) ? 0 : err_set(ERR_NOTFOUND, "there is no %s", folder);
    if (rc == 0)
        rc = index_rebuild(path, folder, &runs, &lines);
    if (rc == 0)
        rc = db_open(&db, path, DB_READ);
    if (rc == 0)
        rc = tally(out, db);
    db_close(db);
    return rc;
}

static int cause_in_run(struct arena *arena, struct db *db, int64_t run, const char *cell,
                        const char *name, const char **out) {
    struct cluster *causes;
    struct cluster_case *cases;
    size_t count = 0, members;
    int rc = clusters_of_run(db, arena, run, &causes, &count);
    for (size_t k = 0; rc == 0 && k < count && !**out; k++) {
        rc = clusters_cases(db, arena, run, causes[k].cause, &cases, &members);
        for (size_t m = 0; rc == 0 && m < members; m++)
            if (strcmp(cases[m].cell_name, cell) == 0 && strcmp(cases[m].case_name, name) == 0)
                *out = causes[k].hash;
    }
    return rc;
}

int rerun_cause(struct arena *arena, const char *folder, const char *cell, const char *name,
                const char **out) {
    struct db *db = NULL;
    struct run *runs = NULL;
    size_t len = 0;
    *out = "";
    int rc = db_open(&db, arena_printf(arena, "%s/index.db", folder), DB_READ);
    if (rc == 0)
        rc = runs_list(db, arena, NULL, 0, &runs, &len);
    for (size_t i = 0; rc == 0 && i < len && !**out; i++)
        rc = cause_in_run(arena, db, runs[i].id, cell, name, out);
    db_close(db);
    return rc;
}

void rerun_done(struct rerun *r) {
    arena_done(&r->arena);
    *r = (struct rerun){.why = ""};
}

const struct rerun_case *rerun_find(const struct rerun *r, const char *cell, const char *name) {
    const struct rerun_case key = {.cell = cell, .name = name};
    return r->len ? bsearch(&key, r->cases, r->len, sizeof(key), by_cell_and_name) : NULL;
}

const struct decoy_case *rerun_names(const struct rerun *r, struct arena *arena) {
    struct decoy_case *names = arena_array(arena, r->len + 1, sizeof(*names));
    for (size_t i = 0; i < r->len; i++)
        names[i] = (struct decoy_case){r->cases[i].cell, r->cases[i].name};
    return names;
}
