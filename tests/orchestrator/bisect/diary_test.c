/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/diary.h"

#include <stdio.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

static struct diary_question question(void) {
    return (struct diary_question){
        .asked = {.cell = "compat/a/cpu",
                  .case_name = "a/b",
                  .good = "1111111111111111111111111111111111111111",
                  .bad = "2222222222222222222222222222222222222222",
                  .sound_runs = 40,
                  .sound_fails = 2,
                  .what = ""},
        .flake = -1,
        .confidence = 0.99,
        .verify_runs = 3
    };
}

static struct diary_run a_run(const char *commit, enum outcome outcome) {
    return (struct diary_run){.commit = commit,
                              .outcome = outcome,
                              .status = "fail",
                              .signature = "abc",
                              .what = "a \"quoted\" line",
                              .fixture = "tip",
                              .note = "",
                              .ms = 1.5,
                              .build_ms = 20};
}

struct opened {
    struct arena arena;
    struct diary *diary;
    struct diary_question q;
    struct diary_run *runs;
    size_t len;
    bool finished;
};

static int open_diary(struct opened *o, const char *folder) {
    *o = (struct opened){.q = question()};
    arena_init(&o->arena, 0);
    return diary_open(&o->diary, &o->arena, folder, &o->q, &o->runs, &o->len, &o->finished);
}

static void close_diary(struct opened *o) {
    diary_close(o->diary);
    arena_done(&o->arena);
}

TEST(what_was_written_is_read_back_in_order) {
    struct opened o;
    const char *folder = test_folder();
    const struct diary_run first = a_run("c1", OUTCOME_FAIL), second = a_run("c2", OUTCOME_SKIP);
    REQUIRE(open_diary(&o, folder) == 0);
    EXPECT_INT(o.len, 0);
    EXPECT_INT(diary_add_run(o.diary, &first), 0);
    EXPECT_INT(diary_add_signature(o.diary, "abcdef"), 0);
    EXPECT_INT(diary_add_run(o.diary, &second), 0);
    close_diary(&o);
    REQUIRE(open_diary(&o, folder) == 0);
    REQUIRE(o.len == 2);
    EXPECT_STR(o.runs[0].commit, "c1");
    EXPECT_STR(o.runs[0].what, "a \"quoted\" line");
    EXPECT_INT(o.runs[1].outcome, OUTCOME_SKIP);
    EXPECT(!o.finished);
    EXPECT_STR(o.q.asked.signature, "abcdef");
    EXPECT_INT(diary_finish(o.diary, "{\"answer\":\"culprit\"}"), 0);
    close_diary(&o);
    REQUIRE(open_diary(&o, folder) == 0);
    EXPECT(o.finished);
    close_diary(&o);
}

TEST(the_rates_of_the_first_line_hold) {
    struct opened o;
    const char *folder = test_folder();
    REQUIRE(open_diary(&o, folder) == 0);
    close_diary(&o);
    o = (struct opened){.q = question()};
    o.q.asked.sound_fails = 20;
    arena_init(&o.arena, 0);
    REQUIRE(diary_open(&o.diary, &o.arena, folder, &o.q, &o.runs, &o.len, &o.finished) == 0);
    EXPECT_INT(o.q.asked.sound_fails, 2);
    close_diary(&o);
}

/* A kill in the middle of a write leaves half a line, which counts for nothing. */
TEST(half_a_line_is_passed_over_and_the_next_is_whole) {
    struct opened o;
    char path[4200];
    const char *folder = test_folder();
    const struct diary_run run = a_run("c1", OUTCOME_PASS);
    REQUIRE(open_diary(&o, folder) == 0);
    EXPECT_INT(diary_add_run(o.diary, &run), 0);
    EXPECT_INT(diary_add_run(o.diary, &run), 0);
    close_diary(&o);
    snprintf(path, sizeof(path), "%s/bisect.ndjson", folder);
    struct file f;
    REQUIRE(file_read(&f, path, 1 << 20) == 0);
    REQUIRE(truncate(path, (off_t)f.size - 20) == 0);
    file_done(&f);
    REQUIRE(open_diary(&o, folder) == 0);
    EXPECT_INT(o.len, 1);
    EXPECT_INT(diary_add_run(o.diary, &run), 0);
    close_diary(&o);
    REQUIRE(open_diary(&o, folder) == 0);
    EXPECT_INT(o.len, 2);
    close_diary(&o);
}

TEST(a_diary_of_something_else_is_refused_with_its_key) {
    struct opened o;
    char path[4200];
    static const char bad[] = "{\"event\":\"run\",\"commit\":\"c\",\"outcome\":\"perhaps\"}\n";
    const char *folder = test_folder();
    snprintf(path, sizeof(path), "%s/bisect.ndjson", folder);
    REQUIRE(file_replace(path, bad, sizeof(bad) - 1) == 0);
    EXPECT_INT(open_diary(&o, folder), ERR_FORMAT);
    EXPECT_HAS(err_text(), "outcome");
    EXPECT_HAS(err_text(), "perhaps");
    arena_done(&o.arena);
}

TEST(another_question_has_another_folder) {
    struct arena arena;
    struct diary_question q = question();
    arena_init(&arena, 0);
    const char *one = diary_folder(&arena, "logs", &q);
    EXPECT_STR(diary_folder(&arena, "logs", &q), one);
    q.any = true;
    EXPECT(strcmp(diary_folder(&arena, "logs", &q), one) != 0);
    EXPECT_INT(strncmp(one, "logs/bisect/", 12), 0);
    arena_done(&arena);
}
