/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/baseline.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "tests/test.h"

static struct arena arena;
static struct baseline_line *rows;
static size_t more;

static size_t diff(const char *good, const char *text) {
    struct baseline b;
    arena_init(&arena, 0);
    baseline_init(&b);
    baseline_add(&b, good, strlen(good));
    size_t n = baseline_diff(&b, &arena, text, strlen(text), &rows, &more);
    baseline_done(&b);
    return n;
}

TEST(lines_that_differ_in_figures_alone_are_not_new) {
    static const char good[] = "loading /a/b/model.bin in 12 ms\nat 0x7f12 all is well\n\nend";
    EXPECT_INT(diff(good, "loading /c/model.bin in 99 ms\r\n   \nat 0x10 all is well\nend\n"), 0);
    arena_done(&arena);
}

TEST(a_line_never_seen_is_shown_once_with_its_place) {
    EXPECT_INT(diff("a 1\nb\n", "a 2\nnew 1 thing\nb\nnew 2 thing\n\nother\n"), 2);
    EXPECT_STR(rows[0].text, "new 1 thing");
    EXPECT_INT(rows[0].number, 2);
    EXPECT_INT(rows[0].count, 2);
    EXPECT_STR(rows[1].text, "other");
    EXPECT_INT(rows[1].number, 6);
    EXPECT_INT(more, 0);
    arena_done(&arena);
}

TEST(to_an_empty_log_every_line_is_new) {
    EXPECT_INT(diff("", "a\nb"), 2);
    EXPECT_STR(rows[1].text, "b");
    arena_done(&arena);
    EXPECT_INT(diff("a\nb", ""), 0);
    arena_done(&arena);
}

/* NULs, lines without end, more lines than anybody reads. */
TEST(hostile_logs_have_limits) {
    struct baseline b;
    size_t len = 4 << 20;
    char *text = xcalloc(len, 1);
    for (size_t i = 0; i < len; i++)
        text[i] = i < len / 2 ? 'x' : (char)("\n\0ab\xff"[i % 5]);
    for (size_t i = 0; i < 1000; i++) {
        char *at = text + len / 2 + 4000 + 40 * i;
        memset(at, 'a' + (char)(i % 26), 1 + i / 26);
        at[1 + i / 26] = '\n';
    }
    arena_init(&arena, 0);
    baseline_init(&b);
    size_t n = baseline_diff(&b, &arena, text, len, &rows, &more);
    EXPECT_INT(n, BASELINE_LINES_MAX);
    EXPECT(more > 0);
    EXPECT_INT(strlen(rows[0].text), BASELINE_LINE_MAX);
    baseline_add(&b, text, len);
    EXPECT_INT(baseline_diff(&b, &arena, text, len, &rows, &more), 0);
    baseline_done(&b);
    arena_done(&arena);
    free(text);
}
