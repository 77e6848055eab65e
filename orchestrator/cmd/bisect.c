/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "orchestrator/bisect/hunt.h"
#include "orchestrator/bisect/report.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/worktree.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/stop.h"
#include "orchestrator/store/db.h"
#include "orchestrator/sweep/lock.h"
#include "orchestrator/sweep/place.h"

struct options {
    struct question_words words;
    struct opt_list hints;
    double flake, confidence;
    int64_t verify, max_builds;
    const char *build, *cache;
    bool any, own_fixture, fresh, json;
};

static const struct opt opts[] = {
    {OPT_STR,  "cell",        0, offsetof(struct options, words.cell),      "CELL",   0,   0,
     "The cell that fails, as noctule plan names it."                                                           },
    {OPT_STR,  "case",        0, offsetof(struct options, words.case_name), "ID",     0,   0,
     "The case of it that fails."                                                                               },
    {OPT_STR,  "good",        0, offsetof(struct options, words.good),      "COMMIT", 0,   0,
     "A commit where it passed; usually that of the last pass on record."                                       },
    {OPT_STR,  "bad",         0, offsetof(struct options, words.bad),       "COMMIT", 0,   0,
     "A commit where it fails; usually that of the first failure since."                                        },
    {OPT_STR,  "run",         0, offsetof(struct options, words.run),       "RUN",    0,   0,
     "The run whose failure is meant; usually the newest that has one."                                         },
    {OPT_REAL, "flake",       0, offsetof(struct options, flake),           "RATE",   0,   0.4,
     "How often a run is wrong, 0 to 0.4; usually what history says."                                           },
    {OPT_REAL, "confidence",  0, offsetof(struct options, confidence),      "P",      0.5, 0.9999,
     "How sure an answer must be; usually 0.99."                                                                },
    {OPT_INT,  "verify",      0, offsetof(struct options, verify),          "N",      0,   50,
     "Run culprit and parent again, N times at least; 0 = not at all. Usually 3."                               },
    {OPT_INT,  "max-builds",  0, offsetof(struct options, max_builds),      "N",      1,   100000,
     "Give up after so many builds; usually 200."                                                               },
    {OPT_LIST, "path",        0, offsetof(struct options, hints),           "PATH",   0,   0,
     "A commit that touches this is likelier the culprit."                                                      },
    {OPT_FLAG, "any",         0, offsetof(struct options, any),             NULL,     0,   0,
     "Any failure of the case counts, not only the same."                                                       },
    {OPT_FLAG, "own-fixture", 0, offsetof(struct options, own_fixture),     NULL,     0,   0,
     "Take each commit's own fixture, not the bad commit's: the fixture may be the culprit."                    },
    {OPT_FLAG, "fresh",       0, offsetof(struct options, fresh),           NULL,     0,   0,
     "Begin again, though this was asked before."                                                               },
    {OPT_STR,  "build",       0, offsetof(struct options, build),           "FOLDER", 0,   0,
     "What {build} stands for in noctule.json; usually the folder of this program, else "
     "build, when that lies outside of the checkout."                                                           },
    {OPT_STR,  "cache",       0, offsetof(struct options, cache),           "FOLDER", 0,   0,
     "Where commits are built; usually below ~/.cache/noctule."                                                 },
    {OPT_FLAG, "json",        0, offsetof(struct options, json),            NULL,     0,   0,      "Print JSON."},
    OPT_END_ROW,
};

static const struct options defaults = {
    .flake = -1, .confidence = 0.99, .verify = 3, .max_builds = 200};

static const bool *stop;

/* A folder of this checkout alone: two checkouts of one subject must not share a build. */
static const char *cache_folder(const struct options *o, struct place *place) {
    char digits[HASH_HEX_SIZE], *real = realpath(place->root, NULL);
    const char *root = real ? real : place->root, *base = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME"), *folder;
    hash_bytes(root, strlen(root), digits);
    if (o->cache && *o->cache != '/') {
        char *cwd = realpath(".", NULL);
        folder = arena_printf(&place->arena, "%s/%s", cwd ? cwd : ".", o->cache);
        free(cwd);
    } else if (o->cache) {
        folder = o->cache;
    } else if ((base && *base == '/') || (home && *home == '/')) {
        bool xdg = base && *base == '/';
        folder = arena_printf(&place->arena, "%s%s/noctule/bisect/%s-%.12s", xdg ? base : home,
                              xdg ? "" : "/.cache", place->config.name, digits);
    } else {
        folder = arena_printf(&place->arena, "%s/logs/bisect/cache", root);
    }
    free(real);
    return folder;
}

