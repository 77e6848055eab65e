/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/finding.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>

#include "engine/base/arena.h"
#include "orchestrator/parse/rules.h"
#include "tests/test.h"

static struct arena arena;
static struct rules *rules;

static struct finding made(struct failure f) {
    struct finding out;
    if (!rules)
        EXPECT(rules_open(&rules, NULL) == 0);
    finding_make(&out, &arena, rules, &f);
    return out;
}

TEST(numerics_with_other_figures_keep_their_signature) {
    struct finding a =
        made((struct failure){.status = "numerics",
                              .type = "final_logits",
                              .message = "prompt.logits: NMSE 3.2e-03 is over 1.0e-10",
                              .worst_key = "prompt.logits",
                              .nmse = 3.2e-3,
                              .limit = 1e-10});
    struct finding b =
        made((struct failure){.status = "numerics",
                              .type = "final_logits",
                              .message = "batch.logits: NMSE 7.7e-03 is over 1.0e-10",
                              .worst_key = "batch.logits",
                              .nmse = 7.7e-3,
                              .limit = 1e-10});
    EXPECT_STR(a.class, "numerics");
    EXPECT_STR(a.layer, RULE_CODE);
    EXPECT_STR(a.location, "prompt.logits");
    EXPECT_STR(a.rule, "engine.over_limit");
    EXPECT_STR(a.signature, b.signature);
}

TEST(another_stage_or_another_size_of_error_is_another_signature) {
    struct failure f = {.status = "numerics",
                        .type = "final_logits",
                        .worst_key = "p.logits",
                        .message = "p.logits: NMSE 1 is over 2",
                        .nmse = 1e-9,
                        .limit = 1e-10};
    struct finding a = made(f);
    f.nmse = (double)NAN;
    struct finding b = made(f);
    f.nmse = 1e-9;
    f.worst_key = "p.hidden.1";
    struct finding c = made(f);
    EXPECT(strcmp(a.signature, b.signature) != 0);
    EXPECT(strcmp(a.signature, c.signature) != 0);
}

TEST(a_crash_without_output_is_named_by_its_signal) {
    struct finding a =
        made((struct failure){.status = "crash", .type = "causality", .signal = SIGSEGV});
    EXPECT_STR(a.class, "crash");
    EXPECT_HAS(a.what, "killed by");
    EXPECT_STR(a.rule, "");
    EXPECT_INT(a.rule_version, 0);
}

TEST(a_sanitizer_report_explains_the_crash_it_caused) {
    const char *log = "x\nengine/op.c:31:5: runtime error: index 9 out of bounds\n";
    struct finding a = made((struct failure){
        .status = "crash", .type = "causality", .signal = 6, .log = log, .log_len = strlen(log)});
    EXPECT_STR(a.rule, "sanitizer.undefined");
    EXPECT_STR(a.location, "engine/op.c:31");
    EXPECT_STR(a.tail, "");
}

TEST(unknown_output_keeps_its_last_lines) {
    char log[2000];
    size_t len = 0;
    for (int i = 1; i <= 50; i++)
        len += (size_t)snprintf(log + len, sizeof(log) - len, "step %d went by\n", i);
    struct finding a = made((struct failure){.status = "error", .log = log, .log_len = len});
    EXPECT_STR(a.what, "step 50 went by");
    EXPECT_HAS(a.tail, "step 31 went by");
    EXPECT(strstr(a.tail, "step 30 went by") == NULL);
}

TEST(a_failure_of_which_nothing_is_known_still_makes_a_finding) {
    struct finding a = made((struct failure){0});
    EXPECT_STR(a.class, "unknown");
    EXPECT_STR(a.what, "");
    EXPECT_INT(strlen(a.signature), 32);
}
