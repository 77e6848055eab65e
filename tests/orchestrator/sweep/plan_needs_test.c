/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine has, by commands of /bin/sh that answer as they are told. */
#include "orchestrator/sweep/plan_needs.h"

#include <stdio.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/sweep/plan.h"
#include "tests/orchestrator/sweep/checkout.h"

static struct config config;
static struct plan plan;

/* Cells of two dtypes on one backend, which needs what the shell script says. */
static int ask(const char *script, bool stop) {
    char text[2048];
    struct loop *loop = NULL;
    snprintf(text, sizeof(text),
             "{\"schema\":1,\"name\":\"s\",\"suites\":[{\"name\":\"c\",\"kind\":\"noctule-check\","
             "\"fixtures\":\"f\",\"command\":[\"x\"],\"axes\":{\"dtype\":[\"f32\",\"bf16\"],"
             "\"backend\":{\"values\":[\"gpu\"],\"needs\":[%s]}}}]}",
             script);
    EXPECT_INT(config_parse(&config, text, strlen(text), "noctule.json"), 0);
    plan_init(&plan, &config, "build");
    EXPECT_INT(plan_add_family(&plan, &config.suites[0], "q", "f/q"), 0);
    EXPECT_INT(plan.len, 2);
    EXPECT_INT(loop_new(&loop), 0);
    int rc = plan_ask_needs(&plan, loop, &stop);
    loop_free(loop);
    return rc;
}

static void done(void) {
    plan_done(&plan);
    config_done(&config);
}

TEST(status_0_is_a_machine_that_has_it) {
    EXPECT_INT(ask("\"sh\",\"-c\",\"echo yes; echo chat >&2\"", false), 0);
    EXPECT_STR(plan.cells[0].na, "");
    EXPECT_STR(plan.cells[0].fault, "");
    done();
}

TEST(status_1_is_na_and_the_last_line_is_why) {
    EXPECT_INT(
        ask("\"sh\",\"-c\",\"echo first; echo no {backend} here; echo chat >&2; exit 1\"", false),
        0);
    EXPECT_STR(plan.cells[0].na, "no gpu here");
    EXPECT_STR(plan.cells[1].na, "no gpu here");
    EXPECT_STR(plan.cells[0].fault, "");
    done();
    EXPECT_INT(ask("\"sh\",\"-c\",\"echo chat >&2; exit 1\"", false), 0);
    EXPECT_STR(plan.cells[0].na, "chat");
    done();
    EXPECT_INT(ask("\"false\"", false), 0);
    EXPECT_STR(plan.cells[0].na, "this machine has no backend gpu, says false");
    done();
}

TEST(whatever_else_is_a_fault_and_never_na) {
    static const struct {
        const char *script, *says;
    } rows[] = {
        {"\"sh\",\"-c\",\"echo no such option >&2; exit 2\"", "exit status 2: no such option"},
        {"\"sh\",\"-c\",\"exit 7\"",                          "exit status 7"                },
        {"\"sh\",\"-c\",\"kill -9 $$\"",                      "killed by signal 9"           },
        {"\"/no/such/program\"",                              "/no/such/program"             },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        EXPECT_INT(ask(rows[i].script, false), 0);
        EXPECT_STR(plan.cells[0].na, "");
        EXPECT_HAS(plan.cells[0].fault, "cannot tell whether this machine has backend gpu");
        EXPECT_HAS(plan.cells[0].fault, rows[i].says);
        EXPECT_STR(plan.cells[1].fault, plan.cells[0].fault);
        done();
    }
}

TEST(each_command_is_asked_once) {
    char script[1024], path[512];
    struct file f;
    snprintf(path, sizeof(path), "%s/asked", test_folder());
    snprintf(script, sizeof(script), "\"sh\",\"-c\",\"echo x >>%s\"", path);
    EXPECT_INT(ask(script, false), 0);
    REQUIRE(file_read(&f, path, 100) == 0);
    EXPECT_INT(f.size, 2);
    file_done(&f);
    done();
}

