/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/event.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "tests/test.h"

static struct arena arena;
static struct event e;

static int result(const char *rest) {
    char line[1024];
    int n = snprintf(line, sizeof(line), "{\"event\":\"result\",\"case\":\"a/b\",%s}", rest);
    arena_done(&arena);
    arena_init(&arena, 0);
    return event_parse(&e, &arena, line, (size_t)n);
}

TEST(a_pass_has_compared_something_and_what_is_left_out_has_a_reason) {
    REQUIRE(result("\"status\":\"pass\",\"compared\":1") == 0);
    EXPECT_INT(e.result.status, ATTEMPT_PASS);
    REQUIRE(result("\"status\":\"pass\",\"compared\":0") == 0);
    EXPECT_INT(e.result.status, ATTEMPT_ERROR);
    REQUIRE(result("\"status\":\"pass\"") == 0);
    EXPECT_INT(e.result.status, ATTEMPT_ERROR);
    REQUIRE(result("\"status\":\"na\",\"reason\":\"no head\"") == 0);
    EXPECT_INT(e.result.status, ATTEMPT_NA);
    EXPECT_STR(e.result.message, "no head");
    REQUIRE(result("\"status\":\"na\"") == 0);
    EXPECT_INT(e.result.status, ATTEMPT_ERROR);
    EXPECT_HAS(e.result.message, "gave no reason");
    REQUIRE(result("\"status\":\"fail\"") == 0);
    EXPECT_HAS(e.result.message, "did not say why");
}

TEST(a_result_may_hold_its_output) {
    REQUIRE(result("\"status\":\"pass\",\"compared\":1") == 0);
    EXPECT_STR(e.log, "");
    REQUIRE(result("\"status\":\"fail\",\"message\":\"m\",\"log\":\"one\\ntwo\\n\"") == 0);
    EXPECT_STR(e.log, "one\ntwo\n");
    EXPECT_INT(result("\"status\":\"fail\",\"message\":\"m\",\"log\":7"), ERR_FORMAT);
}

TEST(verdicts_that_are_the_orchestrators_are_not_taken_from_a_worker) {
    static const char *const words[] = {"infra", "oom", "not_run", "started", "skip", "flaky"};
    char text[64];
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        snprintf(text, sizeof(text), "\"status\":\"%s\",\"message\":\"m\"", words[i]);
        EXPECT_INT(result(text), ERR_FORMAT);
    }
}

TEST(a_worker_tells_how_a_process_of_its_own_ended) {
    EXPECT_INT(result("\"status\":\"crash\",\"message\":\"m\",\"signal\":11"), 0);
    EXPECT_INT(e.result.status, ATTEMPT_CRASH);
    EXPECT_INT(e.result.signal, 11);
    EXPECT_INT(e.result.exit_code, -1);
    EXPECT_INT(result("\"status\":\"crash\",\"message\":\"m\",\"exit\":23"), 0);
    EXPECT_INT(e.result.exit_code, 23);
    EXPECT_INT(result("\"status\":\"timeout\",\"message\":\"m\",\"signal\":9"), 0);
    EXPECT_INT(e.result.status, ATTEMPT_TIMEOUT);
    EXPECT_INT(e.result.signal, 0);
    EXPECT_INT(result("\"status\":\"crash\",\"message\":\"m\",\"signal\":0"), ERR_FORMAT);
}

TEST(a_test_may_be_expected_to_fail_by_itself) {
    EXPECT_INT(result("\"status\":\"xfail\",\"reason\":\"known\""), 0);
    EXPECT_INT(e.result.status, ATTEMPT_XFAIL);
    EXPECT_STR(e.result.message, "known");
    EXPECT_INT(result("\"status\":\"xpass\",\"message\":\"m\",\"compared\":1"), 0);
    EXPECT_INT(e.result.status, ATTEMPT_XPASS);
    EXPECT_INT(result("\"status\":\"xpass\",\"message\":\"m\""), 0);
    EXPECT_INT(e.result.status, ATTEMPT_ERROR); /* it compared nothing */
}

static int done(const char *rest) {
    char line[1024];
    int n = snprintf(line, sizeof(line), "{\"event\":\"done\",\"cases\":3%s}", rest);
    arena_done(&arena);
    arena_init(&arena, 0);
    return event_parse(&e, &arena, line, (size_t)n);
}

