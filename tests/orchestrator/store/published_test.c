/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/published.h"

#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/store/db.h"
#include "tests/test.h"

#define ONE "1111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222"

static struct arena arena;
static struct db *db;
static char path[512];

static void open_ledger(void) {
    if (!*path)
        snprintf(path, sizeof(path), "%s/published.db", test_folder());
    arena_init(&arena, 0);
    EXPECT_INT(published_open(&db, path), 0);
}

static void close_ledger(void) {
    db_close(db);
    arena_done(&arena);
}

TEST(what_was_shared_once_stays_so_and_where_it_was_first_seen) {
    struct published_commit p;
    open_ledger();
    EXPECT_INT(published_find(db, &arena, ONE, &p), 0);
    EXPECT(!p.known);
    EXPECT_INT(published_put(db, ONE, false, "url", "refs/heads/ours", 5), 0);
    EXPECT_INT(published_put(db, ONE, true, "url", "refs/heads/main", 7), 0);
    EXPECT_INT(published_put(db, ONE, false, "url", "refs/heads/ours", 9), 0);
    close_ledger();
    open_ledger();
    EXPECT_INT(published_find(db, &arena, ONE, &p), 0);
    EXPECT(p.known && p.shared);
    EXPECT_STR(p.ref, "refs/heads/ours");
    EXPECT_INT(p.seen_ms, 5);
    close_ledger();
}

TEST(tips_are_listed_by_who_may_rewrite_them) {
    const char *const *tips;
    size_t len;
    open_ledger();
    EXPECT_INT(published_put_tip(db, TWO, false), 0);
    EXPECT_INT(published_put_tip(db, ONE, true), 0);
    EXPECT_INT(published_tips(db, &arena, true, &tips, &len), 0);
    REQUIRE(len == 1);
    EXPECT_STR(tips[0], ONE);
    EXPECT_INT(published_tips(db, &arena, false, &tips, &len), 0);
    EXPECT_INT(len, 2);
    *path = '\0'; /* another ledger for the next test */
    close_ledger();
}

TEST(a_lease_is_of_a_branch_of_a_remote_and_may_be_nothing) {
    char id[PUBLISHED_ID_SIZE];
    bool known, own;
    open_ledger();
    EXPECT_INT(published_lease(db, "url", "refs/heads/x", id, &known), 0);
    EXPECT(!known);
    EXPECT_INT(published_put_lease(db, "url", "refs/heads/x", ONE, 1), 0);
    EXPECT_INT(published_put_lease(db, "other", "refs/heads/x", "", 1), 0);
    EXPECT_INT(published_lease(db, "url", "refs/heads/x", id, &known), 0);
    EXPECT(known);
    EXPECT_STR(id, ONE);
    EXPECT_INT(published_lease(db, "other", "refs/heads/x", id, &known), 0);
    EXPECT(known && !*id);
    EXPECT_INT(published_is_own(db, "url", "refs/heads/x", &own), 0);
    EXPECT(!own);
    EXPECT_INT(published_put_own(db, "url", "refs/heads/x", 1), 0);
    EXPECT_INT(published_put_own(db, "url", "refs/heads/x", 2), 0);
    EXPECT_INT(published_is_own(db, "url", "refs/heads/x", &own), 0);
    EXPECT(own);
    close_ledger();
}
