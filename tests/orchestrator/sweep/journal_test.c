/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <signal.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

static char path[4200], seen[4096];

static int collect(void *arg, const char *line, size_t len, int64_t next) {
    (void)arg, (void)next;
    snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "[%.*s]", (int)len, line);
    return 0;
}

static const char *read_all(void) {
    seen[0] = '\0';
    EXPECT_INT(journal_read(path, 0, collect, NULL), 0);
    return seen;
}

static struct journal *fresh(void) {
    struct journal *j = NULL;
    snprintf(path, sizeof(path), "%s/run/events.ndjson", test_folder());
    EXPECT_INT(journal_create(&j, path), 0);
    return j;
}

TEST(lines_come_back_and_a_journal_is_never_begun_twice) {
    struct journal *j = fresh(), *other;
    EXPECT_INT(journal_add(j, "{1}\n", 4), 0);
    EXPECT_INT(journal_sync(j), 0);
    journal_close(j);
    EXPECT_INT(journal_create(&other, path), ERR_IO);
    EXPECT_INT(journal_append_to(&j, path), 0);
    EXPECT_INT(journal_add(j, "{2}\n", 4), 0);
    EXPECT_INT(journal_size(j), 8);
    journal_close(j);
    EXPECT_STR(read_all(), "[{1}][{2}]");
}

TEST(a_torn_line_is_left_by_readers_and_ended_by_the_next_writer) {
    struct journal *j = fresh();
    EXPECT_INT(journal_add(j, "{1}\n", 4), 0);
    journal_close(j);
    int fd = open(path, O_WRONLY | O_APPEND);
    REQUIRE(fd >= 0);
    EXPECT(write(fd, "{\"ev", 4) == 4);
    close(fd);
    EXPECT_STR(read_all(), "[{1}]");
    EXPECT_INT(journal_append_to(&j, path), 0);
    EXPECT_STR(read_all(), "[{1}]");
    EXPECT_INT(journal_add(j, "{2}\n", 4), 0);
    journal_close(j);
    EXPECT_STR(read_all(), "[{1}][{2}]");
}

TEST(a_write_that_fails_leaves_no_half_line_and_is_the_last) {
    struct journal *j = fresh();
    struct rlimit before, small = {20, RLIM_INFINITY};
    EXPECT_INT(journal_add(j, "{\"event\":\"one\"}\n", 16), 0);
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    EXPECT_INT(journal_add(j, "{\"event\":\"two\"}\n", 16), ERR_IO);
    EXPECT_HAS(err_text(), "events.ndjson");
    EXPECT(setrlimit(RLIMIT_FSIZE, &before) == 0);
    EXPECT_INT(journal_add(j, "{3}\n", 4), ERR_IO);
    EXPECT_INT(journal_sync(j), ERR_IO);
    journal_close(j);
    struct file f;
    REQUIRE(file_read(&f, path, 4096) == 0);
    EXPECT_INT(f.size, 16);
    file_done(&f);
}

TEST(a_journal_that_shrank_is_an_error) {
    struct journal *j = fresh();
    EXPECT_INT(journal_add(j, "{1}\n", 4), 0);
    journal_close(j);
    EXPECT_INT(journal_read(path, 100, collect, NULL), ERR_FORMAT);
    EXPECT_INT(journal_read("/no/such/journal", 0, collect, NULL), ERR_NOTFOUND);
}
