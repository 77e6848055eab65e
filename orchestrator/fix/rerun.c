/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/rerun.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/base/map.h"
#include "orchestrator/agent/tree.h"
#include "orchestrator/fix/salvage.h"
#include "orchestrator/git/worktree.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/sweep/config.h"
#include "orchestrator/sweep/index.h"
#include "orchestrator/sweep/prepare.h"

enum {
    SAID_MAX = 16 << 20,
    WORDS_MAX = 100000,
    TREE_MIB = 64 << 10,
    TREE_FILES = 2000000,
    PROCESSES = 4096,
    OPEN_FILES = 4096,
};

static const char build_folder[] = "build";

/* What is going on in one throw-away tree. */
struct shop {
    struct rerun *out;
    const struct rerun_spec *spec;
    struct tree tree;
    const char *root; /* of the subject in it */
    const char *self; /* this program, where the sandbox can come */
};

static const char *in_folder(struct rerun *r, const char *folder, const char *name) {
    return arena_printf(&r->arena, "%s/%s", folder, name);
}

static int64_t memory_of(const struct config_fix *f) {
    int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return f->memory_mib ? f->memory_mib : (pages / 4 * 3 * page) >> 20;
}

static const char **join_lists(struct arena *arena, const char *first, const char **rest) {
    size_t n = 0, k = 0;
    while (rest[n])
        n++;
    const char **all = arena_array(arena, n + 2, sizeof(*all));
    if (first)
        all[k++] = first;
    for (size_t i = 0; i < n; i++)
        all[k++] = rest[i];
    return all;
}

/* Tests and limits of the subject, which what is built there may not write either. */
static const char **judges(struct shop *s) {
    const struct config_fix *f = &s->spec->config->fix;
    size_t n = 0, k = 0;
    for (const char **p = f->tests; *p; p++)
        n++;
    for (const char **p = f->limits; *p; p++)
        n++;
    const char **all = arena_array(&s->out->arena, n + 2, sizeof(*all));
    const char **lists[] = {f->tests, f->limits};
    for (size_t i = 0; i < 2; i++)
        for (const char **p = lists[i]; *p; p++) {
            const char *path = in_folder(s->out, s->root, *p);
            if (file_exists(path))
                all[k++] = path + strlen(s->tree.folder) + 1;
        }
    all[k] = arena_printf(&s->out->arena, "%s%snoctule.json", s->spec->prefix,
                          *s->spec->prefix ? "/" : "");
    return all;
}

/* Runs argv where the subject is. *said: both streams. */
static int run_inside(struct shop *s, const char *const *argv, int64_t limit_ms, struct buf *said) {
    static const char *const wrap[] = {"sh", "-c", "cd -- \"$0\" && exec \"$@\""};
    const struct config_fix *f = &s->spec->config->fix;
    struct arena *arena = &s->out->arena;
    size_t n = 0, k = 0;
    while (argv[n])
        n++;
    const char **line = arena_array(arena, n + 5, sizeof(*line));
    if (*s->spec->prefix) {
        for (; k < 3; k++)
            line[k] = wrap[k];
        line[k++] = s->spec->prefix;
    }
    for (size_t i = 0; i < n; i++)
        line[k++] = argv[i];
    const struct sandbox_spec spec = {
        .argv = line,
        .tree = s->tree.folder,
        .read_only = judges(s),
        .readable = join_lists(arena, s->self, f->readable),
        .environment = f->environment,
        .least = s->spec->least,
        .only = s->spec->only,
        .limits = {.wall_ms = limit_ms,
                   .memory_mib = memory_of(f),
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

static int take_build(struct shop *s) {
    const char *kept = in_folder(s->out, s->spec->built, "kept");
    return copy_build(s, kept, in_folder(s->out, s->root, build_folder));
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
        rc = run_inside(s, (const char *const *)argv, s->spec->config->fix.build_ms, &said);
        if (rc == 0 && !ended_well(&s->out->sandbox, 0))
            explain(s, "it does not build", &said);
    }
    s->out->build_ms = (double)(clock_mono_ns() - began) / 1e6;
    if (rc == 0)
        rc = file_replace(in_folder(s->out, s->spec->folder, "build.log"), said.data, said.len);
    buf_done(&said);
    return rc;
}

/* Exit status 1 of a sweep says that it ran and something is red. */
static int sweep(struct shop *s, bool everything) {
    static const char *const head[] = {"sweep", "--no-build", "--build", build_folder};
    struct buf said;
    size_t n = 0, k = 0;
    while (s->spec->cells[n])
        n++;
    const char **argv = arena_array(&s->out->arena, 2 * n + 6, sizeof(*argv));
    argv[k++] = s->self;
    for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++)
        argv[k++] = head[i];
    for (size_t i = 0; i < n && !everything; i++) {
        argv[k++] = "--cell";
        argv[k++] = s->spec->cells[i];
    }
    buf_init(&said, SAID_MAX);
    int rc = run_inside(s, (const char *const *)argv, s->spec->config->fix.sweep_ms, &said);
    if (rc == 0 && !ended_well(&s->out->sandbox, 1))
        explain(s, "it cannot be swept", &said);
    buf_done(&said);
    return rc;
}

static int sweep_all(struct shop *s) {
    int64_t began = clock_mono_ns();
    int rc = 0;
    for (int64_t i = 0; rc == 0 && i < s->spec->runs && !*s->out->why; i++)
        rc = sweep(s, i == 0 && s->spec->everything);
    s->out->sweep_ms = (double)(clock_mono_ns() - began) / 1e6;
    return rc;
}

static int open_shop(struct shop *s) {
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n <= 0)
        return err_errno(ERR_IO, "cannot tell where this program is");
    self[n] = '\0';
    int rc = worktree_remove(s->spec->folder);
    if (rc == 0)
        rc = file_make_dirs(s->spec->folder);
    if (rc == 0)
        rc = tree_make(&s->tree, s->spec->commits, s->spec->tree);
    if (rc == 0) {
        s->self = in_folder(s->out, s->tree.place.home, "noctule");
        rc = salvage_program(self, s->self);
    }
    if (rc == 0)
        s->root =
            *s->spec->prefix ? in_folder(s->out, s->tree.folder, s->spec->prefix) : s->tree.folder;
    /* Sweeps that somebody committed are none of this tree. */
    return rc == 0 ? worktree_remove(in_folder(s->out, s->root, "logs")) : rc;
}

int rerun_run(struct rerun *out, const struct rerun_spec *spec) {
    *out = (struct rerun){.why = ""};
    arena_init(&out->arena, 0);
    struct shop s = {.out = out, .spec = spec};
    int rc = open_shop(&s);
    if (rc == 0)
        rc = spec->built && spec->config->bisect.keep ? take_build(&s) : build(&s);
    out->built = rc == 0 && !*out->why;
    if (out->built)
        rc = salvage_check(s.tree.folder, spec->prefix);
    if (rc == 0 && out->built && !spec->built)
        rc = copy_build(&s, in_folder(out, s.root, build_folder),
                        in_folder(out, spec->folder, "kept"));
    if (rc == 0 && out->built)
        rc = sweep_all(&s);
    if (rc == 0 && out->built)
        rc = salvage_check(s.tree.folder, spec->prefix);
    if (rc == 0 && out->built && !*out->why)
        rc = salvage_journals(in_folder(out, s.root, "logs"), spec->folder);
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