TEST(asking_can_be_stopped) {
    EXPECT_INT(ask("\"sleep\",\"100\"", true), ERR_STOPPED);
    done();
}

/* The axes of the checkout's config, in which a file `lacks` says what the machine has not. */
static void give_needs(void) {
    struct file f;
    static const char plain[] = "\"backend\": [\"cpu\"]",
                      asking[] = "\"backend\": {\"values\": [\"cpu\", \"gpu\"], \"needs\": [\"sh\","
                                 " \"-c\", \"! grep {backend} lacks\"]}";
    struct buf text;
    checkout_make(0);
    REQUIRE(file_read(&f, checkout_path("noctule.json"), 1 << 16) == 0);
    const char *at = strstr((const char *)f.data, plain);
    REQUIRE(at != NULL);
    buf_init(&text, 1 << 16);
    buf_add(&text, f.data, (size_t)(at - (const char *)f.data));
    buf_printf(&text, "%s%s", asking, at + strlen(plain));
    checkout_write("noctule.json", text.data);
    buf_done(&text);
    file_done(&f);
    checkout_write("lacks", "the gpu is at the menders\n");
}

static const struct result *result_in(const struct checkout_view *v, const char *cell,
                                      const char *name) {
    for (size_t i = 0; i < v->len; i++)
        if (strcmp(v->results[i].cell_name, cell) == 0 &&
            strcmp(v->results[i].case_name, name) == 0)
            return &v->results[i];
    return checkout_result(v, "");
}

TEST(a_sweep_counts_what_the_machine_lacks_case_by_case) {
    struct checkout_view v;
    give_needs();
    checkout_cases("alpha", "one pass\ntwo fail\n");
    EXPECT_INT(checkout_run("plan"), 0);
    EXPECT_HAS(checkout_said, "2 cells, 4 cases");
    EXPECT_HAS(checkout_said, "the gpu is at the menders");
    EXPECT_INT(checkout_run("sweep"), 1);
    EXPECT_HAS(checkout_said, "4 cases: 1 passed, 1 failed, 2 not applicable");
    checkout_look(&v);
    const struct result *one = result_in(&v, "compat/alpha/gpu/f32", "alpha/one");
    EXPECT_INT(v.run.recorded, 4);
    EXPECT_STR(verdict_name(one->verdict), "na");
    EXPECT_STR(one->last.message, "the gpu is at the menders");
    EXPECT_STR(verdict_name(result_in(&v, "compat/alpha/gpu/f32", "alpha/two")->verdict), "na");
    EXPECT_STR(verdict_name(result_in(&v, "compat/alpha/cpu/f32", "alpha/one")->verdict), "pass");
    checkout_look_away(&v);
    checkout_write("lacks", "nothing\n"); /* mended: the cells run */
    EXPECT_INT(checkout_run("sweep"), 1);
    EXPECT_HAS(checkout_said, "4 cases: 2 passed, 2 failed, 0 not applicable");
    EXPECT_INT(checkout_run("plan --ctest"), 0);
    EXPECT_HAS(checkout_said, "cell/compat/alpha/gpu/f32");
}

TEST(a_machine_that_cannot_be_asked_makes_the_sweep_red) {
    struct checkout_view v;
    checkout_make(0);
    checkout_cases("alpha", "one pass\n");
    checkout_write(
        "noctule.json",
        "{\"schema\":1,\"name\":\"subject\",\"suites\":[{\"name\":\"compat\",\"kind\":"
        "\"noctule-check\",\"fixtures\":\"fixtures/*\",\"command\":[\"./worker.sh\","
        "\"check\",\"{fixture}\",\"--backend\",\"{backend}\"],\"axes\":{\"backend\":"
        "{\"values\":[\"cpu\"],\"needs\":[\"grep\",\"{backend}\",\"no-such-file\"]}}}]}");
    EXPECT_INT(checkout_run("sweep"), 1);
    checkout_look(&v);
    EXPECT_VERDICT(&v, "alpha/list_cases", "error");
    EXPECT_HAS(checkout_result(&v, "alpha/list_cases")->last.message, "exit status 2");
    checkout_look_away(&v);
}