TEST(times_are_read_and_what_nothing_takes_is_no_time) {
    REQUIRE(result("\"status\":\"pass\",\"compared\":1,\"cpu_ms\":2.5") == 0);
    EXPECT(e.result.cpu_ms == 2.5);
    REQUIRE(result("\"status\":\"pass\",\"compared\":1") == 0);
    EXPECT(isnan(e.result.cpu_ms));
    EXPECT_INT(result("\"status\":\"pass\",\"compared\":1,\"cpu_ms\":-1"), ERR_FORMAT);
    EXPECT_INT(result("\"status\":\"pass\",\"compared\":1,\"cpu_ms\":\"inf\""), ERR_FORMAT);
    EXPECT_INT(result("\"status\":\"pass\",\"compared\":1,\"cpu_ms\":\"soon\""), ERR_FORMAT);
    arena_done(&arena);
}

TEST(a_calibration_has_a_version_and_a_time) {
    REQUIRE(done("") == 0);
    EXPECT(e.calibration_ms == 0);
    REQUIRE(done(",\"calibration\":{\"version\":4,\"ms\":0.25}") == 0);
    EXPECT(e.calibration_ms == 0.25);
    EXPECT_INT(e.calibration, 4);
    EXPECT_INT(done(",\"calibration\":{\"version\":4}"), ERR_FORMAT);
    EXPECT_INT(done(",\"calibration\":{\"version\":0,\"ms\":1}"), ERR_FORMAT);
    EXPECT_INT(done(",\"calibration\":{\"version\":1,\"ms\":0}"), ERR_FORMAT);
    EXPECT_INT(done(",\"calibration\":{\"version\":1,\"ms\":-1}"), ERR_FORMAT);
    EXPECT_INT(done(",\"calibration\":{\"version\":1,\"ms\":\"inf\"}"), ERR_FORMAT);
    EXPECT_INT(done(",\"calibration\":7"), ERR_FORMAT);
    arena_done(&arena);
}

TEST(figures_that_are_not_finite_are_read_from_words) {
    REQUIRE(result("\"status\":\"numerics\",\"message\":\"m\",\"nmse\":\"nan\","
                   "\"max_abs\":\"inf\",\"worst\":{\"key\":\"k\",\"index\":[1,2],"
                   "\"got\":\"-inf\",\"want\":1}") == 0);
    EXPECT(isnan(e.result.nmse) && e.result.max_abs == (double)INFINITY);
    EXPECT(e.result.worst_got == -(double)INFINITY && e.result.worst_want == 1);
    EXPECT_STR(e.result.worst_index, "[1,2]");
    EXPECT_INT(result("\"status\":\"pass\",\"nmse\":\"little\""), ERR_FORMAT);
    arena_done(&arena);
}

/* As pytest and CTest have them: quotes, brackets and blanks within, any letters. */
TEST(an_id_of_a_case_is_any_text_of_one_line) {
    static const char *const good[] = {"a", "t.py::test_x[it's]", "say \"x\" \\ {case} $(x)",
                                       "größe", "日本"};
    static const char *const bad[] = {"", " a", "a ", "-a", "a\nb", "a\x7f"};
    char name[EVENT_CASE_MAX + 2] = "";
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        test_check(event_is_case_name(good[i]), __FILE__, __LINE__, "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        test_check(!event_is_case_name(bad[i]), __FILE__, __LINE__, "%s", bad[i]);
    memset(name, 'a', EVENT_CASE_MAX);
    EXPECT(event_is_case_name(name));
    name[EVENT_CASE_MAX] = 'a';
    EXPECT(!event_is_case_name(name));
    static const char line[] = "{\"event\":\"started\",\"case\":\"a\\nb\"}";
    arena_init(&arena, 0);
    EXPECT_INT(event_parse(&e, &arena, line, sizeof(line) - 1), ERR_FORMAT);
    EXPECT_HAS(err_text(), "without control characters");
    arena_done(&arena);
}

/* A message goes to terminals, and into signatures. */
TEST(what_a_terminal_would_act_on_is_left_out_of_a_message) {
    REQUIRE(result("\"status\":\"fail\",\"message\":\"\\u001b[1;31mred\\u001b[0m\\n\\ttwo\\r\\u0007"
                   "\\u001b]0;title\\u001b\"") == 0);
    EXPECT_STR(e.result.message, "red\n\ttwo   ]0;title ");
    REQUIRE(result("\"status\":\"na\",\"reason\":\"no \\u001b[2Kgpu\\u001b[\"") == 0);
    EXPECT_STR(e.result.message, "no gpu [");
    arena_done(&arena);
}
