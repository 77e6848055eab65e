/* SPDX-License-Identifier: Apache-2.0 */
/* The decoys of this repository's own fixtures, given to an engine that nothing is wrong with. */
#include "orchestrator/decoy/decoy.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/worktree.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/proc.h"
#include "orchestrator/sweep/config.h"
#include "tests/test.h"

static const struct {
    const char *cell, *fixture, *dtype;
    int64_t spoiled; /* at least, in both trees together */
} rows[] = {
    {"compat/bert/cpu/f32",    "tests/models/bert",   "f32",  12},
    {"compat/gpt2/cpu/f32",    "tests/models/gpt2",   "f32",  60},
    {"compat/llama/cpu/f32",   "tests/models/llama",  "f32",  60},
    {"compat/qwen2/cpu/f32",   "tests/models/qwen2",  "f32",  60},
    {"compat/qwen3/cpu/f32",   "tests/models/qwen3",  "f32",  60},
    {"compat/qwen3/cpu/bf16",  "tests/models/qwen3",  "bf16", 5 },
    {"formats/llama/cpu/q8_0", "tests/formats/llama", "q8_0", 1 },
};
enum { ROWS = sizeof(rows) / sizeof(*rows) };

static const char *const cells[ROWS + 1] = {"compat/bert/cpu/f32",   "compat/gpt2/cpu/f32",
                                            "compat/llama/cpu/f32",  "compat/qwen2/cpu/f32",
                                            "compat/qwen3/cpu/f32",  "compat/qwen3/cpu/bf16",
                                            "formats/llama/cpu/q8_0"};

struct counts {
    int64_t spoiled, failed, left, passed;
};

/* One line of what a worker says. */
static void count_line(struct counts *out, const struct decoys *d, size_t which, const char *cell,
                       const char *line) {
    struct json_doc *doc = NULL;
    const char *name = "", *status = "", *event = "";
    if (json_parse(&doc, line, strlen(line), "a line", 0) < 0)
        return;
    struct json root = json_root(doc);
    bool result = json_str(root, "event", &event) == 0 && strcmp(event, "result") == 0 &&
                  json_str(root, "case", &name) == 0 && json_str(root, "status", &status) == 0 &&
                  strcmp(status, "na") != 0;
    enum decoy_answer right = result ? decoys_answer(d, which, cell, name) : DECOY_UNKNOWN;
    bool passed = strcmp(status, "pass") == 0;
    bool failed = strcmp(status, "numerics") == 0 || strcmp(status, "fail") == 0;
    if (right == DECOY_FAIL) {
        out->spoiled++;
        out->failed += failed;
        (void)test_check(failed, __FILE__, __LINE__, "%s, spoiled: %s", name, status);
    } else if (right == DECOY_PASS) {
        out->left++;
        out->passed += passed;
        (void)test_check(passed, __FILE__, __LINE__, "%s, left alone: %s", name, status);
    }
    json_free(doc);
}

static void run_cell(struct counts *out, const struct decoys *d, size_t which, const char *folder,
                     size_t row) {
    static const char engine[] = BINARY_DIR "/noctule-engine";
    const char *const words[] = {
        engine, "check", rows[row].fixture, "--dtype", rows[row].dtype, "--threads", "1", NULL};
    const struct proc_spec spec = {.argv = words, .cwd = folder};
    struct proc_exit end;
    struct loop *loop;
    struct buf said;
    REQUIRE(loop_new(&loop) == 0);
    buf_init(&said, 64 << 20);
    EXPECT_INT(proc_run(loop, &spec, 0, NULL, &said, NULL, &end), 0);
    char *rest = said.data;
    for (char *line; (line = strsep(&rest, "\n"));)
        count_line(out, d, which, rows[row].cell, line);
    buf_done(&said);
    loop_free(loop);
}

static void try_trees(const struct decoys *d, const struct commits *c) {
    const char *home = test_folder();
    struct counts counts[ROWS] = {{0}};
    char folder[4096];
    (void)snprintf(folder, sizeof(folder), "%s/work", home);
    for (size_t which = 0; which < DECOY_TREES; which++) {
        REQUIRE(worktree_fill(c, folder, d->trees[which]) == 0);
        for (size_t i = 0; i < ROWS; i++)
            run_cell(&counts[i], d, which, folder, i);
    }
    for (size_t i = 0; i < ROWS; i++) {
        (void)test_check(counts[i].spoiled >= rows[i].spoiled, __FILE__, __LINE__,
                         "%s: %lld were spoiled", rows[i].cell, (long long)counts[i].spoiled);
        EXPECT_INT(counts[i].failed, counts[i].spoiled);
        EXPECT_INT(counts[i].passed, counts[i].left);
        EXPECT(counts[i].left > counts[i].spoiled);
    }
}

TEST(an_engine_that_computes_gives_the_right_answer_in_each_decoy) {
    struct config config;
    struct commits *c = NULL;
    struct commits_entry head;
    struct decoys d;
    struct arena arena;
    char id[REPO_HEX_SIZE];
    arena_init(&arena, 0);
    if (access(BINARY_DIR "/noctule-engine", X_OK) != 0 || commits_open(&c, SOURCE_DIR) != 0 ||
        commits_find(c, "HEAD", id) != 0)
        test_skip("there is no engine, or this is no checkout of a repository");
    REQUIRE(commits_entry(c, &arena, id, &head) == 0);
    REQUIRE(config_load(&config, SOURCE_DIR "/noctule.json") == 0);
    const struct decoy_spec spec = {.config = &config,
                                    .commits = c,
                                    .prefix = "",
                                    .base = head.tree,
                                    .tree = head.tree,
                                    .cells = cells};
    int rc = decoys_make(&d, &spec);
    (void)test_check(rc == 0, __FILE__, __LINE__, "%s", rc ? err_text() : "");
    if (rc == 0) {
        EXPECT(d.any);
        EXPECT(strcmp(d.trees[0], d.trees[1]) != 0 && strcmp(d.trees[0], head.tree) != 0);
        try_trees(&d, c);
    }
    decoys_done(&d);
    config_done(&config);
    commits_close(c);
    arena_done(&arena);
}
