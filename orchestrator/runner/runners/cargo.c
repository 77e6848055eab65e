/* SPDX-License-Identifier: Apache-2.0 */
/* cargo: the test programs of a Cargo workspace. Cargo builds them and says where they are; they
 * are then started as `cargo test` starts them, but once per case, as cargo-nextest does, so that a
 * test that ends its process takes no other with it. That needs no nextest.
 *
 * A case is PACKAGE/lib/NAME, PACKAGE/bin/TARGET/NAME, PACKAGE/test/TARGET/NAME or
 * PACKAGE/example/TARGET/NAME. Documentation tests have no program and are not among them.
 * https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/map.h"
#include "orchestrator/parse/libtest.h"
#include "orchestrator/runner/child.h"
#include "orchestrator/runner/runner.h"

enum { LIST_MAX = 64 << 20, LOG_MAX = 1 << 20 };

const struct runner runner_cargo;

/* A package of the workspace, and one of its test programs. */
struct program {
    const char *package, *version, *manifest; /* manifest: absolute path of its Cargo.toml */
    const char *kind, *target, *path;
};

static int ask(struct runner_job *job, const struct child_spec *spec, const char *what) {
    struct child child;
    int rc = runner_child(&runner_cargo, job, &child, spec);
    if (rc < 0)
        return rc;
    if (child.signal || child.exit_code != 0)
        rc = err_set(ERR_FORMAT, "%s failed (%s %d): %s", what,
                     child.signal ? "signal" : "exit status",
                     child.signal ? child.signal : child.exit_code,
                     runner_last_line(&job->arena, child.words.data, child.words.len));
    child_done(&child);
    return rc;
}

/* What the program expects of its surroundings, as from `cargo test`. */
static const char **env_of(struct arena *arena, const struct program *p, const char *libraries) {
    const char **env = arena_array(arena, 5, sizeof(*env));
    const char *old = getenv("LD_LIBRARY_PATH");
    size_t folder = (size_t)(file_base_name(p->manifest) - p->manifest);
    size_t beside = (size_t)(file_base_name(p->path) - p->path);
    env[0] =
        arena_printf(arena, "CARGO_MANIFEST_DIR=%.*s", folder ? (int)folder - 1 : 0, p->manifest);
    env[1] = arena_printf(arena, "CARGO_PKG_NAME=%s", p->package);
    env[2] = arena_printf(arena, "CARGO_PKG_VERSION=%s", p->version);
    env[3] = arena_printf(arena, "LD_LIBRARY_PATH=%.*s:%s%s%s", (int)beside, p->path, libraries,
                          old ? ":" : "", old ? old : "");
    return env;
}

/* Where the toolchain's own libraries are, which a procedural macro links; "" when it does not say.
 */
static const char *find_libraries(struct runner_job *job) {
    static const char *const argv[] = {"rustc", "--print", "target-libdir", NULL};
    struct buf out;
    struct child child;
    const char *found = "";
    buf_init(&out, LOG_MAX);
    const struct child_spec spec = {.argv = argv, .cwd = job->suite->dir, .out = &out};
    if (child_run(&child, &spec) == 0) {
        if (child.exit_code == 0)
            found = runner_last_line(&job->arena, out.data, out.len);
        child_done(&child);
    }
    buf_done(&out);
    return found;
}

/* ---- which programs ---- */

static int name_package(struct json metadata, struct runner_job *job, struct program *p) {
    struct json packages = {0};
    int rc = json_array(metadata, "packages", &packages);
    for (struct json v = json_first(packages); rc == 0 && v.node; v = json_next(v)) {
        const char *manifest, *name, *version;
        rc = json_str(v, "manifest_path", &manifest);
        if (rc == 0)
            rc = json_str(v, "name", &name);
        if (rc == 0)
            rc = json_str(v, "version", &version);
        if (rc == 0 && strcmp(manifest, p->manifest) == 0) {
            p->package = arena_strdup(&job->arena, name);
            p->version = arena_strdup(&job->arena, version);
            return 0;
        }
    }
    return rc == 0 ? err_set(ERR_FORMAT, "cargo metadata has no package %s", p->manifest) : rc;
}

