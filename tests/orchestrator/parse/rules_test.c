/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/parse/rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

TEST(every_rule_of_the_program_does_as_its_fixtures_say) {
    struct rules *rules = NULL;
    struct buf faults;
    size_t count, fixtures;
    REQUIRE(rules_open(&rules, NULL) == 0);
    buf_init(&faults, 1 << 20);
    EXPECT_INT(rules_check(rules, &faults, &fixtures), 0);
    EXPECT_STR(faults.data, "");
    (void)rules_list(rules, &count);
    EXPECT(count > 25 && fixtures >= 2 * count);
    buf_done(&faults);
    rules_close(rules);
}

TEST(files_are_tried_in_their_order_and_their_rows_in_theirs) {
    struct rules *rules = NULL;
    size_t count, sanitizer = 0, engine = 0;
    REQUIRE(rules_open(&rules, NULL) == 0);
    const struct rule *const *rows = rules_list(rules, &count);
    for (size_t i = 0; i < count; i++) {
        sanitizer = strcmp(rows[i]->id, "sanitizer.undefined") == 0 ? i + 1 : sanitizer;
        engine = strcmp(rows[i]->id, "engine.check") == 0 ? i + 1 : engine;
    }
    EXPECT_INT(sanitizer, 1);
    EXPECT(engine > sanitizer);
    rules_close(rules);
}

/* A file with one rule, of which some parts can be other than right. */
static const char *file_with(const char *pattern, const char *match, const char *no_match) {
    static char path[4200];
    char text[16384];
    snprintf(path, sizeof(path), "%s/mine.json", test_folder());
    int n =
        snprintf(text, sizeof(text),
                 "{\"schema\":1,\"order\":12,\"rules\":[{\"id\":\"my.rule\",\"version\":1,"
                 "\"reads\":[\"message\"],\"pattern\":\"%s\",\"class\":\"c\",\"layer\":\"code\","
                 "\"match\":[%s],\"no_match\":[%s]}]}",
                 pattern, match, no_match);
    EXPECT(file_replace(path, text, (size_t)n) == 0);
    return path;
}

/* What a check of that file says. */
static const char *check(const char *pattern, const char *match, const char *no_match) {
    static char said[2000];
    const char *const paths[] = {file_with(pattern, match, no_match), NULL};
    struct rules *rules = NULL;
    struct buf faults;
    size_t fixtures;
    buf_init(&faults, sizeof(said));
    EXPECT_INT(rules_open(&rules, paths), 0);
    if (rules)
        (void)rules_check(rules, &faults, &fixtures);
    snprintf(said, sizeof(said), "%s", faults.data);
    buf_done(&faults);
    rules_close(rules);
    return said;
}

TEST(a_rule_that_does_not_do_as_its_fixtures_say_is_told) {
    /* clang-format off */
    static const struct {
        const char *pattern, *match, *no_match, *said;
    } rows[] = {
        {"^a(?<what>.)", "{\"message\":\"ab\",\"what\":\"b\"}", "{\"message\":\"ba\"}", ""},
        {"^a", "{\"message\":\"ba\"}", "{\"message\":\"b\"}", "my.rule does not match match[0]"},
        {"^a", "{\"message\":\"a\"},{\"message\":\"b\"}", "{\"message\":\"b\"}",
         "my.rule does not match match[1]"},
        {"^a", "{\"message\":\"a\"}", "{\"message\":\"b\"},{\"message\":\"ab\"}",
         "my.rule matches no_match[1]: ab"},
        {"^a(?<what>.)", "{\"message\":\"ac\",\"what\":\"b\"}", "{\"message\":\"b\"}",
         "what it says is \"c\", not \"b\""},
        {"^(?<location>a)", "{\"message\":\"a\",\"location\":\"b\"}", "{\"message\":\"b\"}",
         "the location is \"a\", not \"b\""},
        {"No space", "{\"message\":\"No space left on device\"}", "{\"message\":\"b\"}", ""},
        {"^(x+)+$", "{\"message\":\"xx\"}",
         "{\"message\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx!\"}",
         "my.rule gives up on no_match[0]: it backtracks for too long"},
        {"^(?:x|x)+$", "{\"message\":\"x\"}",
         "{\"message\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx!\"}", "gives up on"},
    };
    /* clang-format on */
    int64_t begun = clock_mono_ns();
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        EXPECT_HAS(check(rows[i].pattern, rows[i].match, rows[i].no_match), rows[i].said);
    EXPECT(clock_mono_ns() - begun < INT64_C(20000000000));
}

TEST(a_rule_that_an_earlier_one_covers_is_told) {
    static char path[4200];
    static const char text[] =
        "{\"schema\":1,\"order\":99,\"rules\":[{\"id\":\"late.one\",\"version\":1,"
        "\"reads\":[\"message\"],\"pattern\":\"NMSE\",\"class\":\"c\",\"layer\":\"code\","
        "\"match\":[{\"message\":\"a: NMSE 3 is over 2\"}],\"no_match\":[{\"message\":\"x\"}]}]}";
    const char *const paths[] = {path, NULL};
    struct rules *rules = NULL;
    struct buf faults;
    size_t fixtures;
    snprintf(path, sizeof(path), "%s/late.json", test_folder());
    EXPECT(file_replace(path, text, sizeof(text) - 1) == 0);
    REQUIRE(rules_open(&rules, paths) == 0);
    buf_init(&faults, 1000);
    EXPECT_INT(rules_check(rules, &faults, &fixtures), 1);
    EXPECT_HAS(faults.data, "of late.one is taken by engine.over_limit of engine.json");
    buf_done(&faults);
    rules_close(rules);
}

