/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/record.h"

#include <string.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

static struct arena arena;
static const char *logs;

static const struct proof_name cases[] = {
    {"compat/toy/cpu.f32", "toy/attn_norm"},
    {"compat/toy/cpu.f32", "toy/logits"   },
};
static const char *const paths[] = {"engine/norm.c"};

static struct fix_record some_record(const char *id, int64_t begun_ms) {
    return (struct fix_record){.id = id,
                               .cluster = "9f7c2a1077b0c0de9f7c2a1077b0c0de",
                               .words = "rms_norm of cpu",
                               .subject = "toy",
                               .base = "0123456789012345678901234567890123456789",
                               .tree = "",
                               .commit = "",
                               .state = "running",
                               .outcome = "",
                               .reason = "",
                               .role = "test-runner",
                               .driver = "patch",
                               .culprit = "",
                               .begun_ms = begun_ms,
                               .url = "",
                               .proof_sha256 = "",
                               .paths = paths,
                               .path_count = 1,
                               .cases = cases,
                               .case_count = 2};
}

/* LOGS/fix/ID, made. */
static const char *folder_of(const char *id) {
    if (!logs) {
        arena_init(&arena, 0);
        logs = test_folder();
    }
    const char *folder = arena_printf(&arena, "%s/fix/%s", logs, id);
    EXPECT_INT(file_make_dirs(folder), 0);
    return folder;
}

TEST(a_record_is_read_as_it_was_written) {
    struct fix_record r = some_record("a1", 5), back;
    const char *folder = folder_of("a1");
    EXPECT_INT(fix_record_write(&r, folder), 0);
    REQUIRE(fix_record_load(&back, &arena, folder) == 0);
    EXPECT_STR(back.words, "rms_norm of cpu");
    EXPECT_STR(back.url, "");
    EXPECT_INT(back.number, 0);
    EXPECT_INT(back.case_count, 2);
    EXPECT_STR(back.cases[1].name, "toy/logits");
    r.url = "https://forge.example/a/b/pull/7";
    r.number = 7;
    r.state = "ended";
    EXPECT_INT(fix_record_write(&r, folder), 0);
    REQUIRE(fix_record_load(&back, &arena, folder) == 0);
    EXPECT_STR(back.url, r.url);
    EXPECT_INT(back.number, 7);
    EXPECT_INT(fix_record_load(&back, &arena, test_folder()), ERR_NOTFOUND);
}

TEST(a_record_that_could_not_be_read_is_not_written) {
    struct fix_record r = some_record("a1", 5), back;
    const char *folder = folder_of("a1");
    EXPECT_INT(fix_record_write(&r, folder), 0);
    static const char *const bad[] = {"javascript:alert(1)", "https://x/\"><b>", "https://",
                                      "/pull/7", "https://x/) [y](https://z"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        r.url = bad[i];
        EXPECT_INT(fix_record_write(&r, folder), ERR_FORMAT);
    }
    r.url = "";
    r.state = "asleep";
    EXPECT_INT(fix_record_write(&r, folder), ERR_FORMAT);
    EXPECT_INT(fix_record_load(&back, &arena, folder), 0);
    EXPECT_STR(back.state, "running");
}

TEST(records_come_newest_first_and_a_broken_one_is_left_out) {
    static const char *const ids[] = {"b1", "b3", "b2"};
    static const char *const newest[] = {"b3", "b2", "b1"};
    static const int64_t begun[] = {10, 30, 20};
    struct fix_record *list;
    size_t len, at = 0;
    for (size_t i = 0; i < 3; i++) {
        struct fix_record r = some_record(ids[i], begun[i]);
        EXPECT_INT(fix_record_write(&r, folder_of(ids[i])), 0);
    }
    EXPECT_INT(file_replace(arena_printf(&arena, "%s/fix.json", folder_of("b4")), "{", 1), 0);
    struct fix_record other = some_record("b1", 99); /* a copy under another name */
    EXPECT_INT(fix_record_write(&other, folder_of("b5")), 0);
    (void)folder_of("b6");
    REQUIRE(fix_records_list(logs, &arena, &list, &len) == 0);
    for (size_t i = 0; i < len; i++) {
        if (list[i].id[0] != 'b')
            continue;
        EXPECT_STR(list[i].id, newest[at % 3]);
        at++;
    }
    EXPECT_INT(at, 3);
    EXPECT_INT(fix_records_list("/nowhere", &arena, &list, &len), 0);
    EXPECT_INT(len, 0);
}