static const char *id_of(struct arena *arena, const struct program *p, const char *test) {
    bool lib = strcmp(p->kind, "lib") == 0;
    return arena_printf(arena, "%s/%s%s%s%s%s", p->package, p->kind, lib ? "" : "/",
                        lib ? "" : p->target, *test ? "/" : "", test);
}

/* The names of a program's tests, all or those that are ignored. */
static int ask_program(struct runner_job *job, const struct program *p, const char *libraries,
                       const char *which, struct buf *out) {
    const char *const argv[] = {p->path, "--list", "--format", "terse", which, NULL};
    size_t folder = (size_t)(file_base_name(p->manifest) - p->manifest);
    const struct child_spec spec = {.argv = argv,
                                    .cwd = arena_strndup(&job->arena, p->manifest, folder),
                                    .env = env_of(&job->arena, p, libraries),
                                    .out = out};
    return ask(job, &spec, arena_printf(&job->arena, "%s --list", p->path));
}

static int read_ignored(struct runner_job *job, const char *text, struct map *out) {
    const char *name;
    int rc;
    while ((rc = libtest_next(&job->arena, &text, &name)) > 0)
        (void)map_add(out, name, strlen(name), 0);
    return rc;
}

static int add_tests(struct runner_job *job, const struct program *p, const char *libraries,
                     const char *all, const struct map *ignored) {
    const char *name, *const *env = (const char *const *)env_of(&job->arena, p, libraries);
    uint32_t at;
    int rc;
    while ((rc = libtest_next(&job->arena, &all, &name)) > 0) {
        const struct runner_test t = {
            .name = id_of(&job->arena, p, name),
            .group = p->path,
            .place = p->manifest,
            .own_name = name,
            .env = env,
            .skip = map_find_str(ignored, name, &at) ? "the test is #[ignore]" : ""};
        rc = runner_add(job, &t);
        if (rc < 0)
            return rc;
    }
    return rc;
}

/* A program that cannot say what it tests (harness = false) is one red case, and no silence. */
static int add_program(struct runner_job *job, const struct program *p, const char *libraries) {
    struct buf all, ignored;
    struct map names;
    size_t before = job->len;
    map_init(&names, 0);
    buf_init(&all, LIST_MAX);
    buf_init(&ignored, LIST_MAX);
    int rc = ask_program(job, p, libraries, NULL, &all);
    if (rc == 0)
        rc = ask_program(job, p, libraries, "--ignored", &ignored);
    if (rc == 0)
        rc = read_ignored(job, ignored.data, &names);
    if (rc == 0)
        rc = add_tests(job, p, libraries, all.data, &names);
    if (rc == ERR_FORMAT) {
        job->len = before;
        const struct runner_test t = {.name = id_of(&job->arena, p, ""),
                                      .fault = arena_strdup(&job->arena, err_text())};
        rc = runner_add(job, &t);
    }
    map_done(&names);
    buf_done(&all);
    buf_done(&ignored);
    return rc;
}

/* "lib", "bin", "test", "example"; a library may be called "rlib", "proc-macro" … */
static const char *kind_of(struct json target) {
    static const char *const plain[] = {"bin", "test", "example", "bench", NULL};
    const char *kind = "";
    (void)json_as_str(json_at(json_get(target, "kind"), 0), &kind);
    for (size_t i = 0; plain[i]; i++)
        if (strcmp(plain[i], kind) == 0)
            return plain[i];
    return "lib";
}

/* One message of the build. Only programs that were built to test have profile.test. */
static int read_message(struct runner_job *job, struct json message, struct json metadata,
                        const char *libraries) {
    struct program p = {0};
    bool test = false;
    const char *path = "", *manifest = "", *target = "";
    int rc = json_opt_bool(message, "profile.test", &test);
    if (rc == 0)
        rc = json_opt_str(message, "executable", &path);
    if (rc < 0 || !test || !*path)
        return rc;
    rc = json_str(message, "manifest_path", &manifest);
    if (rc == 0)
        rc = json_str(message, "target.name", &target);
    p.manifest = arena_strdup(&job->arena, manifest);
    p.target = arena_strdup(&job->arena, target);
    p.path = arena_strdup(&job->arena, path);
    p.kind = kind_of(json_get(message, "target"));
    if (rc == 0)
        rc = name_package(metadata, job, &p);
    return rc == 0 ? add_program(job, &p, libraries) : rc;
}

