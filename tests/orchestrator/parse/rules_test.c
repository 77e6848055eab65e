/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/parse/rules.h"

#include <dirent.h>
#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

#define FIXTURES SOURCE_DIR "/tests/orchestrator/parse/rules"

/* A fixture: "expect: LOCATION | WHAT" on the first line, the log behind it. */
struct fixture {
    struct file file;
    char *location, *what, *log;
};

static bool load(struct fixture *f, const char *id) {
    char path[512];
    snprintf(path, sizeof(path), FIXTURES "/%s.log", id);
    if (file_read(&f->file, path, 1 << 20) < 0)
        return false;
    char *text = (char *)f->file.data, *bar = strstr(text, " | "), *end = strchr(text, '\n');
    if (strncmp(text, "expect: ", 8) != 0 || !bar || !end || bar > end)
        return false;
    *bar = *end = '\0';
    f->location = text + 8;
    f->what = bar + 3;
    f->log = end + 1;
    return true;
}

static void expect_match(const struct rules *rules, const struct rule *row, struct fixture *f) {
    struct arena arena;
    struct rule_match m = {0};
    arena_init(&arena, 0);
    char *message = NULL;
    size_t len = strlen(f->log);
    if (row->scope & RULE_MESSAGE) {
        message = xstrndup(f->log, len - 1); /* a message is one line without its newline */
        len = 0;
    }
    bool matched = rules_match(rules, &arena, message, len ? f->log : NULL, len, &m);
    test_check(matched, __FILE__, __LINE__, "%s matches its fixture", row->id);
    if (matched) {
        EXPECT_STR(m.rule->id, row->id);
        EXPECT_STR(m.location, f->location);
        EXPECT_STR(m.what, f->what);
    }
    free(message);
    arena_done(&arena);
}

TEST(every_rule_is_the_first_to_match_its_own_fixture_log) {
    struct rules *rules = NULL;
    REQUIRE(rules_open(&rules) == 0);
    size_t count;
    const struct rule *const *rows = rules_list(rules, &count);
    EXPECT(count > 25);
    for (size_t i = 0; i < count; i++) {
        struct fixture f = {0};
        bool ok = load(&f, rows[i]->id);
        test_check(ok, __FILE__, __LINE__, "rule %s has a fixture log", rows[i]->id);
        if (ok)
            expect_match(rules, rows[i], &f);
        file_done(&f.file);
    }
    rules_close(rules);
}

TEST(every_fixture_log_belongs_to_a_rule) {
    struct rules *rules = NULL;
    REQUIRE(rules_open(&rules) == 0);
    size_t count;
    const struct rule *const *rows = rules_list(rules, &count);
    DIR *dir = opendir(FIXTURES);
    REQUIRE(dir != NULL);
    for (struct dirent *e; (e = readdir(dir));) {
        char *dot = strrchr(e->d_name, '.');
        if (!dot || strcmp(dot, ".log") != 0)
            continue;
        *dot = '\0';
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found |= strcmp(rows[i]->id, e->d_name) == 0;
        test_check(found, __FILE__, __LINE__, "%s.log belongs to a rule", e->d_name);
    }
    closedir(dir);
    rules_close(rules);
}

TEST(rule_ids_are_unique_and_their_fields_complete) {
    struct rules *rules = NULL;
    REQUIRE(rules_open(&rules) == 0);
    size_t count;
    const struct rule *const *rows = rules_list(rules, &count);
    for (size_t i = 0; i < count; i++) {
        EXPECT(rows[i]->class && rows[i]->layer && rows[i]->scope && rows[i]->version > 0);
        for (size_t j = 0; j < i; j++)
            EXPECT(strcmp(rows[i]->id, rows[j]->id) != 0);
    }
    rules_close(rules);
}

TEST(text_that_no_rule_knows_matches_nothing) {
    struct rules *rules = NULL;
    struct arena arena;
    struct rule_match m;
    REQUIRE(rules_open(&rules) == 0);
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
    REQUIRE(rules_open(&rules) == 0);
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
