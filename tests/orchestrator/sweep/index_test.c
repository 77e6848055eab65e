/* SPDX-License-Identifier: Apache-2.0 */
/* The index is a fold of the journals: made anew, it is the same to the last row. */
#include "orchestrator/sweep/index.h"

#include "engine/base/err.h"
#include "tests/orchestrator/store/dump.h"
#include "tests/orchestrator/sweep/checkout.h"

static char *dump(void) {
    struct buf out;
    buf_init(&out, 64 << 20);
    dump_index(&out, checkout_path("logs/noctule.db"));
    EXPECT(out.len > 1000);
    return buf_detach(&out);
}

/* Runs that were finished, changed, interrupted and resumed, killed and abandoned. */
static void make_history(void) {
    checkout_make(1);
    checkout_cases("alpha", "a pass\nb fail\nc kill\nd numerics\ne flaky\n");
    checkout_cases("beta", "a pass\nb na\n");
    EXPECT_INT(checkout_run("sweep"), 1);
    checkout_cases("alpha", "a fail\nb pass\nc pass\nd hang\ne wait\nf pass\n");
    pid_t pid = checkout_spawn("sweep");
    EXPECT(checkout_await("waiting"));
    EXPECT(kill(pid, SIGINT) == 0);
    EXPECT_INT(checkout_wait(pid), 130);
    checkout_write("go", "");
    EXPECT_INT(checkout_run("sweep --resume"), 1);
    EXPECT(unlink(checkout_path("go")) == 0 && unlink(checkout_path("waiting")) == 0);
    pid = checkout_spawn("sweep --family alpha");
    EXPECT(checkout_await("waiting"));
    EXPECT(kill(pid, SIGKILL) == 0);
    EXPECT_INT(checkout_wait(pid), 128 + SIGKILL);
    checkout_cases("alpha", "a pass\n");
    EXPECT_INT(checkout_run("sweep"), 1); /* cases that passed are gone */
}

TEST(an_index_made_anew_is_the_same_to_the_last_row) {
    make_history();
    char *before = dump();
    EXPECT_INT(checkout_run("db rebuild"), 0);
    EXPECT_HAS(checkout_said, "4 runs");
    char *after = dump();
    EXPECT(strcmp(before, after) == 0);
    if (strcmp(before, after) != 0)
        (void)(file_replace("/tmp/before.txt", before, strlen(before)) +
               file_replace("/tmp/after.txt", after, strlen(after)));
    free(before);
    /* A lost index is made again by whoever needs it next. */
    EXPECT(unlink(checkout_path("logs/noctule.db")) == 0);
    EXPECT_INT(checkout_run("sweep --family beta"), 0);
    EXPECT_INT(checkout_run("compare 2 1"), 1);
    free(after);
}

/* Two signatures of an older algorithm that are one today, under the name that it has today. */
TEST(history_is_clustered_again_when_the_algorithm_has_changed) {
    struct checkout_view v;
    char hash[2][40];
    checkout_make(0);
    checkout_cases("alpha", "a fail\nb fail\nc numerics\n");
    EXPECT_INT(checkout_run("sweep"), 1);
    for (int i = 0; i < 2; i++) {
        checkout_look(&v);
        EXPECT_STR(checkout_result(&v, "alpha/a")->signature_hash,
                   checkout_result(&v, "alpha/b")->signature_hash);
        snprintf(hash[i], sizeof(hash[i]), "%s%.7s",
                 checkout_result(&v, "alpha/a")->signature_hash + 7,
                 checkout_result(&v, "alpha/c")->signature_hash);
        checkout_look_away(&v);
        EXPECT_INT(checkout_sh("sed -i 's/\"algo\":1,\"signature\":\"[0-9a-f]*\"/\"algo\":0,"
                               "\"signature\":\"old\"/; s/\"template\":\"[^\"]*\"/\"template\":"
                               "\"old\"/' logs/*/events.ndjson && grep -c '\"algo\":0' "
                               "logs/*/events.ndjson >out && [ $(cat out) = 3 ]"),
                   0);
        EXPECT_INT(checkout_run("db rebuild"), 0);
    }
    EXPECT_STR(hash[0], hash[1]);
}

TEST(a_damaged_journal_is_named_with_the_place) {
    struct checkout_view v;
    char name[300];
    checkout_make(0);
    checkout_cases("alpha", "a pass\n");
    EXPECT_INT(checkout_run("sweep"), 0);
    checkout_look(&v);
    snprintf(name, sizeof(name), "logs/%s/events.ndjson", v.run.name);
    checkout_look_away(&v);
    checkout_write(name, "{\"event\":\"nonsense\"}\n");
    char *before = dump();
    EXPECT_INT(checkout_run("db rebuild"), 2);
    EXPECT_HAS(checkout_said, "events.ndjson");
    EXPECT_HAS(checkout_said, "byte 21");
    char *after = dump(); /* the old index stands */
    EXPECT(strcmp(before, after) == 0);
    free(before);
    free(after);
}

TEST(lines_out_of_order_are_refused) {
    static const char *const lines[] = {"{\"event\":\"started\",\"cell\":\"c\",\"case\":\"d\"}",
                                        "[]", "{\"event\":\"cell\"}", "nothing"};
    struct db *db;
    struct index ix;
    REQUIRE(db_open(&db, ":memory:", DB_CREATE) == 0);
    for (size_t i = 0; i < 4; i++) {
        REQUIRE(index_open(&ix, db, "r") == 0);
        EXPECT_INT(index_add(&ix, lines[i], strlen(lines[i]), 1), ERR_FORMAT);
        index_close(&ix);
    }
    db_close(db);
}