static int read_build(struct runner_job *job, const char *lines, struct json metadata) {
    const char *libraries = find_libraries(job);
    int rc = 0;
    for (const char *line = lines, *end; rc == 0 && *line; line = *end ? end + 1 : end) {
        struct json_doc *doc;
        end = strchrnul(line, '\n');
        if (*line != '{') /* what a build script prints */
            continue;
        rc = json_parse(&doc, line, (size_t)(end - line), "a message of cargo", 0);
        if (rc < 0)
            return rc;
        rc = read_message(job, json_root(doc), metadata, libraries);
        json_free(doc);
    }
    return rc;
}

static int list(struct runner_job *job) {
    const char *build_words[] = {"--no-run", "--message-format=json", NULL};
    const char *const none[] = {"test", NULL};
    const struct runner_suite plain = {.program = job->suite->program,
                                       .args = (const char *[]){NULL}};
    const struct runner_suite test = {.program = runner_words(&job->arena, &plain, none),
                                      .args = job->suite->args};
    const char *const ask_metadata[] = {"metadata", "--no-deps", "--format-version", "1", NULL};
    struct buf built, described;
    struct json_doc *doc = NULL;
    buf_init(&built, LIST_MAX);
    buf_init(&described, LIST_MAX);
    const struct child_spec build = {.argv = runner_words(&job->arena, &test, build_words),
                                     .cwd = job->suite->dir,
                                     .out = &built};
    const struct child_spec describe = {.argv = runner_words(&job->arena, &plain, ask_metadata),
                                        .cwd = job->suite->dir,
                                        .out = &described};
    int rc = ask(job, &build, "cargo test --no-run");
    if (rc == 0)
        rc = ask(job, &describe, "cargo metadata");
    if (rc == 0)
        rc = json_parse(&doc, described.data, described.len, "cargo metadata", 0);
    if (rc == 0)
        rc = read_build(job, built.data, json_root(doc));
    json_free(doc);
    buf_done(&built);
    buf_done(&described);
    return rc;
}

/* ---- one test ---- */

static void judge(struct runner_job *job, const struct runner_test *t, const struct child *c,
                  const char *log, struct runner_result *out) {
    enum libtest_outcome said = libtest_outcome(log, t->own_name);
    if (said == LIBTEST_OK && c->signal == 0 && c->exit_code == 0) {
        out->status = ATTEMPT_PASS;
    } else if (said == LIBTEST_IGNORED) {
        out->status = ATTEMPT_NA;
        out->message = "the test is #[ignore]";
    } else if (said == LIBTEST_FAILED && c->signal == 0) {
        out->status = ATTEMPT_FAIL;
        out->message = libtest_why(&job->one, c->words.data);
        if (!*out->message)
            out->message = "the test failed and does not say why";
    }
}

static int run(struct runner_job *job, const struct runner_test *t, struct runner_result *out) {
    const char *path = arena_printf(&job->one, "%s/log", job->scratch);
    const char *const argv[] = {t->group,    t->own_name, "--exact", "--test-threads=1",
                                "--logfile", path,        NULL};
    size_t folder = (size_t)(file_base_name(t->place) - t->place);
    struct child child;
    struct file log = {0};
    (void)remove(path);
    const struct child_spec spec = {
        .argv = argv, .cwd = arena_strndup(&job->one, t->place, folder), .env = t->env};
    int rc = runner_child(&runner_cargo, job, &child, &spec);
    if (rc < 0)
        return rc;
    runner_take_end(job, &child, out);
    runner_take_log(job, &child, out);
    if (file_read(&log, path, LOG_MAX) == 0)
        judge(job, t, &child, (const char *)log.data, out);
    file_done(&log);
    child_done(&child);
    return 0;
}

static const char *program[] = {"cargo", NULL};

const struct runner runner_cargo = {
    .name = "cargo",
    .summary = "the test programs of a Cargo workspace",
    .program = program,
    .dir = ".",
    .install = "install Rust, or the package cargo",
    .list = list,
    .run = run,
};
