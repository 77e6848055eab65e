/* SPDX-License-Identifier: Apache-2.0 */
/* noctule verify: a proof checked by who did not make it. */
#include <inttypes.h>
#include <stdio.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "orchestrator/fix/recheck.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/stop.h"
#include "orchestrator/proof/ground.h"
#include "orchestrator/sweep/lock.h"
#include "orchestrator/sweep/place.h"

/* Nothing speaks against it, and a part of what it says could not be compared here. */
enum { EXIT_PARTLY = 3, UNCHECKED_MAX = 8 };

struct options {
    const char *require, *level;
    int64_t times;
    bool no_run, json;
};

static const struct opt opts[] = {
    {OPT_FLAG, "no-run",  0, offsetof(struct options, no_run),  NULL,    0, 0,
     "Only read it and compare it with the repository; build and run nothing, and say what "
     "stays unchecked."                                                                        },
    {OPT_INT,  "times",   0, offsetof(struct options, times),   "N",     1, 1000,
     "Run each tree so often; usually as often as the proof did."                              },
    {OPT_STR,  "require", 0, offsetof(struct options, require), "LEVEL", 0, 0,
     "Refuse to run the trees in a sandbox below this level; usually namespaces."              },
    {OPT_STR,  "level",   0, offsetof(struct options, level),   "LEVEL", 0, 0,
     "Use this level of the sandbox though a better one is there."                             },
    {OPT_FLAG, "json",    0, offsetof(struct options, json),    NULL,    0, 0,    "Print JSON."},
    OPT_END_ROW,
};

/* One proof being checked. */
struct check {
    const struct options *options;
    struct place *place;
    struct commits *commits;
    struct proof proof;
    char sha256[HASH_HEX_SIZE];
    struct proof_faults faults;
    struct ground ground;
    bool ran;
    struct recheck here;
};

static int compare(struct check *k) {
    const char *prefix = "";
    int rc = commits_open(&k->commits, k->place->root);
    if (rc == 0)
        rc = commits_prefix(k->commits, &k->place->arena, k->place->root, &prefix);
    if (rc == 0)
        rc = ground_read(&k->ground, &k->place->arena, &k->proof, k->commits, k->place->config.name,
                         prefix, &k->faults);
    if (rc == 0)
        rc = proof_matches(&k->proof, k->commits, &k->ground.policy, &k->faults);
    return rc;
}

/* Two checks of one fix would take each other's folders away. */
static int run_trees(struct check *k, struct loop *loop) {
    struct arena *arena = &k->place->arena;
    const char *home = arena_printf(arena, "%s/verify", k->place->logs);
    struct recheck_spec spec = {.config = &k->ground.config,
                                .commits = k->commits,
                                .folder = arena_printf(arena, "%s/%s", home, k->proof.id),
                                .times = k->options->times,
                                .stop = stop_on_signals()};
    struct lock *lock = NULL;
    int rc = 0;
    if (k->options->require)
        rc = sandbox_level_parse(&spec.least, k->options->require);
    if (rc == 0 && k->options->level)
        rc = sandbox_level_parse(&spec.only, k->options->level);
    if (rc == 0)
        rc = file_make_dirs(spec.folder);
    if (rc == 0)
        rc = lock_take(&lock, home, loop, true, stop_on_signals());
    if (rc == 0) {
        log_info("building and running both trees, %" PRId64 " times each",
                 spec.times ? spec.times : k->proof.runs);
        rc = recheck_run(&k->here, &k->proof, &spec, &k->faults);
    }
    lock_release(lock);
    k->ran = rc == 0;
    return rc;
}

static int check(struct check *k, const char *path) {
    struct loop *loop = NULL;
    int rc = proof_load(&k->proof, &k->place->arena, path, k->sha256);
    if (rc == 0) {
        (void)proof_holds(&k->proof, &k->faults);
        rc = compare(k);
    }
    if (rc < 0 || k->faults.len || k->options->no_run)
        return rc;
    rc = loop_new(&loop);
    if (rc == 0)
        rc = run_trees(k, loop);
    loop_free(loop);
    return rc;
}

static void print_here(const struct check *k) {
    const struct recheck *h = &k->here;
    printf("here       %zu of %zu cases, %" PRId64 " runs of each tree in %.1f s, sandbox %s\n",
           h->cases, h->cases + h->idle, h->runs, h->ms / 1000, sandbox_level_name(h->level));
    if (h->idle)
        printf("           %zu cases do not apply to this machine\n", h->idle);
    printf("           %" PRId64 " of %" PRId64 " cases that passed still pass\n", h->kept_after,
           h->kept_before);
    if (h->decoys.runs)
        printf("           in decoys %" PRId64 " of %" PRId64
               " cases failed that had to, and %" PRId64 " of %" PRId64 " passed\n",
               h->decoys.failed, h->decoys.spoiled, h->decoys.passed, h->decoys.left);
}

/* Fields that only running the trees can check; of the others proof_holds() and proof_matches() see
 * to those that can be checked at all. */
static const char *const needs_run[] = {"cases", "kept", "before", "after", "decoys", NULL};

/* What stays unchecked, NULL-terminated. Where a fault was found nothing was run either. */
static const char *const *unchecked(const struct check *k, const char *out[UNCHECKED_MAX]) {
    size_t n = 0;
    if (!k->ran)
        return needs_run;
    if (k->here.idle)
        out[n++] = "cases";
    if (!k->here.compared_kept && !k->faults.len)
        out[n++] = "kept.sha256";
    out[n] = NULL;
    return (const char *const *)out;
}

/* It was run, holds, and yet not all of it was compared. */
static bool is_partly(const struct check *k) {
    return k->ran && !k->faults.len && (k->here.idle || !k->here.compared_kept);
}

