/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/plan.h"

#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

#define SUITE(axes)                                                                             \
    "{\"schema\":1,\"name\":\"s\",\"suites\":[{\"name\":\"compat\",\"kind\":\"noctule-check\"," \
    "\"fixtures\":\"f/*\",\"command\":[\"{build}/e\",\"{fixture}\",\"{backend}\",\"it's\"],"    \
    "\"axes\":{" axes "}}]}"

static struct config config;
static struct plan plan;

static void make(const char *text) {
    REQUIRE(config_parse(&config, text, strlen(text), "noctule.json") == 0);
    plan_init(&plan, &config, "build");
    EXPECT_INT(plan_add_family(&plan, &config.suites[0], "qwen3", "f/qwen3"), 0);
}

static void done(void) {
    plan_done(&plan);
    config_done(&config);
}

TEST(ids_are_what_they_were_in_the_first_release) {
    make(SUITE("\"dtype\":[\"f32\",\"bf16\"],\"backend\":[\"cpu\"]"));
    REQUIRE(plan.len == 2);
    EXPECT_STR(plan.cells[0].cell.name, "compat/qwen3/cpu/f32");
    EXPECT_STR(plan.cells[1].cell.name, "compat/qwen3/cpu/bf16");
    /* printf 'backend=cpu\ndtype=f32\n' | sha256sum */
    EXPECT_STR(plan.cells[0].cell.variant.hash,
               "57b510effff31c0215570a9d8d1496c97a473b0866720feaa0a2367c4f8aaa75");
    EXPECT_STR(plan.cells[0].log, "compat.qwen3.cpu.f32.log");
    EXPECT_STR(plan.cells[0].command, "build/e f/qwen3 cpu 'it'\\''s'");
    done();
}

TEST(the_order_of_axes_in_the_file_changes_no_id) {
    make(SUITE("\"backend\":[\"cpu\"],\"dtype\":[\"f32\"]"));
    char hash[HASH_HEX_SIZE], name[64];
    snprintf(hash, sizeof(hash), "%s", plan.cells[0].cell.variant.hash);
    snprintf(name, sizeof(name), "%s", plan.cells[0].cell.name);
    done();
    make(SUITE("\"dtype\":[\"f32\"],\"backend\":[\"cpu\"]"));
    EXPECT_STR(plan.cells[0].cell.variant.hash, hash);
    EXPECT_STR(plan.cells[0].cell.name, name);
    done();
}

TEST(what_the_machine_lacks_is_not_applicable_with_a_reason) {
    make(SUITE("\"backend\":[\"cpu\",{\"name\":\"cuda\",\"needs\":\"/no/such/device\"}]"));
    REQUIRE(plan.len == 2);
    EXPECT_STR(plan.cells[0].na, "");
    EXPECT_HAS(plan.cells[1].na, "/no/such/device");
    done();
}

TEST(a_need_is_asked_with_the_value_of_its_axis) {
    make(SUITE("\"dtype\":[\"f32\"],\"backend\":{\"needs\":[\"{build}/e\",\"--has={backend}\"],"
               "\"values\":[\"cpu\",{\"name\":\"gpu\",\"needs\":\"/\"}]}"));
    REQUIRE(plan.len == 2 && plan.cells[0].need_count == 1);
    EXPECT_STR(plan.cells[0].needs[0].line, "build/e --has=cpu");
    EXPECT_STR(plan.cells[0].needs[0].argv[1], "--has=cpu");
    EXPECT_STR(plan.cells[0].needs[0].axis, "backend");
    EXPECT_INT(plan.cells[1].need_count, 0); /* a value's own stands for the axis's */
    EXPECT_STR(plan.cells[1].na, "");
    done();
}

TEST(ctest_gets_a_label_per_axis_and_whole_arguments) {
    struct buf out;
    make(SUITE("\"backend\":[\"cpu\"],\"dtype\":[\"f32\"]"));
    buf_init(&out, 1 << 20);
    plan_print_ctest(&out, &plan);
    EXPECT_HAS(out.data, "add_test([==[cell/compat/qwen3/cpu/f32]==] [==[build/e]==] "
                         "[==[f/qwen3]==] [==[cpu]==] [==[it's]==])");
    EXPECT_HAS(out.data, "LABELS [==[cell;suite:compat;family:qwen3;backend:cpu;dtype:f32]==]");
    buf_done(&out);
    done();
}

TEST(a_scope_is_sorted_and_reads_back) {
    struct arena arena;
    const char *families[] = {"qwen3", "bert"}, *patterns[] = {"*/greedy.*"};
    const struct plan_filter filter = {
        .family = {families, 2},
          .cases = {patterns, 1}
    };
    arena_init(&arena, 0);
    const char *scope = plan_scope(&arena, &filter);
    EXPECT_STR(scope, "case=*/greedy.*;family=bert,qwen3");
    struct plan_filter again = plan_scope_filter(&arena, scope);
    EXPECT_INT(again.family.len, 2);
    EXPECT_STR(again.family.items[1], "qwen3");
    EXPECT_STR(plan_scope(&arena, &again), scope);
    EXPECT_STR(plan_scope(&arena,
                          &(struct plan_filter){
                              .family = {NULL, 0}
    }),
               "");
    arena_done(&arena);
}

