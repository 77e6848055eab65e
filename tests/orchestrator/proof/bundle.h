/* SPDX-License-Identifier: Apache-2.0 */
/* bundle: a small repository with a fault in it, and an honest proof of a change that mends it. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/git/changes.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/proof/proof.h"
#include "tests/test.h"

#define BUNDLE_OK(call) CHECK((call) == 0)

enum { BUNDLE_CASES = 3, BUNDLE_TESTS = 2 };

struct bundle {
    struct arena arena;
    struct commits *commits;
    struct proof proof;
    struct proof_case cases[BUNDLE_CASES];
    const char *paths[1];
};

static const char *const bundle_tests[BUNDLE_TESTS] = {"tests/", "engine/check/"};
static const char *const bundle_allowed[] = {"engine/", NULL};
static const char *const bundle_judges[] = {"tests/", "engine/check/", NULL};
static const struct proof_policy bundle_policy = {.subject = "toy",
                                                  .tests = bundle_tests,
                                                  .test_count = BUNDLE_TESTS,
                                                  .paths = bundle_allowed,
                                                  .read_only = bundle_judges,
                                                  .runs = 3,
                                                  .needed = 3};

static inline int bundle_sh(const char *where, const char *line) {
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(where) != 0 || setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1) != 0)
            _exit(126);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return status;
}

/* Makes the repository at the first call. */
static inline const char *bundle_folder(void) {
    static const char made[] =
        "git init -q -b trunk . && git config user.name Ada && git config user.email a@localhost &&"
        " mkdir -p tests engine/check && printf 'one\\ntwo\\nbroken\\n' >engine/norm.c &&"
        " echo 1e-9 >engine/check/limits && echo golden >tests/norm && git add . &&"
        " git commit -qm 'norm: a sum of squares'";
    static const char *folder;
    if (folder)
        return folder;
    if (bundle_sh("/", "git --version >/dev/null 2>&1") != 0)
        test_skip("git is not installed");
    folder = test_folder();
    BUNDLE_OK(bundle_sh(folder, made));
    return folder;
}

/* The tree of the base with the script run over it; the checkout is as before then. */
static inline void bundle_tree(const char *script, char tree[REPO_HEX_SIZE]) {
    char line[2048], out[4096];
    (void)snprintf(line, sizeof(line),
                   "{ %s; } && git add -A && git write-tree >.git/tree && git reset -q --hard",
                   script);
    BUNDLE_OK(bundle_sh(bundle_folder(), line));
    (void)snprintf(out, sizeof(out), "%s/.git/tree", bundle_folder());
    FILE *f = fopen(out, "r");
    CHECK(f && fread(tree, 1, REPO_HEX_SIZE - 1, f) == REPO_HEX_SIZE - 1);
    tree[REPO_HEX_SIZE - 1] = '\0';
    (void)fclose(f);
}

/* That of the attempt which proposed the change, as receipt_json() has it where it matters. */
static inline void bundle_receipt(struct bundle *b, const char *verdict, const char *refusals) {
    struct proof *p = &b->proof;
    p->receipt = arena_printf(
        &b->arena,
        "{\"role\":\"%s\",\"driver\":\"%s\",\"base_tree\":\"%s\",\"tree\":\"%s\",\"verdict\":\"%"
        "s\","
        "\"change\":{\"refusals\":[%s]},\"model\":{\"turns\":0,\"usd\":0,\"models\":[]}}",
        p->role, p->driver, p->base_tree, p->fixed_tree, verdict, refusals);
}

/* What the change is, as the trees say. */
static inline void bundle_describe(struct bundle *b) {
    static const char *const anything[] = {"", NULL};
    const struct changes_rules rules = {anything, NULL, true, 99, 9999, 1 << 20, NULL};
    struct proof *p = &b->proof;
    struct changes change = {0};
    struct buf patch;
    char *hex = arena_alloc(&b->arena, 2 * HASH_HEX_SIZE);
    buf_init(&patch, 1 << 20);
    BUNDLE_OK(changes_judge(&change, b->commits, p->base_tree, p->fixed_tree, &rules));
    BUNDLE_OK(changes_patch(&patch, b->commits, p->base_tree, p->fixed_tree));
    const char **paths = arena_array(&b->arena, (size_t)change.files + 1, sizeof(*paths));
    for (int64_t i = 0; i < change.files; i++)
        paths[i] = arena_strdup(&b->arena, change.paths[i]);
    p->paths = paths;
    p->path_count = (size_t)change.files;
    p->added = change.added;
    p->removed = change.removed;
    p->bytes = change.bytes;
    p->patch = arena_strdup(&b->arena, patch.data);
    BUNDLE_OK(
        commits_hash_paths(b->commits, p->base_tree, p->prefix, p->tests, p->test_count, hex));
    p->tests_sha256 = hex;
    hex += HASH_HEX_SIZE;
    BUNDLE_OK(
        commits_hash_paths(b->commits, p->fixed_tree, p->prefix, p->tests, p->test_count, hex));
    p->tests_fixed_sha256 = hex;
    bundle_receipt(b, "proposed", "");
    proof_seal(p, &b->arena);
    changes_done(&change);
    buf_done(&patch);
}