TEST(a_broken_file_is_refused_with_its_key_or_offset) {
#define RULE(more)                                                                            \
    "{\"schema\":1,\"order\":1,\"rules\":[{\"id\":\"a.b\",\"version\":1,\"reads\":[\"log\"]," \
    "\"pattern\":\"x\",\"class\":\"c\",\"layer\":\"code\",\"match\":[{\"log\":\"x\"}],"       \
    "\"no_match\":[{\"log\":\"y\"}]" more "}]}"
    /* clang-format off */
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"", "bad.json"},
        {"[]", "expected an object"},
        {"{\"schema\":1,\"order\":1}", "rules"},
        {"{\"schema\":2,\"order\":1,\"rules\":[]}", "schema"},
        {"{\"schema\":1,\"order\":-1,\"rules\":[{}]}", "order"},
        {"{\"schema\":1,\"order\":1,\"rules\":[]}", "rules: has 0 rules"},
        {"{\"schema\":1,\"order\":1,\"rules\":[3]}", "rules[0]: expected an object"},
        {"{\"schema\":1,\"order\":1,\"rules\":[{}],\"x\":1}", "x: is not known here"},
        {RULE(",\"retry\":true"), "rules[0].retry: is not known here"},
        {RULE(",\"retryable\":1"), "rules[0].retryable"},
        {"{\"schema\":1,\"order\":1,\"rules\":[{\"id\":\"a b\"}]}", "\"a b\" is no name"},
        {"{\"schema\":1,\"order\":1,\"rules\":[{\"id\":\"a\",\"version\":1,\"reads\":[\"out\"]}]}",
         "\"out\" is nothing to read"},
        {"{\"schema\":1,\"order\":1,\"rules\":[{\"id\":\"a\",\"version\":1,\"reads\":[]}]}",
         "reads: must not be empty"},
        {"{\"schema\":1,\"order\":1,\"rules\":[{\"id\":\"a\",\"version\":1,\"reads\":[\"log\"],"
         "\"pattern\":\"\"}]}", "pattern: must not be empty"},
        {"{\"schema\":1,\"order\":1,\"rules\":[{\"id\":\"a\",\"version\":1,\"reads\":[\"log\"],"
         "\"pattern\":\"x\",\"class\":\"c\",\"layer\":\"code\",\"match\":[],\"no_match\":[]}]}",
         "match: must not be empty"},
        {"{\"schema\":1,\"order\":1,\"rules\":[{\"id\":\"a\",\"version\":1,\"reads\":[\"log\"],"
         "\"pattern\":\"x\",\"class\":\"c\",\"layer\":\"code\",\"match\":[{\"message\":\"x\"}],"
         "\"no_match\":[{\"log\":\"x\"}]}]}", "match[0]: the rule does not read a message"},
        {"{\"schema\":1,\"order\":1,\"rules\":[{\"id\":\"a\",\"version\":1,\"reads\":[\"log\"],"
         "\"pattern\":\"x\",\"class\":\"c\",\"layer\":\"weather\"}]}", "\"weather\" is no layer"},
        {"{\"schema\":1,\"order\":1,\"rules\":[{\"id\":\"a\",\"version\":1,\"reads\":[\"log\"],"
         "\"pattern\":\"a(b\",\"class\":\"c\",\"layer\":\"code\",\"match\":[{\"log\":\"x\"}],"
         "\"no_match\":[{\"log\":\"x\"}]}]}",
         "the pattern of a is wrong at offset 3: missing closing parenthesis"},
        {"{\"schema\":1,\"order\":1,\"rules\":[{\"id\":\"engine.shape\",\"version\":1,\"reads\":"
         "[\"log\"],\"pattern\":\"x\",\"class\":\"c\",\"layer\":\"code\",\"match\":[{\"log\":\"x\"}"
         "],\"no_match\":[{\"log\":\"x\"}]}]}", "the id engine.shape is also that of a rule in"},
    };
    /* clang-format on */
#undef RULE
    char path[4200];
    const char *const paths[] = {path, NULL};
    snprintf(path, sizeof(path), "%s/bad.json", test_folder());
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct rules *rules = NULL;
        EXPECT(file_replace(path, rows[i].text, strlen(rows[i].text)) == 0);
        EXPECT(rules_open(&rules, paths) < 0);
        EXPECT_HAS(err_text(), rows[i].said);
        rules_close(rules);
    }
}

TEST(text_that_no_rule_knows_matches_nothing) {
    struct rules *rules = NULL;
    struct arena arena;
    struct rule_match m;
    REQUIRE(rules_open(&rules, NULL) == 0);
    arena_init(&arena, 0);
    EXPECT(!rules_match(rules, &arena, "all is well", "a quiet night\n", 14, &m));
    EXPECT(!rules_match(rules, &arena, NULL, NULL, 0, &m));
    arena_done(&arena);
    rules_close(rules);
}

TEST(a_log_of_only_hostile_bytes_ends_without_a_match) {
    struct rules *rules = NULL;
    struct arena arena;
    struct rule_match m;
    REQUIRE(rules_open(&rules, NULL) == 0);
    arena_init(&arena, 0);
    size_t len = 2 * (size_t)RULE_LOG_MAX;
    char *log = xcalloc(len, 1);
    for (size_t i = 0; i < len; i++)
        log[i] = "#0 x:(\xff\n"[i % 9];
    EXPECT(!rules_match(rules, &arena, NULL, log, len, &m));
    free(log);
    arena_done(&arena);
    rules_close(rules);
}