static void print_unchecked(const struct check *k) {
    const char *room[UNCHECKED_MAX];
    const char *const *fields = unchecked(k, room);
    if (!*fields)
        return;
    printf("unchecked ");
    for (size_t i = 0; fields[i]; i++)
        printf("%s%s", i ? ", " : " ", fields[i]);
    printf(k->ran ? ": other cases apply to this machine\n" : ": nothing was run\n");
}

/* How many of what was not compared: cases that do not run here, and names that may be others. */
static void print_partly(const struct check *k) {
    const struct recheck *h = &k->here;
    printf("The proof holds in all that could be compared here. Not compared:");
    if (h->idle)
        printf(" %zu of %zu cases that it mends", h->idle, h->cases + h->idle);
    if (!h->compared_kept)
        printf("%s the names of %" PRId64 " cases that still pass", h->idle ? "," : "",
               k->proof.kept.after);
    printf(".\n");
}

static void print_end(const struct check *k) {
    if (k->faults.len)
        printf("The proof does not hold.\n");
    else if (!k->ran)
        printf("Nothing speaks against the proof; nothing was run.\n");
    else if (is_partly(k))
        print_partly(k);
    else
        printf("The proof holds.\n");
}

static void print_text(const struct check *k) {
    const struct proof *p = &k->proof;
    printf("proof      %s, %s\n", p->id, *p->cluster.words ? p->cluster.words : p->case_name);
    printf("sha256     %s\n", k->sha256);
    printf("base       %.12s, %zu file%s changed, +%" PRId64 " −%" PRId64 "\n", p->base,
           p->path_count, p->path_count == 1 ? "" : "s", p->added, p->removed);
    printf("claims     %zu case%s, %" PRId64 " of %" PRId64 " runs, %" PRId64 " of %" PRId64
           " others kept\n",
           p->case_count, p->case_count == 1 ? "" : "s", p->needed, p->runs, p->kept.after,
           p->kept.before);
    if (k->here.cases + k->here.idle)
        print_here(k);
    print_unchecked(k);
    putchar('\n');
    for (size_t i = 0; i < k->faults.len && i < PROOF_FAULTS_MAX; i++)
        printf("%s: %s\n", proof_fault_name(k->faults.rows[i].kind), k->faults.rows[i].text);
    if (k->faults.len > PROOF_FAULTS_MAX)
        printf("and %zu more\n", k->faults.len - PROOF_FAULTS_MAX);
    print_end(k);
}

static void put_here(struct json_writer *w, const struct recheck *h) {
    json_open_object(w, "here");
    json_put_int(w, "runs", h->runs);
    json_put_int(w, "cases", (int64_t)h->cases);
    json_put_int(w, "not_applicable", (int64_t)h->idle);
    json_put_int(w, "kept_before", h->kept_before);
    json_put_int(w, "kept_after", h->kept_after);
    json_open_object(w, "decoys");
    json_put_int(w, "runs", h->decoys.runs);
    json_put_int(w, "spoiled", h->decoys.spoiled);
    json_put_int(w, "failed", h->decoys.failed);
    json_put_int(w, "left", h->decoys.left);
    json_put_int(w, "passed", h->decoys.passed);
    json_close_object(w);
    json_put_str(w, "sandbox", sandbox_level_name(h->level));
    json_put_real(w, "ms", h->ms);
    json_close_object(w);
}

static void print_json(const struct check *k) {
    const char *room[UNCHECKED_MAX];
    struct json_writer w;
    struct buf out;
    buf_init(&out, 16 << 20);
    json_writer_init(&w, &out, 2);
    json_open_object(&w, NULL);
    json_put_str(&w, "proof", k->proof.id);
    json_put_str(&w, "sha256", k->sha256);
    json_put_bool(&w, "holds", k->faults.len == 0);
    json_put_bool(&w, "ran", k->ran);
    json_put_bool(&w, "complete", k->ran && !is_partly(k));
    if (k->here.cases + k->here.idle)
        put_here(&w, &k->here);
    json_open_array(&w, "unchecked");
    for (const char *const *field = unchecked(k, room); *field; field++)
        json_put_str(&w, NULL, *field);
    json_close_array(&w);
    json_open_array(&w, "faults");
    for (size_t i = 0; i < k->faults.len && i < PROOF_FAULTS_MAX; i++) {
        json_open_object(&w, NULL);
        json_put_str(&w, "name", proof_fault_name(k->faults.rows[i].kind));
        json_put_str(&w, "text", k->faults.rows[i].text);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    puts(out.data);
    buf_done(&out);
}

static int run(const void *options, int argc, char **argv) {
    struct place place;
    struct check k = {.options = options, .place = &place};
    if (argc != 1)
        return err_set(ERR_ARG, "which proof? a proof.json, or the page that holds one");
    int rc = place_open(&place, NULL);
    if (rc < 0)
        return rc;
    k.faults.arena = &place.arena;
    rc = check(&k, argv[0]);
    if (rc == 0 && k.options->json)
        print_json(&k);
    else if (rc == 0)
        print_text(&k);
    ground_done(&k.ground);
    commits_close(k.commits);
    place_close(&place);
    if (rc < 0)
        return rc;
    return k.faults.len ? EXIT_FAILED : is_partly(&k) ? (int)EXIT_PARTLY : EXIT_OK;
}

const struct cmd cmd_verify = {
    .name = "verify",
    .args = "PROOF",
    .summary = "Checks the proof of a fix: by itself, against the repository, and by running both "
               "trees again, with a line for each reason why it does not hold.",
    .exits = "3 when nothing speaks against the proof and not all of it could be compared on this "
             "machine.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