/* A proof of the change that script makes to the files. */
static inline void bundle_open(struct bundle *b, const char *script) {
    static const char *const names[BUNDLE_CASES][2] = {
        {"compat/toy/cpu.bf16", "toy/final_logits"},
        {"compat/toy/cpu.f32",  "toy/attn_norm"   },
        {"compat/toy/cpu.f32",  "toy/final_logits"},
    };
    struct commits_entry head;
    char id[REPO_HEX_SIZE];
    *b = (struct bundle){.commits = NULL};
    arena_init(&b->arena, 0);
    char *fixed = arena_alloc(&b->arena, REPO_HEX_SIZE), *kept = arena_alloc(&b->arena, 65);
    bundle_tree(script, fixed);
    BUNDLE_OK(commits_open(&b->commits, bundle_folder()));
    BUNDLE_OK(commits_find(b->commits, "HEAD", id));
    BUNDLE_OK(commits_entry(b->commits, &b->arena, id, &head));
    struct proof_name passing[] = {
        {"compat/toy/cpu.f32", "toy/embed"}
    };
    proof_hash_names(passing, 1, kept);
    const struct proof_tally red = {3, 0, 3}, green = {3, 3, 0};
    for (size_t i = 0; i < BUNDLE_CASES; i++) {
        b->cases[i] = (struct proof_case){.cell = names[i][0], .name = names[i][1]};
        b->cases[i].signature = "0123456789abcdef0123456789abcdef";
        b->cases[i].before = b->cases[i].control = red;
        b->cases[i].after = green;
    }
    struct proof *p = &b->proof;
    *p = (struct proof){
        .id = "20261121-2135-9f7c2a10",
        .subject = "toy",
        .prefix = "",
        .program = "0.1.0",
        .made_ms = 1795142111000,
        .cell = "compat/toy/cpu.f32",
        .case_name = "toy/attn_norm",
        .base = arena_strdup(&b->arena, head.id),
        .base_tree = arena_strdup(&b->arena, head.tree),
        .fixed_tree = fixed,
        .role = "test-runner",
        .driver = "bisect-and-revert",
        .runs = 3,
        .needed = 3,
        .scope = "",
        .cases = b->cases,
        .case_count = BUNDLE_CASES,
        .sandbox = "namespaces",
        .tests = bundle_tests,
        .test_count = BUNDLE_TESTS,
        .review = "{\"verdict\":\"LAND\"}",
        .audit = "",
    };
    p->cluster.hash = "9f7c2a1077b0c0de9f7c2a1077b0c0de";
    p->cluster.kind = "kernel";
    p->cluster.words = "rms_norm of cpu, in attn_norm";
    p->cluster.message =
        "layer 0, attn_norm: rms_norm differs from the reference by 1.2e-2, over 1e-9";
    p->diagnosis.stage = "attn_norm";
    p->diagnosis.op = "rms_norm";
    p->diagnosis.kernel = "cpu.rms_norm";
    p->culprit.commit = p->base;
    p->culprit.subject = head.subject;
    p->culprit.posterior = 0.994;
    p->culprit.status = "confirmed";
    p->kept.before = 1;
    p->kept.after = 1;
    p->kept.sha256 = kept;
    p->before.passed = 1;
    p->before.not_passed = 4;
    p->before.na = 2;
    p->after.passed = 4;
    p->after.not_passed = 1;
    p->after.na = 2;
    p->environment.hash = kept;
    p->environment.os = "Debian GNU/Linux 12";
    p->environment.kernel = "6.1.0";
    p->environment.cpu = "AMD EPYC 9B14";
    p->environment.compiler = "gcc 12.2.0";
    p->environment.libc = "glibc 2.36";
    p->environment.cores = 2;
    p->environment.memory_kib = 8 << 20;
    bundle_describe(b);
}

static inline void bundle_close(struct bundle *b) {
    commits_close(b->commits);
    arena_done(&b->arena);
}

static const char bundle_honest[] = "printf 'one\\ntwo\\nthree\\n' >engine/norm.c";
