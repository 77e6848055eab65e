/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/capture.h"

#include <stdio.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/proc/logfile.h"
#include "tests/test.h"

static char path[4200];

static struct capture *fresh(void) {
    struct capture *c = NULL;
    snprintf(path, sizeof(path), "%s/logs/cell.log", test_folder());
    EXPECT_INT(capture_open(&c, path), 0);
    return c;
}

static const char *read_back(struct buf *b, int64_t begin, int64_t end) {
    buf_reset(b);
    EXPECT_INT(logfile_read(b, path, begin, end), 0);
    return b->data;
}

TEST(sections_are_found_by_their_place_also_when_packed) {
    struct capture *c = fresh();
    struct buf b;
    int64_t at[4];
    size_t len;
    buf_init(&b, 1 << 20);
    EXPECT_INT(capture_add(c, "first\n", 6), 0);
    EXPECT_STR(capture_text(c, &len), "first\n");
    EXPECT_INT(capture_end(c, &at[0], &at[1]), 0);
    EXPECT_INT(capture_add(c, "second\n", 7), 0);
    EXPECT_INT(capture_end(c, &at[2], &at[3]), 0);
    capture_close(c);
    EXPECT_STR(read_back(&b, at[0], at[1]), "first\n");
    EXPECT_INT(logfile_compress(path), 0);
    EXPECT(!file_exists(path));
    EXPECT_STR(read_back(&b, at[2], at[3]), "second\n");
    EXPECT_STR(read_back(&b, 0, -1), "first\nsecond\n");
    EXPECT_INT(logfile_compress(path), 0); /* again: nothing to do */
    EXPECT_STR(read_back(&b, 100, 200), "");
    buf_done(&b);
}

TEST(a_flood_keeps_its_beginning_and_its_end) {
    enum { LINES = 200000 };
    struct capture *c = fresh();
    struct buf b;
    int64_t begin, end;
    buf_init(&b, 8 << 20);
    for (int i = 0; i < LINES; i++) {
        char line[32];
        int n = snprintf(line, sizeof(line), "line %d\n", i);
        EXPECT_INT(capture_add(c, line, (size_t)n), 0);
    }
    EXPECT_INT(capture_end(c, &begin, &end), 0);
    capture_close(c);
    const char *text = read_back(&b, begin, end);
    EXPECT(b.len <= CAPTURE_HEAD + CAPTURE_TAIL + 128);
    EXPECT(strncmp(text, "line 0\nline 1\n", 14) == 0);
    EXPECT_HAS(text, "bytes left out");
    EXPECT_STR(text + b.len - strlen("line 199999\n"), "line 199999\n");
    buf_done(&b);
}

TEST(one_write_larger_than_everything_keeps_both_ends) {
    enum { SIZE = 3 * (CAPTURE_HEAD + CAPTURE_TAIL) };
    struct capture *c = fresh();
    static char flood[SIZE];
    memset(flood, 'm', SIZE);
    flood[0] = 'a';
    flood[SIZE - 1] = 'z';
    EXPECT_INT(capture_add(c, flood, SIZE), 0);
    size_t len;
    const char *text = capture_text(c, &len);
    EXPECT(text[0] == 'a' && text[len - 1] == 'z');
    capture_close(c);
}

TEST(a_log_goes_on_where_it_ended) {
    struct capture *c = fresh();
    struct buf b;
    int64_t begin, end;
    buf_init(&b, 1 << 20);
    EXPECT_INT(capture_add(c, "before\n", 7), 0);
    capture_close(c);
    EXPECT_INT(capture_open(&c, path), 0);
    EXPECT_INT(capture_add(c, "after\n", 6), 0);
    EXPECT_INT(capture_end(c, &begin, &end), 0);
    capture_close(c);
    EXPECT_STR(read_back(&b, begin, end), "after\n");
    buf_done(&b);
}

TEST(a_damaged_log_is_said_to_be_damaged) {
    struct capture *c = fresh();
    char packed[4300];
    struct buf b;
    buf_init(&b, 1 << 20);
    EXPECT_INT(capture_add(c, "words\n", 6), 0);
    capture_close(c);
    EXPECT_INT(logfile_compress(path), 0);
    snprintf(packed, sizeof(packed), "%s.zst", path);
    EXPECT_INT(file_replace(packed, "garbage garbage", 15), 0);
    EXPECT_INT(logfile_read(&b, path, 0, -1), ERR_FORMAT);
    EXPECT_HAS(err_text(), ".zst");
    EXPECT_INT(logfile_read(&b, "/no/such/log", 0, -1), ERR_NOTFOUND);
    buf_done(&b);
}