/* A build that asks git where it is must not be told of the user's checkout. */
static void hide_checkout(const char *cache) {
    static const char *const names[] = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        (void)unsetenv(names[i]);
    (void)setenv("GIT_CEILING_DIRECTORIES", cache, 1);
}

/* The history of sweeps, or NULL when there is none. */
static int open_index(struct db **out, const struct place *place) {
    int rc = place_open_index(out, place);
    if (rc != ERR_NOTFOUND)
        return rc;
    *out = NULL;
    return 0;
}

static int ask(const struct options *o, const struct place *place, struct commits *commits,
               struct arena *arena, struct diary_question *out) {
    struct db *db = NULL;
    int rc = open_index(&db, place);
    *out = (struct diary_question){.any = o->any,
                                   .own_fixture = o->own_fixture,
                                   .flake = o->flake,
                                   .confidence = o->confidence,
                                   .verify_runs = (int)o->verify,
                                   .max_builds = (int)o->max_builds};
    if (rc == 0)
        rc = question_find(&out->asked, arena, db, commits, &o->words);
    db_close(db);
    return rc;
}

static int hunt(const struct options *o, struct place *place, const char *cache,
                struct commits *commits, const struct diary_question *question, struct loop *loop) {
    struct hunt h;
    struct buf out;
    const struct hunt_place where = {.rules = place->config.failure_rules,
                                     .root = place->root,
                                     .build = place->build,
                                     .logs = place->logs,
                                     .cache = cache};
    hide_checkout(cache);
    if (o->fresh) {
        int removed = worktree_remove(diary_folder(&place->arena, place->logs, question));
        if (removed < 0)
            return removed;
    }
    int rc = hunt_run(&h, question, commits, &o->hints, &where, loop, stop);
    buf_init(&out, 16 << 20);
    if (rc == ERR_STOPPED)
        log_info("stopped; the same command goes on");
    if (rc == 0 && h.old_answer)
        log_info("this was answered before; --fresh asks again");
    if (rc == 0 && o->json) {
        report_json(&out, &h, 2);
        buf_putc(&out, '\n');
    } else if (rc == 0) {
        report_text(&out, &h);
    }
    fputs(out.data, stdout);
    if (rc == 0 && !report_is_decided(&h))
        rc = EXIT_FAILED;
    buf_done(&out);
    hunt_done(&h);
    return rc;
}

/* The diaries are of this checkout, the cache may be another's too. */
static int bisect(struct options *o, struct place *place, struct loop *loop) {
    struct diary_question question;
    struct commits *commits = NULL;
    struct lock *diaries = NULL, *trees = NULL;
    const char *folder = arena_printf(&place->arena, "%s/bisect", place->logs);
    const char *cache = cache_folder(o, place);
    int rc = lock_take(&diaries, folder, loop, true, stop);
    if (rc == 0)
        rc = lock_take(&trees, cache, loop, true, stop);
    if (rc == 0)
        rc = commits_open(&commits, place->root);
    if (rc == 0)
        rc = ask(o, place, commits, &place->arena, &question);
    if (rc == 0)
        rc = hunt(o, place, cache, commits, &question, loop);
    commits_close(commits);
    lock_release(trees);
    lock_release(diaries);
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    struct options o = *(const struct options *)options;
    struct place place;
    struct loop *loop = NULL;
    if (argc > 1)
        return err_set(ERR_ARG, "one cluster at a time, not %d", argc);
    if (argc == 1)
        o.words.cluster = argv[0];
    int rc = question_check(&o.words);
    if (rc != 0)
        return rc;
    rc = place_open(&place, o.build);
    if (rc != 0)
        return rc;
    rc = loop_new(&loop);
    if (rc == 0) {
        rc = stop_in_loop(loop, &stop);
        if (rc == 0)
            rc = bisect(&o, &place, loop);
        loop_free(loop);
    }
    place_close(&place);
    return rc;
}

const struct cmd cmd_bisect = {
    .name = "bisect",
    .args = "[CLUSTER]",
    .summary = "Finds the commit since which a case fails: builds commits, runs the case, and says "
               "how sure it is.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .defaults = &defaults,
    .run = run,
};
