/* SPDX-License-Identifier: Apache-2.0 */
/* What is right is not accused: over every case of every fixture that passes,
 * no node differs from the judge's, no weight from its file, and no plan from
 * what config.json demands. */
#include <stdio.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/check/bench.h"
#include "engine/check/check.h"
#include "engine/check/fixture.h"
#include "engine/check/load.h"
#include "engine/check/audit.h"
#include "engine/diagnose/golden.h"
#include "engine/diagnose/ladder.h"
#include "engine/diagnose/layout_check.h"
#include "engine/diagnose/node_check.h"
#include "engine/diagnose/stored.h"
#include "engine/diagnose/weight_check.h"
#include "engine/run/model.h"
#include "tests/test.h"

/* Of a case: what is looked at does not depend on how fast the machine is. */
enum { NODES_MAX = 60 };

struct cell {
    const char *suite, *family, *backend, *dtype, *judge;
    struct check *check;
    struct device *judge_device;
    struct audit *audit;
    int64_t looked_at;
    size_t weights, plans, stages;
};

static void examine_plans(struct cell *cell, struct case_run *c) {
    struct json_doc *doc = NULL;
    struct model *m = NULL;
    if (audit_runs(cell->audit) == 0)
        return;
    REQUIRE(stored_config(&doc, c->folder) == 0);
    const struct node_check_options options = {
        .config = json_root(doc),
        .given_positions = case_has_input(c, "position_ids"),
        .given_types = case_has_input(c, "token_type_ids"),
        .given_list = strcmp(c->type->type, "logits_to_keep") == 0,
    };
    for (int run = 0; run < audit_runs(cell->audit); run++) {
        struct node_finding f = {0};
        const struct plan_route *routes;
        int count = audit_routes(cell->audit, run, &routes);
        node_check(routes, count, &options, &f);
        if (!f.found && bench_model(c, c->folder, 0, &m) == 0)
            layout_check(routes, count, &options, &m->weights, &f);
        cell->plans++;
        (void)test_check(!f.found, __FILE__, __LINE__, "%s/%s on %s: run %d, node %d, %s: %s",
                         cell->family, c->name, cell->backend, run, f.node, f.found ? f.kind : "",
                         f.text);
    }
    json_free(doc);
}

static int examine(struct case_run *c, void *arg) {
    struct cell *cell = arg;
    struct golden_finding g;
    struct weight_finding f = {0};
    struct model *m;
    const char *group = ladder_group(c->type->type);
    if (strcmp(group, "tokenizer") == 0 || strcmp(group, "truncation") == 0)
        return 0;
    if (strcmp(group, "loading") != 0 && bench_model(c, c->folder, 0, &m) == 0) {
        weight_check_decoder(&m->weights, &f);
        if (!f.found && weight_check(&m->weights, c->folder, &f) == 0)
            cell->weights += f.checked;
    }
    (void)test_check(!f.found, __FILE__, __LINE__, "%s/%s: %s", cell->family, c->name, f.text);
    examine_plans(cell, c);
    if (strcmp(group, "forward") == 0 && golden_first(c, 0, &g) == 0) {
        cell->stages += (size_t)g.known;
        (void)test_check(!g.found, __FILE__, __LINE__, "%s/%s: %s is off", cell->family, c->name,
                         g.key);
    }
    return 0;
}

static const struct tensor *no_rows(void *arg, const char *name) {
    (void)arg, (void)name;
    return NULL;
}

static void run_case(struct cell *cell, size_t index) {
    struct check_outcome outcome;
    const char *id = fixture_case_id(check_fixture(cell->check), index);
    const struct audit_options options = {
        .judge = cell->judge_device, .rows = no_rows, .budget_nodes = NODES_MAX};
    audit_new(&cell->audit, &options);
    const struct plan_watch watch = audit_watch(cell->audit);
    bench_watch(check_bench(cell->check), &watch);
    REQUIRE(check_visit(cell->check, index, NULL, NULL, &outcome) == 0);
    bench_watch(check_bench(cell->check), NULL);
    const struct audit_finding *f = audit_first(cell->audit);
    (void)test_check(strcmp(outcome.status, "pass") == 0 || strcmp(outcome.status, "na") == 0,
                     __FILE__, __LINE__, "%s: %s", id, outcome.text);
    (void)test_check(!f->found, __FILE__, __LINE__,
                     "%s on %s: run %d, node %d: %s is accused (%s, nmse %g, badness %g)", id,
                     cell->backend, f->run, f->node, f->found ? op_name(f->op) : "", f->shapes,
                     f->nmse, f->badness);
    cell->looked_at += audit_looked_at(cell->audit);
    (void)check_visit(cell->check, index, examine, cell, &outcome);
    audit_free(cell->audit);
}

static void run_cell(struct cell *cell, int64_t nodes, size_t weights, size_t plans,
                     size_t stages) {
    char folder[512];
    snprintf(folder, sizeof(folder), SOURCE_DIR "/tests/%s/%s", cell->suite, cell->family);
    const struct check_options options = {
        .folder = folder, .backend = cell->backend, .dtype = cell->dtype, .threads = 1};
    REQUIRE(check_open(&cell->check, &options) == 0);
    REQUIRE(device_open(&cell->judge_device, cell->judge, NULL) == 0);
    for (size_t i = 0; i < fixture_count(check_fixture(cell->check)); i++)
        run_case(cell, i);
    EXPECT(cell->looked_at > nodes && cell->weights > weights && cell->plans > plans &&
           cell->stages > stages);
    device_close(cell->judge_device);
    check_close(cell->check);
}

static void run_family(const char *family) {
    static const char *const cells[][3] = {
        {"cpu",        "f32",  "cpu-native.plain"},
        {"cpu-native", "f32",  "cpu"             },
        {"cpu-native", "bf16", "cpu"             },
    };
    /* A sanitizer takes six times as long, and sees what runs here; the rest in other tests. */
    for (size_t i = TEST_SANITIZED ? 2 : 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        struct cell cell = {"models", family, cells[i][0], cells[i][1], cells[i][2], .audit = NULL};
        run_cell(&cell, 1000, 100, 20, 30);
    }
}

/* Of files as they are, and of floats that are put into blocks. */
static void run_formats(const char *family) {
    static const char *const dtypes[] = {"f16", "bf16", "q8_0", "q4_0", "q4_k", "q6_k"};
    for (size_t i = TEST_SANITIZED ? 4 : 0; i < sizeof(dtypes) / sizeof(dtypes[0]); i++) {
        struct cell cell = {"formats", family, "cpu", dtypes[i], "cpu-native.plain", .audit = NULL};
        run_cell(&cell, 100, 50, 10, 3);
    }
}

TEST(nothing_is_accused_in_llama) {
    run_family("llama");
    run_formats("llama");
}
TEST(nothing_is_accused_in_qwen2) {
    run_family("qwen2");
    run_formats("qwen2");
}
TEST(nothing_is_accused_in_qwen3) {
    run_family("qwen3");
    run_formats("qwen3");
}
TEST(nothing_is_accused_in_gpt2) {
    run_family("gpt2");
    run_formats("gpt2");
}
TEST(nothing_is_accused_in_bert) {
    run_family("bert");
    run_formats("bert");
}
