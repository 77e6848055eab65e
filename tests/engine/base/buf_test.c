/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/buf.h"

#include <stdlib.h>

#include "engine/base/err.h"
#include "tests/test.h"

TEST(a_buf_is_a_string_at_all_times) {
    struct buf b;
    buf_init(&b, 100);
    EXPECT_STR(b.data, "");
    buf_puts(&b, "one");
    buf_putc(&b, ' ');
    buf_printf(&b, "%s=%d", "two", 2);
    buf_add(&b, "", 0);
    buf_add(&b, NULL, 0);
    EXPECT_STR(b.data, "one two=2");
    EXPECT_INT(b.len, 9);
    buf_reset(&b);
    EXPECT_STR(b.data, "");
    buf_done(&b);
    EXPECT_STR(b.data, "");
    buf_done(&b);
}

TEST(a_write_past_the_limit_is_dropped_whole_and_so_is_all_behind_it) {
    struct buf b;
    buf_init(&b, 5);
    buf_puts(&b, "abc");
    EXPECT_INT(buf_ok(&b, "the word"), 0);
    buf_puts(&b, "def");
    EXPECT_STR(b.data, "abc");
    EXPECT(b.over);
    buf_puts(&b, "d"); /* would fit; but then there would be a hole */
    EXPECT_STR(b.data, "abc");
    EXPECT_INT(buf_ok(&b, "the word"), ERR_LIMIT);
    EXPECT_STR(err_text(), "the word is longer than 5 bytes");
    buf_reset(&b);
    buf_puts(&b, "12345");
    EXPECT_STR(b.data, "12345");
    EXPECT(!b.over);
    buf_done(&b);
}

TEST(printing_grows_and_respects_the_limit) {
    struct buf b;
    buf_init(&b, 1000);
    for (int i = 0; i < 100; i++)
        buf_printf(&b, "%09d,", i);
    EXPECT_INT(b.len, 1000);
    EXPECT(!b.over);
    EXPECT(memcmp(b.data + 990, "000000099,", 10) == 0);
    buf_printf(&b, "%s", "");
    EXPECT(!b.over);
    buf_printf(&b, "x");
    EXPECT(b.over);
    EXPECT_INT(strlen(b.data), 1000);
    buf_reset(&b);
    buf_printf(&b, "%1001s", "x");
    EXPECT(b.over);
    EXPECT_STR(b.data, "");
    buf_printf(&b, "y");
    EXPECT_STR(b.data, "");
    buf_done(&b);
}

TEST(a_limit_of_zero_takes_nothing) {
    struct buf b;
    buf_init(&b, 0);
    buf_puts(&b, "");
    EXPECT(!b.over);
    buf_putc(&b, 'x');
    EXPECT(b.over);
    EXPECT_STR(b.data, "");
    buf_done(&b);
}

TEST(no_length_wraps_around) {
    struct buf b;
    buf_init(&b, SIZE_MAX);
    buf_puts(&b, "abc");
    EXPECT(buf_grow(&b, SIZE_MAX) == NULL);
    EXPECT(buf_grow(&b, SIZE_MAX - 3) == NULL);
    EXPECT(b.over);
    EXPECT_STR(b.data, "abc");
    buf_done(&b);
}

TEST(grown_bytes_are_the_caller_s_to_fill) {
    struct buf b;
    buf_init(&b, 10);
    char *at = buf_grow(&b, 4);
    REQUIRE(at != NULL);
    memcpy(at, "fill", 4);
    EXPECT_STR(b.data, "fill");
    EXPECT(buf_grow(&b, 7) == NULL);
    buf_done(&b);
}

TEST(detached_bytes_outlive_the_buf) {
    struct buf b;
    buf_init(&b, 10);
    char *nothing = buf_detach(&b);
    EXPECT_STR(nothing, "");
    free(nothing);
    buf_puts(&b, "mine");
    char *mine = buf_detach(&b);
    EXPECT_INT(b.len, 0);
    EXPECT_STR(b.data, "");
    buf_puts(&b, "new");
    EXPECT_STR(mine, "mine");
    EXPECT_STR(b.data, "new");
    free(mine);
    buf_done(&b);
}

TEST(a_zeroed_buf_can_be_done) {
    struct buf b = {0};
    buf_done(&b);
    EXPECT(b.cap == 0);
}
