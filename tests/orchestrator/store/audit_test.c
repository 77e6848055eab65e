/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/audit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

static char lines[4096];

/* Three entries in a new folder. */
static const char *three(void) {
    struct audit *a;
    const char *logs = test_folder();
    (void)snprintf(lines, sizeof(lines), "%.4000s/audit.ndjson", logs);
    EXPECT_INT(audit_open(&a, logs), 0);
    for (int i = 0; i < 3; i++)
        EXPECT_INT(audit_add(a, "mender", "started", "{\"value\":41}", NULL), 0);
    audit_close(a);
    return logs;
}

static int64_t faults_in(const char *logs, int64_t *found) {
    struct audit_report r;
    struct buf faults;
    buf_init(&faults, 1 << 16);
    EXPECT_INT(audit_verify(logs, &r, &faults), 0);
    EXPECT((r.faults > 0) == (faults.len > 0));
    buf_done(&faults);
    *found = r.entries;
    return r.faults;
}

static void edit(const char *from, const char *to) {
    struct file f;
    REQUIRE(file_read(&f, lines, 1 << 20) == 0);
    char *at = memmem(f.data, f.size, from, strlen(from));
    REQUIRE(at != NULL && strlen(from) == strlen(to));
    memcpy(at, to, strlen(to));
    EXPECT_INT(file_replace(lines, f.data, f.size), 0);
    file_done(&f);
}

TEST(a_chain_grows_and_holds) {
    const char *logs = three();
    struct audit *a;
    char head[HASH_HEX_SIZE];
    int64_t entries;
    EXPECT_INT(faults_in(logs, &entries), 0);
    EXPECT_INT(entries, 3);
    EXPECT_INT(audit_open(&a, logs), 0);
    EXPECT_INT(audit_add(a, "mender", "ended", "{}", head), 0);
    EXPECT_INT(strlen(head), 64);
    audit_close(a);
    EXPECT_INT(faults_in(logs, &entries), 0);
    EXPECT_INT(entries, 4);
}

TEST(what_was_changed_is_found_and_nothing_is_added) {
    const char *logs = three();
    struct audit *a;
    int64_t entries;
    edit("\\\"value\\\":41", "\\\"value\\\":42");
    EXPECT(faults_in(logs, &entries) > 0);
    EXPECT_INT(audit_open(&a, logs), ERR_FORMAT);
    EXPECT_HAS(err_text(), "it was changed after it was written");
}

TEST(what_was_taken_out_is_found) {
    const char *logs = three();
    struct audit *a;
    struct file f;
    int64_t entries;
    /* the last line */
    REQUIRE(file_read(&f, lines, 1 << 20) == 0);
    size_t end = f.size - 1;
    while (end > 0 && f.data[end - 1] != '\n')
        end--;
    EXPECT_INT(file_replace(lines, f.data, end), 0);
    EXPECT(faults_in(logs, &entries) > 0);
    EXPECT_INT(audit_open(&a, logs), ERR_FORMAT);
    EXPECT_HAS(err_text(), "lost entries");
    /* the first line */
    const char *newline = memchr(f.data, '\n', f.size);
    size_t first = (size_t)(newline - (const char *)f.data) + 1;
    EXPECT_INT(file_replace(lines, f.data + first, f.size - first), 0);
    EXPECT(faults_in(logs, &entries) > 0);
    file_done(&f);
}

TEST(a_torn_line_was_never_an_entry) {
    const char *logs = three();
    struct audit *a;
    int64_t entries;
    int fd = open(lines, O_WRONLY | O_APPEND);
    EXPECT_INT(write(fd, "{\"n\":4,\"ti", 10), 10);
    close(fd);
    EXPECT_INT(audit_open(&a, logs), 0);
    EXPECT_INT(audit_add(a, "mender", "ended", "{}", NULL), 0);
    audit_close(a);
    EXPECT_INT(faults_in(logs, &entries), 0);
    EXPECT_INT(entries, 4);
}

/* Killed anywhere, by two that write at once: no entry that was reported is lost. */
TEST(kill_minus_nine_leaves_it_whole) {
    const char *logs = three();
    int64_t entries, told = 0;
    for (int round = 0; round < 20; round++) {
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        pid_t pids[2];
        for (int i = 0; i < 2; i++) {
            pids[i] = fork();
            if (pids[i] != 0)
                continue;
            struct audit *a;
            if (audit_open(&a, logs) != 0)
                _exit(1);
            while (audit_add(a, "mender", "step", "{}", NULL) == 0)
                if (write(ends[1], "x", 1) != 1)
                    break;
            _exit(1);
        }
        close(ends[1]);
        struct timespec wait = {0, 5000000 + round * 3000000L};
        nanosleep(&wait, NULL);
        for (int i = 0; i < 2; i++) {
            (void)kill(pids[i], SIGKILL);
            waitpid(pids[i], NULL, 0);
        }
        char bytes[4096];
        for (ssize_t n; (n = read(ends[0], bytes, sizeof(bytes))) > 0;)
            told += n;
        close(ends[0]);
        struct audit *a;
        REQUIRE(audit_open(&a, logs) == 0);
        audit_close(a);
        EXPECT_INT(faults_in(logs, &entries), 0);
        EXPECT(entries >= 3 + told);
    }
    EXPECT(told > 0);
}