TEST(a_wrong_config_is_one_sentence_with_the_path) {
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"{",                                                             "noctule.json"             },
        {"{\"schema\":2}",                                                "schema"                   },
        {"{\"schema\":1,\"nmae\":\"x\"}",                                 "nmae"                     },
        {"{\"schema\":1,\"name\":\"a/b\"}",                               "name"                     },
        {"{\"schema\":1,\"name\":\"s\",\"suites\":[]}",                   "suites"                   },
        {SUITE("\"backend\":[]"),                                         "suites[0].axes.backend"   },
        {SUITE("\"dtype\":[\"f32\"]"),                                    "{backend}"                },
        {SUITE("\"backend\":[\"cpu\",\"cpu\"]"),                          "twice"                    },
        {SUITE("\"backend\":[\"../x\"]"),                                 "no name"                  },
        {SUITE("\"backend\":[{\"name\":\"cpu\",\"need\":\"x\"}]"),        "need"                     },
        {SUITE("\"backend\":{\"value\":[\"cpu\"]}"),                      "value"                    },
        {SUITE("\"backend\":{\"values\":[]}"),                            "backend.values"           },
        {SUITE("\"backend\":{\"values\":[\"cpu\"],\"needs\":[]}"),        "backend.needs"            },
        {SUITE("\"backend\":{\"values\":[\"cpu\"],\"needs\":[\"{x}\"]}"), "{x}"                      },
        {SUITE("\"backend\":{\"values\":[\"cpu\"],\"needs\":7}"),         "backend.needs"            },
        {SUITE("\"backend\":[7]"),                                        "suites[0].axes.backend[0]"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct config c;
        EXPECT(config_parse(&c, rows[i].text, strlen(rows[i].text), "noctule.json") < 0);
        EXPECT_HAS(err_text(), rows[i].says);
        EXPECT_HAS(err_text(), "noctule.json");
    }
}

TEST(more_cells_than_anyone_can_sweep_are_refused) {
    char text[16384], *at = text, *end = text + sizeof(text);
    at += snprintf(at, (size_t)(end - at), "%s",
                   "{\"schema\":1,\"name\":\"s\",\"suites\":[{\"name\":\"c\",\"kind\":"
                   "\"noctule-check\",\"fixtures\":\"f\",\"command\":[\"x\"],\"axes\":{");
    for (int axis = 0; axis < 4; axis++) {
        at += snprintf(at, (size_t)(end - at), "%s\"a%d\":[", axis ? "," : "", axis);
        for (int v = 0; v < 20; v++)
            at += snprintf(at, (size_t)(end - at), "%s\"v%d\"", v ? "," : "", v);
        at += snprintf(at, (size_t)(end - at), "]");
    }
    snprintf(at, (size_t)(end - at), "}}]}");
    REQUIRE(config_parse(&config, text, strlen(text), "noctule.json") == 0);
    plan_init(&plan, &config, "build");
    EXPECT_INT(plan_add_family(&plan, &config.suites[0], "q", "f/q"), ERR_LIMIT);
    done();
}

static char root[4200]; /* of what make_of() plans */

static int make_of(const char *glob) {
    char text[8192];
    snprintf(text, sizeof(text),
             "{\"schema\":1,\"name\":\"subject\",\"suites\":[{\"name\":\"s\",\"kind\":"
             "\"noctule-check\",\"fixtures\":\"%s\",\"command\":[\"w\",\"{fixture}\"],"
             "\"axes\":{\"on\":[\"here\"]}}]}",
             glob);
    EXPECT_INT(config_parse(&config, text, strlen(text), "noctule.json"), 0);
    config.root = root;
    plan_init(&plan, &config, "build");
    return plan_make(&plan, &(struct plan_filter){
                                .family = {NULL, 0}
    });
}

static void put_file(const char *folder, const char *name) {
    struct buf full;
    buf_init(&full, 8192);
    file_join(&full, root, folder);
    REQUIRE(file_make_dirs(full.data) == 0);
    buf_printf(&full, "/%s", name);
    EXPECT(file_replace(full.data, "", 0) == 0);
    buf_done(&full);
}

static void put(const char *folder) {
    put_file(folder, "cases");
}

TEST(a_folder_names_a_family_and_the_root_is_the_subject) {
    snprintf(root, sizeof(root), "%s", test_folder());
    put("a b/two words");
    EXPECT_INT(make_of("a b/*/cases"), 0);
    REQUIRE(plan.len == 1);
    EXPECT_STR(plan.cells[0].cell.name, "s/two words/here");
    EXPECT_STR(plan.cells[0].fixture, "a b/two words");
    done();
    put(".");
    static const char *const roots[] = {".", "./", "cases"};
    for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
        EXPECT_INT(make_of(roots[i]), 0);
        REQUIRE(plan.len == 1);
        EXPECT_STR(plan.cells[0].cell.name, "s/subject/here");
        EXPECT_STR(plan.cells[0].command, "w .");
        done();
    }
}

TEST(two_fixtures_of_one_name_are_told_apart_in_words) {
    snprintf(root, sizeof(root), "%s", test_folder());
    put("x/same");
    put("y/same");
    EXPECT_INT(make_of("*/same"), ERR_FORMAT);
    EXPECT_HAS(err_text(), "x/same and y/same would both be the family same");
    done();
    EXPECT_INT(make_of("x/*"), 0);
    done();
    put_file("x/same", "others");
    EXPECT_INT(make_of("x/same/*"), ERR_FORMAT);
    EXPECT_HAS(err_text(), "more than one file of x/same");
    done();
}
